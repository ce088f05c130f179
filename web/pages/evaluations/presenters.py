"""Turns rows into what the templates of evaluations are given."""

import math

from app.jobs.position import Pace
from app.summaries.class_status import ClassRow
from app.summaries.models import Summary
from app.summaries.repository import ClassCounts
from web.pages.evaluations.view import EvaluationCounts, Readiness, StudentRow, SummaryBrief
from web.pages.shared.presenters import job_view
from web.pages.shared.view import version


def summary_brief(summary: Summary, *, stale: bool) -> SummaryBrief:
    """What a row says about the student's stored summary."""
    return SummaryBrief(
        student_id=summary.student_id,
        version=version(summary.job_id, 0),
        method=summary.method,
        state=summary.state,
        stale=stale,
        provisional=summary.provisional,
        refused=sum(int(count) for count in summary.checks.values()),
        flags=len(summary.flags) if summary.approved_at is None else 0,
        disputed=summary.disputed_at is not None,
    )


def student_row(row: ClassRow, min_reviewers: int) -> StudentRow:
    """One student of the evaluation."""
    person = row.participant
    return StudentRow(
        student_id=person.student_id,
        name=person.name,
        team=person.team or "",
        feedback_count=person.feedback_count,
        reviewer_count=person.reviewer_count,
        readiness=_readiness(row, min_reviewers),
        job=None if row.job is None else job_view(row.job),
        summary=None if row.summary is None else summary_brief(row.summary, stale=row.freshness == "stale"),
    )


def _readiness(row: ClassRow, min_reviewers: int) -> Readiness:
    if row.participant.reviewer_count < min_reviewers:
        return "too_little"
    if row.freshness == "fresh":
        return "up_to_date"
    return "stale" if row.freshness == "stale" else "ready"


def evaluation_counts(counted: ClassCounts, pace: Pace | None = None) -> EvaluationCounts:
    """How far the summaries are, with the time that the rest takes at the present pace."""
    return EvaluationCounts(
        total=counted.total,
        ready=counted.ready,
        processing=counted.processing,
        queued=counted.queued,
        attention=counted.attention,
        eta_seconds=eta_of_jobs(counted.processing + counted.queued, pace),
    )


def eta_of_jobs(jobs: int, pace: Pace | None) -> int | None:
    """Seconds that this many jobs take; None when that is unknown, such as when no worker runs."""
    if pace is None or not pace.slots or not jobs:
        return None
    return math.ceil(pace.run_seconds * max(1, jobs / pace.side_by_side))
