"""The behaviours: confirm, submit once, select, filter, autostart."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage, until, visit

HERE = "/evaluations/7"


def test_a_dangerous_form_asks_first(page: Page, stage: Stage) -> None:
    stage.show("batch", HERE)
    visit(page, HERE)
    page.get_by_role("button", name="Alles annuleren").click()
    dialog = page.get_by_role("dialog", name="Alles annuleren?")
    dialog.get_by_role("button", name="Terug").click()
    expect(dialog).to_be_hidden()
    assert stage.posts() == []
    page.get_by_role("button", name="Alles annuleren").click()
    dialog.get_by_role("button", name="Alles annuleren").click()
    expect(page).to_have_title("posted")
    assert len(stage.posts()) == 1
    assert "all=1" in stage.posts()[0]


def test_the_used_button_is_sent_after_the_question(page: Page, stage: Stage) -> None:
    stage.show("batch", HERE)
    visit(page, HERE)
    page.get_by_role("checkbox", name="Daan Visser").check()
    page.get_by_role("button", name="Opnieuw maken").click()
    page.get_by_role("dialog").get_by_role("button", name="Opnieuw maken").click()
    expect(page).to_have_title("posted")
    assert "student_id=21" in stage.posts()[0]
    assert "force=1" in stage.posts()[0]


def test_an_impatient_second_click_sends_nothing_more(page: Page, stage: Stage) -> None:
    stage.show("batch", HERE)
    visit(page, HERE)
    page.get_by_role("checkbox", name="Daan Visser").check()
    stage.answering.clear()
    page.get_by_role("button", name="Start", exact=True).dblclick(no_wait_after=True)
    until(page, lambda: len(stage.posts()) > 0)
    stage.answering.set()
    expect(page).to_have_title("posted")
    assert len(stage.posts()) == 1


def test_select_all_and_how_many(page: Page, stage: Stage) -> None:
    stage.show("batch", HERE)
    visit(page, HERE)
    everyone = page.get_by_role("checkbox", name="Selecteer iedereen op deze pagina")
    everyone.check()
    expect(page.get_by_text("10 geselecteerd")).to_be_visible()
    page.get_by_role("checkbox", name="Daan Visser").uncheck()
    expect(page.get_by_text("9 geselecteerd")).to_be_visible()
    assert everyone.evaluate("(box) => box.indeterminate")


def test_a_search_keeps_the_focus_and_the_address(page: Page, stage: Stage) -> None:
    stage.show("batch", HERE)
    visit(page, HERE)
    stage.show("batch-no-match", HERE)
    page.get_by_role("searchbox", name="Zoek op naam of team").type("zzz")
    expect(page.get_by_text("Niemand past bij deze zoekopdracht")).to_be_visible()
    expect(page).to_have_url(f"{stage.url}{HERE}?q=zzz")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_pupil_s_visit_starts_by_itself_once(page: Page, stage: Stage) -> None:
    here = f"{HERE}/students/12"
    stage.show("pupil-start", here)
    stage.answering.clear()
    page.goto(here)
    until(page, lambda: len(stage.posts()) == 1)
    stage.show("pupil-queued", here)
    stage.answering.set()
    expect(page.get_by_text("In de rij, als 3e aan de beurt")).to_be_visible()
    stage.show("pupil-start", here)
    visit(page, here)
    assert len(stage.posts()) == 1
    assert stage.posts()[0].startswith(f"{here}/queue csrf_token=")


def test_after_a_refusal_the_button_is_still_there(page: Page, stage: Stage) -> None:
    stage.refusing = True
    stage.show("pupil-start", f"{HERE}/students/12")
    visit(page, f"{HERE}/students/12")
    until(page, lambda: len(stage.posts()) == 1)
    expect(page.get_by_role("button", name="Maak mijn samenvatting")).to_be_enabled()
