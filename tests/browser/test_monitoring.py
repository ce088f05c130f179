"""The dashboard in a browser: numbers move without a reload, many jobs are cancelled behind one question."""

from dataclasses import replace

import msgspec
from playwright.sync_api import Page, expect

from app.monitoring.schemas import QueueCounts
from tests.browser.conftest import Stage, visit
from tests.web.pages.dashboard_cases import HISTORY, JOBS_LISTED, QUEUES
from web.live import render as live
from web.pages.monitoring.page import dashboard

HERE = "/monitoring"


def open_dashboard(page: Page, stage: Stage) -> None:
    stage.show("monitoring", HERE)
    visit(page, HERE)
    expect(page.locator("[data-connection]")).to_have_attribute("data-state", "live")


def send(stage: Stage, waiting: int) -> None:
    """Numbers in which so many wait in the normal lane."""
    queues = [QUEUES[0], msgspec.structs.replace(QUEUES[1], count=waiting), QUEUES[2]]
    stage.patch(live.dashboard(dashboard(QueueCounts(queues), HISTORY), "nl", operator=True))


def test_a_backlog_counts_down_without_a_reload(page: Page, stage: Stage) -> None:
    open_dashboard(page, stage)
    page.evaluate("window.loadedOnce = true")
    lane = page.locator("#lane-normal dd").first
    expect(lane).to_have_text("184")
    for waiting in (180, 95):
        send(stage, waiting)
        expect(lane).to_have_text(str(waiting))
    state = msgspec.structs.replace(JOBS_LISTED[0].job.state, status="processing", progress=40)
    stage.patch(live.listed_job_state(replace(JOBS_LISTED[0].job, seq=9_000_000, state=state), "nl"))
    expect(page.locator(f"#at-{JOBS_LISTED[0].job.job_id} progress")).to_have_attribute("value", "40")
    assert page.evaluate("window.loadedOnce")


def test_all_on_the_page_are_cancelled_behind_one_question(page: Page, stage: Stage) -> None:
    open_dashboard(page, stage)
    page.get_by_label("Selecteer iedereen op deze pagina").check()
    expect(page.locator("[data-selected]")).to_have_text(f"{len(JOBS_LISTED)} geselecteerd")
    cancel = page.locator("button[formaction='/monitoring/cancel']")
    cancel.click()
    page.get_by_role("button", name="Terug", exact=True).click()
    assert stage.posts() == []
    cancel.click()
    page.get_by_role("button", name="Annuleer ze").click()
    expect(page).to_have_title("posted")
    assert stage.posts()[0].startswith("/monitoring/cancel ")
    assert all(f"job_id={line.job.job_id}" in stage.posts()[0] for line in JOBS_LISTED)


def test_a_lane_is_paused_behind_a_question(page: Page, stage: Stage) -> None:
    open_dashboard(page, stage)
    page.get_by_role("button", name="Pauzeren: Lage voorrang").click()
    expect(page.get_by_role("dialog")).to_contain_text("Andere scholen merken er niets van.")
    page.get_by_role("dialog").get_by_role("button", name="Pauzeren").click()
    expect(page).to_have_title("posted")
    assert stage.posts()[0].startswith("/monitoring/lanes/low/pause ")
