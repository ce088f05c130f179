"""Renders the parts of pages that live updates replace, from the same templates as the pages.

Every function returns `{element id: html}`, the `html` of a `patch` event. An element has its version in
`data-v` (`web.pages.shared.view.version`), so a browser can tell an old one from a new one. Jobs and
sentences are rendered once per locale and state, for all streams.
"""

from collections.abc import Mapping
from functools import lru_cache

from app.core.locale import Locale
from web.pages.evaluations.view import EvaluationCounts, SummaryBrief
from web.pages.monitoring.view import Dashboard
from web.pages.shared.view import JobView, version
from web.pages.students.view import SentenceView, SummaryView
from web.templating import render

Patch = Mapping[str, str]

MAX_CACHED_PATCHES = 4096
"""For each function with a cache; a patch takes about 1 kB."""


@lru_cache(maxsize=MAX_CACHED_PATCHES)
def job_row(job: JobView, locale: Locale) -> Patch:
    """The state of a student's job and its button, in the rows of an evaluation."""
    return {
        f"job-{job.student_id}": render("pages/evaluations/live/row_job.html", locale, job=job),
        f"act-{job.student_id}": render("pages/evaluations/live/row_action.html", locale, job=job),
    }


def summary_brief(brief: SummaryBrief, locale: Locale) -> Patch:
    """What a row of an evaluation says about the student's stored summary."""
    return {f"sum-{brief.student_id}": render("pages/evaluations/live/row_summary.html", locale, brief=brief)}


def evaluation_counts(counts: EvaluationCounts, locale: Locale) -> Patch:
    """The progress bar of an evaluation and its sentence."""
    return {"counts": render("pages/evaluations/live/counts.html", locale, counts=counts)}


@lru_cache(maxsize=MAX_CACHED_PATCHES)
def student_progress(job: JobView, locale: Locale) -> Patch:
    """How far a student's summary is, with position and time when the job has them."""
    return {"progress": render("pages/students/live/progress.html", locale, job=job)}


@lru_cache(maxsize=MAX_CACHED_PATCHES)
def student_sentence(job_id: str, seq: int, sentence: SentenceView, locale: Locale) -> Patch:
    """One sentence that has just been checked. A browser that has no such element yet adds it to the list."""
    template = "pages/students/live/sentence.html"
    html = render(template, locale, sentence=sentence, version=version(job_id, seq))
    return {f"sentence-{sentence.index}": html}


def student_summary(summary: SummaryView, locale: Locale) -> Patch:
    """The whole summary, stored or being written. An empty one clears what an earlier attempt wrote."""
    return {"summary": render("pages/students/live/summary.html", locale, summary=summary)}


@lru_cache(maxsize=MAX_CACHED_PATCHES)
def job_detail(job: JobView, locale: Locale) -> Patch:
    """The state of a job on its own page."""
    return {"job": render("pages/jobs/live/state.html", locale, job=job)}


def dashboard(shown: Dashboard, locale: Locale, *, operator: bool) -> Patch:
    """The numbers of the dashboard. A user who is not an operator gets the verdict only."""
    parts = {"verdict": render("pages/monitoring/live/verdict.html", locale, verdict=shown.verdict)}
    if not operator:
        return parts
    for lane in shown.lanes:
        parts[f"lane-{lane.name}"] = render("pages/monitoring/live/lane_numbers.html", locale, lane=lane)
        parts[f"lane-act-{lane.name}"] = render("pages/monitoring/live/lane_action.html", locale, lane=lane)
    return parts | {
        "trend": render("pages/monitoring/live/trend.html", locale, trend=shown.trend),
        "workers": render("pages/monitoring/live/workers.html", locale, workers=shown.workers),
        "causes": render("pages/monitoring/live/causes.html", locale, causes=shown.causes),
    }


@lru_cache(maxsize=MAX_CACHED_PATCHES)
def listed_job_state(job: JobView, locale: Locale) -> Patch:
    """The state of a job in the list of the dashboard."""
    return {f"at-{job.job_id}": render("pages/monitoring/live/job_state.html", locale, job=job)}


def newer_jobs(count: int, locale: Locale) -> Patch:
    """How many jobs were created since the list was rendered."""
    return {"newer": render("pages/monitoring/live/newer_jobs.html", locale, count=count)}
