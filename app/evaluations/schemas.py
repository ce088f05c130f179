"""What the API of evaluations takes and answers; the descriptions and examples are part of its OpenAPI."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.evaluations.read_models import EvaluationFacts, EvaluationPage
from app.evaluations.service import EvaluationChange

State = Literal["open", "closed", "released"]
Release = Literal["automatic", "reviewed"]
ShowQuotes = Literal["none", "paraphrased", "verbatim"]


class EvaluationListItem(msgspec.Struct, omit_defaults=True):
    """An evaluation in the list. The counts are there for those who run it."""

    evaluation_id: int
    title: str
    course: str
    state: str
    release: str
    created_at: datetime
    student_count: int | None = None
    with_feedback_count: Annotated[
        int | None, Meta(description="Pupils who received at least one comment.")
    ] = None


class EvaluationList(msgspec.Struct):
    """A page of evaluations, newest first."""

    evaluations: list[EvaluationListItem]
    next_cursor: Annotated[str | None, Meta(description="Pass it as `cursor`; null on the last page.")]


class EvaluationPatch(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What to change; what is left out stays."""

    title: Annotated[str, Meta(max_length=200, examples=["Project Water"])] | None = None
    course: Annotated[str, Meta(max_length=200, examples=["Natuurkunde 4 vwo"])] | None = None
    state: State | None = None
    release: (
        Annotated[
            Release, Meta(description="`reviewed`: a pupil sees nothing until the teacher released it.")
        ]
        | None
    ) = None
    min_reviewers: (
        Annotated[
            int,
            Meta(ge=1, le=20, description="With fewer reviewers no summary is written. Makes all stale."),
        ]
        | None
    ) = None
    show_quotes: ShowQuotes | None = None

    def as_change(self) -> EvaluationChange:
        """For the service."""
        return EvaluationChange(**msgspec.structs.asdict(self))


class EvaluationPolicy(msgspec.Struct):
    """An evaluation and its policy."""

    evaluation_id: int
    title: str
    course: str
    state: str
    release: str
    min_reviewers: int
    show_quotes: str


def listed(page: EvaluationPage) -> EvaluationList:
    """The list's answer."""
    rows = [
        EvaluationListItem(
            evaluation_id=row.evaluation_id,
            title=row.title,
            course=row.course,
            state=row.state,
            release=row.release,
            created_at=row.created_at,
            student_count=row.student_count,
            with_feedback_count=row.with_feedback_count,
        )
        for row in page.evaluations
    ]
    return EvaluationList(rows, page.next_cursor)


def policy(evaluation: EvaluationFacts) -> EvaluationPolicy:
    """A change's answer."""
    return EvaluationPolicy(
        evaluation_id=evaluation.id,
        title=evaluation.title,
        course=evaluation.course,
        state=evaluation.state,
        release=evaluation.release,
        min_reviewers=evaluation.min_reviewers,
        show_quotes=evaluation.show_quotes,
    )
