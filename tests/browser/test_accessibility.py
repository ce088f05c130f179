"""Every page in every state before axe (WCAG 2.2 AA), at 320 px, and in the dark."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Stage, opened, playing
from tests.web.pages.cases import CASES

RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
DARK = (
    "login-wrong",
    "batch-notice",
    "review",
    "review-live",
    "pupil-shown",
    "pupil-retrying",
    "pupil-failed",
    "import-preview",
    "imports-refused",
    "job-retrying",
    "schedule-refused",
    "people",
    "person-code",
    "person-blocked",
    "password-wrong",
    "webhooks-refused",
    "webhook",
    "webhook-gone",
    "webhook-failing",
    "webhook-rotated",
    "monitoring-paused",
    "monitoring-nobody",
    "evaluations",
    "error-429",
)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One server for all, which refuses what pages send by themselves."""
    with playing() as played:
        played.refusing = True
        yield played


@pytest.fixture(scope="module")
def shared(browser: Browser, stage: Stage) -> Iterator[Page]:
    """One page for all: a hundred fresh ones cost a minute."""
    with opened(browser, stage) as shown:
        yield shown


@pytest.fixture
def page(shared: Page) -> Page:
    """The shared page, in the light and wide again."""
    shared.set_viewport_size({"width": 1280, "height": 800})
    shared.emulate_media(color_scheme="light", reduced_motion="reduce")
    return shared


def faults(page: Page) -> list[str]:
    """What axe finds, with where."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("name", CASES)
def test_no_barrier_and_no_sideways_scrolling(page: Page, stage: Stage, name: str) -> None:
    stage.show(name, "/")
    page.goto("/")
    assert faults(page) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("name", DARK)
def test_contrast_in_the_dark(page: Page, stage: Stage, name: str) -> None:
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    stage.show(name, "/", "en")
    page.goto("/")
    assert faults(page) == []


def test_targets_are_large_enough(page: Page, stage: Stage) -> None:
    """WCAG 2.5.8: 24 by 24 px, but for links within a sentence."""
    stage.show("batch-notice", "/")
    page.goto("/")
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, select, input:not([type=hidden]), summary")]
            .filter((one) => one.checkVisibility())
            .map((one) => [one.getBoundingClientRect(), one.outerHTML])
            .filter(([box]) => box.height < 24 || box.width < 24)"""
    )
    assert small == []
