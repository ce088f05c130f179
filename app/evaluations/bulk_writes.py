"""SQL that writes many rows of an evaluation at once: one statement, however many there are."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Numeric,
    String,
    Text,
    cast,
    delete,
    distinct,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.types import TypeEngine

from app.core.recordset import Rows, recordset
from app.evaluations.models import Criterion, Evaluation, FeedbackEntry, Participant, Team

REVISION_EPOCH_SECONDS = 1_767_225_600
"""2026-01-01 in Unix time; see `add_participants`."""


async def add_evaluation(session: AsyncSession, values: Mapping[str, object]) -> int:
    """Add an evaluation with these columns; returns its id."""
    return (await session.execute(insert(Evaluation).values(**values).returning(Evaluation.id))).scalar_one()


async def remove_evaluation(session: AsyncSession, school_id: int, evaluation_id: int) -> None:
    """Remove an evaluation with everything in it."""
    await session.execute(
        delete(Evaluation).where(Evaluation.id == evaluation_id, Evaluation.school_id == school_id)
    )


async def add_teams(session: AsyncSession, evaluation_id: int, names: Sequence[str]) -> dict[str, int]:
    """Add teams; returns the id of each name."""
    rows = [{"evaluation_id": evaluation_id, "name": name} for name in names]
    made = await session.execute(insert(Team).returning(Team.name, Team.id), rows)
    return dict(made.all())


async def remove_teams(session: AsyncSession, evaluation_id: int, team_ids: Sequence[int]) -> None:
    """Remove teams of an evaluation."""
    await session.execute(delete(Team).where(Team.evaluation_id == evaluation_id, Team.id.in_(team_ids)))


async def add_criteria(
    session: AsyncSession, evaluation_id: int, names: Sequence[str], first_position: int
) -> dict[str, int]:
    """Add criteria in this order; returns the id of each name."""
    rows = [
        {"evaluation_id": evaluation_id, "name": name, "position": position}
        for position, name in enumerate(names, first_position)
    ]
    made = await session.execute(insert(Criterion).returning(Criterion.name, Criterion.id), rows)
    return dict(made.all())


async def remove_criteria(session: AsyncSession, evaluation_id: int, criterion_ids: Sequence[int]) -> None:
    """Remove criteria of an evaluation."""
    await session.execute(
        delete(Criterion).where(Criterion.evaluation_id == evaluation_id, Criterion.id.in_(criterion_ids))
    )


async def add_participants(session: AsyncSession, evaluation_id: int, rows: Rows) -> None:
    """Add pupils to an evaluation. Rows: student_id, team_id.

    The first revision comes from the clock. Otherwise a pupil who was removed by an undo and is added again
    would get a revision that an old stored summary has, and that summary would pass for fresh.
    """
    r = recordset(rows, student_id=BigInteger(), team_id=BigInteger())
    revision = cast(func.extract("epoch", func.now()) - REVISION_EPOCH_SECONDS, Integer)
    source = select(literal(evaluation_id, BigInteger()), r.c.student_id, r.c.team_id, revision)
    await session.execute(
        insert(Participant).from_select(["evaluation_id", "student_id", "team_id", "revision"], source)
    )


async def move_participants(session: AsyncSession, evaluation_id: int, rows: Rows) -> None:
    """Put pupils into other teams. Rows: student_id, team_id."""
    r = recordset(rows, student_id=BigInteger(), team_id=BigInteger())
    await session.execute(
        update(Participant)
        .where(Participant.evaluation_id == evaluation_id, Participant.student_id == r.c.student_id)
        .values(team_id=r.c.team_id)
    )


async def remove_participants(session: AsyncSession, evaluation_id: int, student_ids: Sequence[int]) -> None:
    """Remove pupils from an evaluation."""
    of_students = Participant.student_id.in_(student_ids)
    await session.execute(delete(Participant).where(Participant.evaluation_id == evaluation_id, of_students))


_CONTENT: dict[str, TypeEngine[Any]] = {
    "score": Numeric(6, 2),
    "comment": Text(),
    "written_at": TIMESTAMP(timezone=True),
}


async def add_entries(
    session: AsyncSession, school_id: int, evaluation_id: int, import_run_id: int | None, rows: Rows
) -> None:
    """Add entries. Rows: reviewer_id, reviewee_id, criterion_id, kind, score, comment, written_at."""
    r = recordset(
        rows,
        reviewer_id=BigInteger(),
        reviewee_id=BigInteger(),
        criterion_id=BigInteger(),
        kind=String(),
        **_CONTENT,
    )
    columns = ["reviewer_id", "reviewee_id", "criterion_id", "kind", "score", "comment", "written_at"]
    source = select(
        *(r.c[name] for name in columns),
        literal(school_id, BigInteger()),
        literal(evaluation_id, BigInteger()),
        literal(import_run_id, BigInteger()),
    )
    await session.execute(
        insert(FeedbackEntry).from_select([*columns, "school_id", "evaluation_id", "import_run_id"], source)
    )


async def change_entries(session: AsyncSession, evaluation_id: int, rows: Rows) -> None:
    """Replace what entries say. Rows: id, score, comment, written_at, import_run_id."""
    r = recordset(rows, id=BigInteger(), import_run_id=BigInteger(), **_CONTENT)
    await session.execute(
        update(FeedbackEntry)
        .where(FeedbackEntry.id == r.c.id, FeedbackEntry.evaluation_id == evaluation_id)
        .values({name: r.c[name] for name in ("score", "comment", "written_at", "import_run_id")})
    )


async def remove_entries_of_run(session: AsyncSession, evaluation_id: int, import_run_id: int) -> set[int]:
    """Remove the entries that an import added or changed last; returns the pupils they were about."""
    statement = (
        delete(FeedbackEntry)
        .where(FeedbackEntry.evaluation_id == evaluation_id, FeedbackEntry.import_run_id == import_run_id)
        .returning(FeedbackEntry.reviewee_id)
    )
    return set(await session.scalars(statement))


async def recount_feedback(session: AsyncSession, evaluation_id: int) -> None:
    """Set the stored counts of comments and reviewers of every pupil of an evaluation.

    The counts are looked up pupil by pupil through the index on entries. A join of all pupils with all counts
    took minutes for 20,000 pupils, because the planner has no statistics on rows that were just added.
    """
    participant = aliased(Participant)
    counted = (
        select(
            func.count(FeedbackEntry.id).label("comments"),
            func.count(distinct(FeedbackEntry.reviewer_id)).label("reviewers"),
        )
        .where(
            FeedbackEntry.evaluation_id == participant.evaluation_id,
            FeedbackEntry.reviewee_id == participant.student_id,
            FeedbackEntry.kind == "peer",
            FeedbackEntry.comment.is_not(None),
        )
        .lateral("counted")
    )
    await session.execute(
        update(Participant)
        .where(
            participant.evaluation_id == evaluation_id,
            Participant.evaluation_id == participant.evaluation_id,
            Participant.student_id == participant.student_id,
            or_(
                Participant.feedback_count != counted.c.comments,
                Participant.reviewer_count != counted.c.reviewers,
            ),
        )
        .values(feedback_count=counted.c.comments, reviewer_count=counted.c.reviewers)
    )


async def raise_revisions(session: AsyncSession, evaluation_id: int, student_ids: Sequence[int]) -> None:
    """Make the summaries of these pupils stale: the comments about them have changed."""
    r = recordset([{"student_id": student_id} for student_id in student_ids], student_id=BigInteger())
    await session.execute(
        update(Participant)
        .where(Participant.evaluation_id == evaluation_id, Participant.student_id == r.c.student_id)
        .values(revision=Participant.revision + 1)
    )


async def raise_revisions_around(session: AsyncSession, school_id: int, user_ids: Sequence[int]) -> None:
    """Make every summary stale in all evaluations of these people.

    For when they have a new name, which none of those summaries may contain.
    """
    r = recordset([{"user_id": user_id} for user_id in user_ids], user_id=BigInteger())
    theirs = (
        select(Participant.evaluation_id)
        .join(r, r.c.user_id == Participant.student_id)
        .join(Evaluation, Evaluation.id == Participant.evaluation_id)
        .where(Evaluation.school_id == school_id)
    )
    await session.execute(
        update(Participant)
        .where(Participant.evaluation_id.in_(theirs))
        .values(revision=Participant.revision + 1)
    )
