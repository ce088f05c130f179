"""What live updates send: the pages' own partials, by the id of the element that each takes the place of.

Every function answers `{element id: html}`, ready to be the `html` of a `patch`. An element carries its
version in `data-v` (see JobView.version), so a browser can tell an old one from a new one by itself.
Jobs and sentences are drawn once per locale and state and shared by all who look.
"""

from collections.abc import Mapping
from functools import lru_cache

from app.core.locale import Locale
from web.pages.evaluations.view import EvaluationCounts, SummaryBrief
from web.pages.monitoring.view import Board
from web.pages.shared.view import JobView, version
from web.pages.students.view import SentenceView, SummaryView
from web.templating import render

Patch = Mapping[str, str]

CACHED = 4096
"""Drawings that are kept, about 1 kB each."""


@lru_cache(maxsize=CACHED)
def job_row(job: JobView, locale: Locale) -> Patch:
    """A pupil's state and action in the class list."""
    return {
        f"job-{job.student_id}": render("partials/job_row.html", locale, job=job),
        f"act-{job.student_id}": render("partials/job_action.html", locale, job=job),
    }


def student_summary(brief: SummaryBrief, locale: Locale) -> Patch:
    """How a pupil's summary came about, in the class list."""
    return {f"sum-{brief.student_id}": render("partials/student_summary.html", locale, brief=brief)}


def evaluation_counts(counts: EvaluationCounts, locale: Locale) -> Patch:
    """The progress bar of an evaluation and its sentence."""
    return {"counts": render("partials/batch_counts.html", locale, counts=counts)}


@lru_cache(maxsize=CACHED)
def student_progress(job: JobView, locale: Locale) -> Patch:
    """How far a pupil's own summary is, with place in line and time when the job has them."""
    return {"progress": render("partials/student_progress.html", locale, job=job)}


@lru_cache(maxsize=CACHED)
def student_sentence(job_id: str, seq: int, sentence: SentenceView, locale: Locale) -> Patch:
    """One sentence that has just been checked; a browser that has none of this id adds it to its list."""
    html = render("partials/student_sentence.html", locale, sentence=sentence, version=version(job_id, seq))
    return {f"sentence-{sentence.index}": html}


def own_summary(summary: SummaryView, locale: Locale) -> Patch:
    """The whole summary, stored or begun. An empty one clears what an earlier attempt wrote."""
    return {"summary": render("partials/own_summary.html", locale, summary=summary)}


@lru_cache(maxsize=CACHED)
def job_detail(job: JobView, locale: Locale) -> Patch:
    """Where a job is, on its own page."""
    return {"job": render("partials/job_detail.html", locale, job=job)}


def board(board: Board, locale: Locale, *, operator: bool) -> Patch:
    """The numbers of the dashboard; who is no operator gets the word for it alone."""
    drawn = {"verdict": render("partials/board_verdict.html", locale, verdict=board.verdict)}
    if not operator:
        return drawn
    for lane in board.lanes:
        drawn[f"lane-{lane.name}"] = render("partials/lane_numbers.html", locale, lane=lane)
        drawn[f"lane-act-{lane.name}"] = render("partials/lane_action.html", locale, lane=lane)
    return drawn | {
        "trend": render("partials/board_trend.html", locale, trend=board.trend),
        "workers": render("partials/board_workers.html", locale, workers=board.workers),
        "causes": render("partials/board_causes.html", locale, causes=board.causes),
    }


@lru_cache(maxsize=CACHED)
def line_state(job: JobView, locale: Locale) -> Patch:
    """A job's state in the list of the dashboard."""
    return {f"at-{job.job_id}": render("partials/line_state.html", locale, job=job)}


def newer_jobs(count: int, locale: Locale) -> Patch:
    """How many jobs have come in since the list was drawn."""
    return {"newer": render("partials/newer_jobs.html", locale, count=count)}
