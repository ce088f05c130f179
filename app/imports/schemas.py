"""What the API of imports answers; the descriptions and examples are part of its OpenAPI."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from app.imports.models import ImportRun
from app.imports.preview import Examination


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
