"""Turns rows into what the templates are given."""

import math
from collections.abc import Mapping, Sequence

from app.evaluations.models import Evaluation
from app.evaluations.read_models import CommentRow
from app.jobs.events import job_state
from app.jobs.models import Job
from app.jobs.position import Pace
from app.jobs.states import LIVE
from app.summaries.class_status import ClassRow
from app.summaries.models import Summary
from app.summaries.repository import ClassCounts, StoredSentence
from web.pages.shared.views import (
    BatchCounts,
    EvaluationHead,
    JobView,
    Readiness,
    SentenceView,
    StudentPhase,
    StudentRow,
    SummaryBrief,
    SummaryView,
    version,
)


def head(evaluation: Evaluation) -> EvaluationHead:
    """What a page's head says of an evaluation."""
    return EvaluationHead(
        evaluation.id, evaluation.title, evaluation.course, evaluation.state, evaluation.release
    )


def job_view(job: Job, position: int | None = None, eta_seconds: int | None = None) -> JobView:
    """A job's row."""
    return JobView(
        job_id=job.id,
        evaluation_id=job.evaluation_id,
        student_id=job.student_id,
        seq=job.seq,
        state=job_state(job),
        position=position,
        eta_seconds=eta_seconds,
    )


def draft_view(job: Job) -> SummaryView:
    """What the running attempt has written so far."""
    drafts = job.draft or []
    written = tuple(SentenceView(one["index"], one["kind"], one["text"]) for one in drafts)
    return SummaryView(version(job.id, job.seq), None, written)


def summary_view(
    summary: Summary,
    sentences: Sequence[StoredSentence],
    job: Job | None,
    *,
    stale: bool,
    numbers: Mapping[int, int] | None = None,
) -> SummaryView:
    """A stored summary. `job` is the pupil's newest; `numbers` gives each comment (entry id) its number.

    The version is that of the job's state, and grows with each later change by hand: an edit, a release.
    """
    seq = job.seq if job is not None and job.id == summary.job_id else 0
    moments = (summary.created_at, summary.edited_at, summary.approved_at, summary.released_at)
    touched = max(moment for moment in moments if moment is not None)
    known = numbers or {}
    return SummaryView(
        version=f"{version(summary.job_id, seq)}.{int(touched.timestamp() * 1000)}",
        method=summary.method,
        sentences=tuple(
            SentenceView(
                one.position,
                one.kind,
                one.text,
                tuple(sorted(known[entry] for entry in one.entry_ids if entry in known)),
            )
            for one in sentences
        ),
        comments_used=summary.comments_used,
        comments_total=summary.comments_total,
        provisional=summary.provisional,
        stale=stale,
        edited=summary.edited_at is not None,
        made_at=summary.created_at,
    )


def brief(summary: Summary, *, stale: bool) -> SummaryBrief:
    """What the class list says of a stored summary."""
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
    """One pupil of the class list."""
    person = row.participant
    return StudentRow(
        student_id=person.student_id,
        name=person.name,
        team=person.team or "",
        feedback_count=person.feedback_count,
        reviewer_count=person.reviewer_count,
        readiness=readiness(row, min_reviewers),
        job=None if row.job is None else job_view(row.job),
        summary=None if row.summary is None else brief(row.summary, stale=row.freshness == "stale"),
    )


def readiness(row: ClassRow, min_reviewers: int) -> Readiness:
    """What a start would do with a pupil."""
    if row.participant.reviewer_count < min_reviewers:
        return "too_little"
    if row.freshness == "fresh":
        return "up_to_date"
    return "stale" if row.freshness == "stale" else "ready"


def counts(counted: ClassCounts, pace: Pace | None = None) -> BatchCounts:
    """How far a class is, with the time that the rest takes at the pace of now."""
    left = counted.processing + counted.queued
    return BatchCounts(
        total=counted.total,
        ready=counted.ready,
        processing=counted.processing,
        queued=counted.queued,
        attention=counted.attention,
        eta_seconds=eta_of(left, pace),
    )


def eta_of(jobs: int, pace: Pace | None) -> int | None:
    """Seconds for this many more jobs; None when it cannot be told, for one because nobody is at work."""
    if pace is None or not pace.slots or not jobs:
        return None
    return math.ceil(pace.run_seconds * max(1, jobs / pace.side_by_side))


def student_phase(
    evaluation: Evaluation, job: Job | None, summary: Summary | None, feedback_count: int
) -> StudentPhase:
    """Which face of the own page a pupil sees.

    What is released can be read, also while a new one is on its way or after that failed. Under the
    policy "reviewed" nothing else is shown.
    """
    if job is not None and job.state in LIVE and evaluation.release == "automatic":
        return "working"
    if summary is not None and summary.state == "released":
        return "shown"
    if evaluation.release == "reviewed":
        return "in_review" if feedback_count else "no_feedback"
    if job is not None and job.state in {"failed", "cancelled"}:
        return "failed" if job.state == "failed" else "cancelled"
    return "start" if feedback_count else "no_feedback"


def numbered(comments: Sequence[CommentRow]) -> dict[int, int]:
    """The numbers by which a teacher's page refers to comments, by entry id."""
    return {comment.entry_id: number for number, comment in enumerate(comments, start=1)}
