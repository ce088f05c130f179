"""Turns imports into what their templates are given, with problems and refusals in the user's language."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.errors import BadInput
from app.core.locale import Locale
from app.imports import issues
from app.imports.models import ImportRun
from app.imports.parsing import problems
from app.imports.parsing.problems import REFUSALS, ImportRefused, Severity
from web.pages.imports.view import ImportItem, ImportPage, ProblemView
from web.templating import translations

MAX_PROBLEMS = 100
"""Problems on the page. The others are only counted."""

SENTENCES: Mapping[str, str] = {
    code.value: sentence
    for catalogue in (problems.CATALOGUE, issues.CATALOGUE)
    for code, (_, sentence) in catalogue.items()
}
"""The English sentence of every problem, which is also the key of its translation."""


def import_items(runs: Iterable[ImportRun]) -> tuple[ImportItem, ...]:
    """The lines of the list."""
    return tuple(_item(run) for run in runs)


def import_page(run: ImportRun, locale: Locale) -> ImportPage:
    """The page of an import."""
    shown = tuple(_problem(problem, locale) for problem in run.problems[:MAX_PROBLEMS])
    return ImportPage(
        item=_item(run),
        course=run.course,
        counts=run.counts,
        problems=shown,
        more_problems=len(run.problems) - len(shown) + run.counts.get("problems_more", 0),
        can_apply=run.counts.get("people", 0) > run.counts.get("people_left_out", 0),
    )


def refusal_text(error: BadInput, locale: Locale) -> str:
    """Why nothing in a file can be used."""
    if not isinstance(error, ImportRefused):
        return error.detail
    return translations(locale).gettext(REFUSALS[error.refusal]).format_map(error.params)


def _item(run: ImportRun) -> ImportItem:
    return ImportItem(run.id, run.title, run.file_name, run.state, run.created_at, run.evaluation_id)


def _problem(problem: Mapping[str, Any], locale: Locale) -> ProblemView:
    sentence = SENTENCES.get(problem["code"])
    text = problem["message"]
    if sentence is not None:
        text = translations(locale).gettext(sentence).format_map(problem["params"])
    return ProblemView(
        row=problem["row"], column=problem["column"], text=text, fatal=problem["severity"] == Severity.ERROR
    )
