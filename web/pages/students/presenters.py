"""Turns a stored summary, a draft and comments into what the templates of a student are given."""

from collections.abc import Mapping, Sequence

from app.evaluations.read_models import CommentRow
from app.jobs.models import Job
from app.summaries.models import Summary
from app.summaries.repository import StoredSentence
from web.pages.shared.view import version
from web.pages.students.view import SentenceView, SourceView, SummaryView


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
    """A stored summary. `job` is the student's newest; `numbers` maps entry ids to numbers of comments.

    The version is that of the job's state. Each later change by hand (an edit, a release) makes it greater.
    """
    seq = job.seq if job is not None and job.id == summary.job_id else 0
    times = (summary.created_at, summary.edited_at, summary.approved_at, summary.released_at)
    changed_at = max(time for time in times if time is not None)
    return SummaryView(
        version=f"{version(summary.job_id, seq)}.{int(changed_at.timestamp() * 1000)}",
        method=summary.method,
        sentences=tuple(_sentence(one, numbers or {}) for one in sentences),
        comments_used=summary.comments_used,
        comments_total=summary.comments_total,
        provisional=summary.provisional,
        stale=stale,
        edited=summary.edited_at is not None,
        made_at=summary.created_at,
    )


def _sentence(stored: StoredSentence, numbers: Mapping[int, int]) -> SentenceView:
    sources = tuple(sorted(numbers[entry] for entry in stored.entry_ids if entry in numbers))
    return SentenceView(stored.position, stored.kind, stored.text, sources)


def comment_numbers(comments: Sequence[CommentRow]) -> dict[int, int]:
    """The numbers by which a teacher's page refers to comments, by entry id."""
    return {comment.entry_id: number for number, comment in enumerate(comments, start=1)}


def source_views(
    comments: Sequence[CommentRow], summary: Summary | None, authors: Mapping[int, str]
) -> tuple[SourceView, ...]:
    """The comments with the flags of the summary, and with authors (by entry id) where they are given."""
    flags = {flag["entry_id"]: str(flag["reason"]) for flag in summary.flags} if summary else {}
    return tuple(
        SourceView(
            number=number,
            text=comment.text,
            criterion=comment.criterion,
            kind=comment.kind,
            flag=flags.get(comment.entry_id),
            author=authors.get(comment.entry_id),
        )
        for number, comment in enumerate(comments, start=1)
    )
