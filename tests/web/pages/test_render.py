"""Every template in every state and language: well-formed, translated, light, and the same live."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from app.core.events import JobState
from app.core.locale import Locale
from app.imports.parsing.problems import REFUSALS
from app.jobs.states import ERRORS
from tests.web.pages.case import Case
from tests.web.pages.cases import CASES, NOTICES
from tests.web.pages.samples import JOBS, SENTENCES, rows, summary
from web.live import render as live
from web.pages.evaluations.view import EvaluationCounts
from web.pages.imports.presenters import SENTENCES as PROBLEM_SENTENCES
from web.pages.shared.view import version
from web.pages.students.view import SentenceView
from web.templating import HERE, STATIC, TEMPLATES, Chrome, Notice, render

LOCALES: tuple[Locale, ...] = ("nl", "en")
BUDGET = 50_000
VOID = {"meta", "link", "input", "br", "img", "use"}


def rendered(case: Case, locale: Locale) -> str:
    return render(case.template, locale, chrome=case.chrome(locale), **case.context)


class Page(HTMLParser):
    """Collects what the checks below look at, and that every element is closed where it should be."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def values(self, name: str) -> list[str]:
        return [value for _, key, value in self.attributes if key == name]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", CASES)
def test_every_state_is_well_formed_and_safe(name: str, locale: Locale) -> None:
    html = rendered(CASES[name], locale)
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert page.values("style") == []
    assert not [key for _, key, _ in page.attributes if key.startswith("on")]
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert not [link for key in ("href", "src", "action") for link in page.values(key) if "//" in link]
    described = {part for value in page.values("aria-describedby") for part in value.split()}
    labelled = {part for key in ("aria-labelledby", "for", "form") for part in page.values(key)}
    assert described | labelled <= set(page.ids)


@pytest.mark.parametrize("name", CASES)
def test_forms_carry_the_token(name: str) -> None:
    html = rendered(CASES[name], "nl")
    posting = re.findall(r'<form[^>]*method="post".*?</form>', html, re.DOTALL)
    assert all('name="csrf_token"' in form for form in posting)


def test_pupils_text_is_escaped() -> None:
    hostile = replace(summary(), sentences=(replace(SENTENCES[0], text="<script>x</script>"),))
    assert "<script>x" not in live.student_summary(hostile, "nl")["summary"]


def test_a_tip_is_labelled_once() -> None:
    tip = SentenceView(0, "tip", "Tip: bespreek wat er af moet.")
    shown = live.student_sentence("summary-1-2-01JD", 5, tip, "nl")["sentence-0"]
    assert ">Bespreek wat er af moet.<" in shown
    assert SentenceView(0, "growth", "Tip: zeg het eerder.").shown == "Tip: zeg het eerder."


@pytest.mark.parametrize("code", NOTICES)
def test_every_notice_has_words(code: str) -> None:
    html = render("notice.html", "nl", chrome=Chrome(notice=Notice(code, (2, 1))))
    assert re.sub(r"<[^>]+>|\s", "", html)


@pytest.mark.parametrize("code", ERRORS)
def test_every_cause_has_words_of_its_own(code: str) -> None:
    state = JobState(status="failed", priority="normal", progress=40, error_code=code)
    failed = replace(JOBS["failed"], state=state)
    assert ERRORS[code] in live.job_detail(failed, "en")["job"]


def used_texts() -> Iterator[tuple[str, ...]]:
    for file in TEMPLATES.rglob("*.html"):
        source = io.BytesIO(file.read_bytes())
        for _, function, found, _ in babel_extract(source, ("_", "ngettext"), (), {}):
            texts = (found,) if isinstance(found, str) else tuple(text for text in found or () if text)
            yield texts[:2] if function == "ngettext" else texts[:1]
    yield from ((sentence,) for sentence in PROBLEM_SENTENCES.values())
    yield from ((sentence,) for sentence in REFUSALS.values())


