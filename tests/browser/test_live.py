"""Live updates in a browser: what a patch may change, and what happens when the connection fails."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage, until, visit
from tests.web.pages.samples import JOBS, SENTENCES, job, rows
from web.live import render as live
from web.pages.evaluations.view import EvaluationCounts
from web.pages.shared.view import JobView

HERE = "/evaluations/7"
JOB = JOBS["writing"].job_id


def running(progress: int, seq: int, student: int = 22) -> JobView:
    """A later state of the job in the third row."""
    base = job("processing", progress, "writing", student)
    return JobView(base.job_id, 7, student, seq, base.state)


def open_evaluation(page: Page, stage: Stage) -> None:
    stage.show("batch", HERE)
    visit(page, HERE)
    expect(page.locator("[data-connection]")).to_have_attribute("data-state", "live")


def open_student(page: Page, stage: Stage, name: str = "pupil-reading") -> None:
    stage.show(name, f"{HERE}/students/12")
    visit(page, f"{HERE}/students/12")
    expect(page.locator("[data-connection]")).to_have_attribute("data-state", "live")


def test_rows_and_counts_follow_the_stream(page: Page, stage: Stage) -> None:
    open_evaluation(page, stage)
    stage.patch(live.job_row(running(80, 5_000_000), "nl"))
    expect(page.locator("#job-22 progress")).to_have_attribute("value", "80")
    stage.patch(live.evaluation_counts(EvaluationCounts(28, 25, 1, 0, 2), "nl"))
    expect(page.locator("#counts")).to_contain_text("25 van 28 klaar, 1 bezig, 2 vragen aandacht")


def test_when_the_last_one_is_done_the_page_says_what_can_be_started(page: Page, stage: Stage) -> None:
    stage.show("batch-under-way", HERE)
    visit(page, HERE)
    expect(page.locator("#start")).to_be_hidden()
    expect(page.get_by_role("button", name="Alles annuleren")).to_be_visible()
    expect(page.locator("[data-connection]")).to_have_attribute("data-state", "live")
    stage.show("batch-done", HERE)
    stage.patch(live.evaluation_counts(EvaluationCounts(28, 28, 0, 0, 0), "nl"))
    expect(page.locator("#start")).to_be_visible()
    expect(page.locator("#start")).to_contain_text("Nu niets te starten")
    expect(page.get_by_role("button", name="Alles annuleren")).to_be_hidden()


def test_an_older_state_never_replaces_a_newer_one(page: Page, stage: Stage) -> None:
    open_evaluation(page, stage)
    stage.patch(live.job_row(running(80, 5_000_000), "nl"))
    stage.patch(live.job_row(running(30, 4_000_000), "nl"))
    stage.patch(live.job_row(running(90, 6_000_000, student=21), "nl"))
    expect(page.locator("#job-21 progress")).to_have_attribute("value", "90")
    expect(page.locator("#job-22 progress")).to_have_attribute("value", "80")


def test_the_position_changes_while_the_job_does_not(page: Page, stage: Stage) -> None:
    open_student(page, stage, "pupil-queued")
    expect(page.locator("#progress strong")).to_have_text("In de rij, als 3e aan de beurt")
    stage.patch(live.student_progress(JOBS["next"], "nl"))
    expect(page.locator("#progress strong")).to_have_text("In de rij, als 1e aan de beurt")


def test_the_focus_stays_where_it_is(page: Page, stage: Stage) -> None:
    open_evaluation(page, stage)
    button = page.locator("#act-22 button")
    button.focus()
    done = job("completed", 100, student=22)
    stage.patch(live.job_row(JobView(done.job_id, 7, 22, 5_000_000, done.state), "nl"))
    expect(page.locator("#job-22")).to_contain_text("Klaar")
    expect(button).to_be_focused()
    page.locator("#q").focus()
    expect(button).to_have_count(0)
    expect(page.locator("#q")).to_be_focused()


def test_sentences_arrive_in_their_section(page: Page, stage: Stage) -> None:
    open_student(page, stage)
    expect(page.get_by_role("heading", name="Groeipunten")).to_be_hidden()
    for seq, sentence in enumerate(SENTENCES[:3]):
        stage.patch(live.student_sentence(JOB, 4_000_001 + seq, sentence, "nl"))
    expect(page.locator("#list-strength li")).to_have_count(2)
    expect(page.get_by_role("heading", name="Groeipunten")).to_be_visible()
    expect(page.locator("#list-growth")).to_have_text(SENTENCES[2].text)


def test_the_same_sentence_twice_is_there_once(page: Page, stage: Stage) -> None:
    open_student(page, stage)
    for _ in range(2):
        stage.patch(live.student_sentence(JOB, 4_000_001, SENTENCES[0], "nl"))
    stage.patch(live.student_sentence(JOB, 4_000_002, SENTENCES[2], "nl"))
    expect(page.locator("#list-growth li")).to_have_count(1)
    expect(page.locator("#list-strength li")).to_have_count(1)


def test_the_end_shows_what_belongs_to_a_finished_summary(page: Page, stage: Stage) -> None:
    open_student(page, stage)
    expect(page.get_by_text("Klopt dit niet?")).to_be_hidden()
    stage.send("end", {})
    expect(page.get_by_text("Klopt dit niet?")).to_be_visible()
    expect(page.locator("[data-connection]")).to_have_attribute("data-state", "ended")
    assert len(stage.streams) == 1


def test_a_lost_connection_is_shown_and_made_again(page: Page, stage: Stage) -> None:
    open_evaluation(page, stage)
    stage.cut()
    expect(page.get_by_text("Verbinding verbroken, opnieuw verbinden…")).to_be_visible()
    expect(page.locator("[data-connection]")).to_have_attribute("data-state", "live")
    stage.patch(live.job_row(running(80, 5_000_000), "nl"))
    expect(page.locator("#job-22 progress")).to_have_attribute("value", "80")


def test_without_a_stream_the_page_polls(page: Page, stage: Stage) -> None:
    stage.silent = True
    page.clock.install()
    stage.show("batch", HERE)
    visit(page, HERE)
    until(page, lambda: bool(stage.streams))
    stage.pages[HERE] = stage.pages[HERE].replace("24 van 28 klaar", "26 van 28 klaar")
    page.clock.run_for(10_500)
    expect(page.locator("#counts")).to_contain_text("26 van 28 klaar")
    expect(page.locator("[data-connection]")).to_have_attribute("data-state", "polling")


def test_live_updates_can_be_paused_and_resumed(page: Page, stage: Stage) -> None:
    open_evaluation(page, stage)
    page.get_by_role("button", name="Live bijwerken pauzeren").click()
    expect(page.get_by_text("Gepauzeerd")).to_be_visible()
    stage.patch(live.job_row(running(80, 5_000_000), "nl"))
    page.get_by_role("button", name="Live bijwerken hervatten").click()
    expect(page.locator("[data-connection]")).to_have_attribute("data-state", "live")
    before = rows()[2].job
    assert before
    expect(page.locator("#job-22 progress")).to_have_attribute("value", str(before.state.progress))


def test_progress_is_spoken_at_quarters_and_not_more_often_than_every_ten_seconds(
    page: Page, stage: Stage
) -> None:
    page.clock.install()
    open_student(page, stage)
    status = page.get_by_role("status")
    for progress in (30, 35, 55):
        state = running(progress, 4_000_000 + progress, student=12)
        stage.patch(live.student_progress(state, "nl"))
        expect(page.locator("#progress progress")).to_have_attribute("value", str(progress))
        page.clock.run_for(1_000)
    expect(status).to_have_text("schrijven, 30 procent")
    page.clock.run_for(10_000)
    expect(status).to_have_text("schrijven, 55 procent")


def test_without_javascript_the_page_is_whole(page: Page, stage: Stage) -> None:
    browser = page.context.browser
    assert browser is not None
    stage.show("batch", HERE)
    plain = browser.new_context(java_script_enabled=False, base_url=stage.url).new_page()
    plain.goto(HERE)
    expect(plain.get_by_role("link", name="Ververs deze pagina")).to_be_visible()
    plain.get_by_role("button", name="Start voor alle 23 leerlingen").click()
    expect(plain).to_have_title("posted")
    assert re.search(r"/evaluations/7/queue .*priority=normal", stage.posts()[-1])
    plain.context.close()
