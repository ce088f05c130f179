"""What the API of evaluations takes and answers; the descriptions and examples are part of its OpenAPI."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from app.evaluations.import_examine import Examination
from app.evaluations.models import Evaluation, ImportRun
from app.evaluations.read_models import EvaluationPage
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


class ImportProblem(msgspec.Struct):
    """Something in the file to look at."""

    row: Annotated[int | None, Meta(description="As a spreadsheet shows it; null: the file as a whole.")]
    column: str
    code: Annotated[str, Meta(examples=["score_out_of_range"])]
    severity: Annotated[Literal["error", "warning"], Meta(description="An error leaves the row out.")]
    message: str


class ImportOut(msgspec.Struct, omit_defaults=True):
    """What was understood of a file, and what came of it."""

    state: Annotated[
        Literal["dry_run", "previewed", "applied", "undone"], Meta(description="`dry_run`: nothing is kept.")
    ]
    title: str
    course: str
    format: Annotated[str, Meta(examples=["long_csv"])]
    counts: Annotated[
        dict[str, int],
        Meta(
            description="rows, people (new, known, left out), teams, criteria, entries (new, changed, same), "
            "errors, warnings, problems_more.",
            examples=[{"rows": 336, "people": 28, "people_new": 28, "entries": 336, "entries_new": 336}],
        ),
    ]
    problems: list[ImportProblem]
    import_id: int | None = None
    evaluation_id: int | None = None


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


def policy(evaluation: Evaluation) -> EvaluationPolicy:
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


def imported(run: ImportRun) -> ImportOut:
    """The answer of an import that is kept."""
    return ImportOut(
        state=msgspec.convert(run.state, Literal["previewed", "applied", "undone"]),
        title=run.title,
        course=run.course,
        format=run.format,
        counts=run.counts,
        problems=_problems(run.problems),
        import_id=run.id,
        evaluation_id=run.evaluation_id,
    )


def examined(found: Examination) -> ImportOut:
    """The answer of a dry run."""
    return ImportOut(
        state="dry_run",
        title=found.title,
        course=found.course,
        format=found.understood.format,
        counts=found.counts(),
        problems=_problems(found.problems_as_dicts()),
        evaluation_id=found.evaluation.id if found.evaluation else None,
    )


def _problems(rows: list[dict[str, Any]]) -> list[ImportProblem]:
    return msgspec.convert(rows, list[ImportProblem])