def test_every_text_is_translated_and_no_translation_is_left_over() -> None:
    with (HERE / "locale" / "nl.po").open("rb") as file:
        catalog = read_po(file, locale="nl")
    dutch = {message.id: message for message in catalog if message.id}
    used = {texts if len(texts) > 1 else texts[0] for texts in used_texts()}
    assert used - dutch.keys() == set()
    assert dutch.keys() - used == set()
    for message in dutch.values():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        assert len(strings) == len(ids), message.id
        assert all(strings), message.id
        holes = [set(re.findall(r"%\(\w+\)s|\{\w+\}", text)) for text in (*ids, *strings)]
        assert all(one == holes[0] for one in holes), message.id


def test_extraction_by_babel_finds_the_same() -> None:
    """The po file can be kept up with Babel's own command, with the standard settings for Jinja."""
    source = io.BytesIO((TEMPLATES / "base.html").read_bytes())
    assert [found for _, found, _, _ in extract("jinja2", source)]


def test_live_parts_are_the_page_s_own() -> None:
    page = " ".join(rendered(CASES["batch"], "nl").split())
    for row in rows():
        if row.job:
            for html in live.job_row(row.job, "nl").values():
                assert " ".join(html.split()) in page
        if row.summary:
            assert " ".join(live.summary_brief(row.summary, "nl")[f"sum-{row.student_id}"].split()) in page
    counts = live.evaluation_counts(EvaluationCounts(28, 24, 2, 0, 2, 45), "nl")["counts"]
    assert " ".join(counts.split()) in page
    shown = " ".join(rendered(CASES["pupil-writing"], "nl").split())
    assert " ".join(live.student_progress(JOBS["writing"], "nl")["progress"].split()) in shown


@pytest.mark.parametrize("locale", LOCALES)
def test_every_live_part_has_the_id_it_is_sent_for(locale: Locale) -> None:
    patches = [
        live.student_sentence("summary-1-2-01JD", 5, SENTENCES[0], locale),
        live.student_summary(summary(), locale),
    ]
    for job in JOBS.values():
        patches += [
            live.job_row(job, locale),
            live.student_progress(job, locale),
            live.job_detail(job, locale),
        ]
    for patch in patches:
        for element, html in patch.items():
            assert re.match(rf'<\w+[^>]*\bid="{element}"[^>]*\bdata-v="', html.strip())


def test_a_later_state_and_a_later_job_have_a_greater_version() -> None:
    states = [
        version("summary-7-12-01JD0", 9),
        version("summary-7-12-01JD0", 10),
        version("summary-7-12-01JD1", 0),
    ]
    assert version(None, 10) < states[0] < states[1] < states[2]


def test_the_words_of_the_pupil_s_page() -> None:
    """PRODUCT.md section 5, to the letter."""
    text = {name: rendered(CASES[name], "nl") for name in CASES if name.startswith("pupil-")}
    assert "Gemaakt met AI. AI kan fouten maken." in text["pupil-shown"]
    assert "Basisversie, zonder AI" in text["pupil-fallback"]
    assert "in de rij, als 3e aan de beurt" in text["pupil-queued"]
    assert "Klopt dit niet?" in text["pupil-shown"]
    assert "Het model is niet bereikbaar; er gaat niets verloren" in text["pupil-retrying"]
    for step in ("lezen", "nalezen", "schrijven", "nakijken"):
        assert f">{step}<" in text["pupil-next"] or f">{step}</li>" in text["pupil-next"]
    assert "24 van 28 klaar, 2 bezig, 2 vragen aandacht" in rendered(CASES["batch"], "nl")


def test_pages_are_light() -> None:
    """A class of thirty with all that its page loads, uncompressed, but for the icons: 50 kB."""
    assets = sum(file.stat().st_size for file in STATIC.rglob("*") if file.is_file())
    assert assets < BUDGET * 0.75
    heaviest = max(
        len(rendered(case, "nl").encode()) for name, case in CASES.items() if name != "batch-notice"
    )
    assert assets + heaviest < BUDGET * 1.5


@pytest.mark.parametrize(
    "file", sorted(TEMPLATES.rglob("*.html")) + sorted(STATIC.rglob("*.js")), ids=lambda f: f.name
)
def test_files_are_short_and_say_what_they_are(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    assert lines[0].startswith(("{#", "//"))
