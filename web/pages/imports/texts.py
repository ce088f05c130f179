"""Imports in the reader's language: the sentences of their problems, and why a file was refused."""

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

SHOWN = 100
"""Problems on the page; the rest is a number."""

SENTENCES: Mapping[str, str] = {
    code.value: sentence
    for catalogue in (problems.CATALOGUE, issues.CATALOGUE)
    for code, (_, sentence) in catalogue.items()
}
"""The English sentence of every problem, which is what translations go by."""


def items(runs: Iterable[ImportRun]) -> tuple[ImportItem, ...]:
    """The lines of the list."""
    return tuple(_item(run) for run in runs)


def page(run: ImportRun, locale: Locale) -> ImportPage:
    """An import's page."""
    shown = tuple(_problem(problem, locale) for problem in run.problems[:SHOWN])
    return ImportPage(
        item=_item(run),
        course=run.course,
        counts=run.counts,
        problems=shown,
        more_problems=len(run.problems) - len(shown) + run.counts.get("problems_more", 0),
        can_apply=run.counts.get("people", 0) > run.counts.get("people_left_out", 0),
    )


def refusal(fault: BadInput, locale: Locale) -> str:
    """Why nothing of a file can be used."""
    if not isinstance(fault, ImportRefused):
        return fault.detail
    return translations(locale).gettext(REFUSALS[fault.refusal]).format_map(fault.params)


def _item(run: ImportRun) -> ImportItem:
    return ImportItem(run.id, run.title, run.file_name, run.state, run.created_at, run.evaluation_id)


def _problem(problem: Mapping[str, Any], locale: Locale) -> ProblemView:
    english = SENTENCES.get(problem["code"])
    text = problem["message"]
    if english is not None:
        text = translations(locale).gettext(english).format_map(problem["params"])
    return ProblemView(
        row=problem["row"], column=problem["column"], text=text, fatal=problem["severity"] == Severity.ERROR
    )
