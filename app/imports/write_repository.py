"""The SQL of imports that writes: set-based, so that the number of statements does not grow with the file."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Numeric,
    String,
    Text,
    all_,
    case,
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

from app.accounts.models import User
from app.core.recordset import Rows, recordset
from app.evaluations.models import Criterion, Evaluation, FeedbackEntry, Participant, Team

BIRTH = 1_767_225_600
"""2026-01-01 in Unix time; see `add_participants`."""


async def add_evaluation(session: AsyncSession, values: Mapping[str, object]) -> int:
    """Make an evaluation; its id."""
    return (await session.execute(insert(Evaluation).values(**values).returning(Evaluation.id))).scalar_one()


async def fresh_user_ids(session: AsyncSession, count: int) -> list[int]:
    """Ids for people that are about to be made, so that no order of returned rows has to be trusted."""
    sequence = func.pg_get_serial_sequence(User.__tablename__, "id")
    query = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
    return [int(number) for number in await session.scalars(query)]


async def add_people(session: AsyncSession, school_id: int, run_id: int | None, people: Rows) -> None:
    """Make pupils. Rows: id, given_name, infix, family_name, aliases, email, number, class_name."""
    r = recordset(
        people,
        id=BigInteger(),
        given_name=String(),
        infix=String(),
        family_name=String(),
        aliases=User.aliases.type,
        email=String(),
        number=String(),
        class_name=String(),
    )
    columns = ["id", "given_name", "infix", "family_name", "aliases", "email", "number", "class_name"]
    source = select(
        *(r.c[name] for name in columns),
        literal(school_id, BigInteger()),
        literal("pupil"),
        literal(run_id, BigInteger()),
    )
    await session.execute(insert(User).from_select([*columns, "school_id", "role", "import_run_id"], source))


_COMPLETED: dict[str, TypeEngine[Any]] = {
    "user_id": BigInteger(),
    "email": String(),
    "number": String(),
    "class_name": String(),
    "aliases": User.aliases.type,
}


async def complete_people(session: AsyncSession, school_id: int, rows: Rows) -> None:
    """Fill in numbers and addresses where there are none, add aliases, set the class. Null leaves a field."""
    r = recordset(rows, **_COMPLETED)
    await session.execute(
        update(User)
        .where(User.id == r.c.user_id, User.school_id == school_id, User.role == "pupil")
        .values(
            email=func.coalesce(User.email, r.c.email),
            number=func.coalesce(User.number, r.c.number),
            class_name=func.coalesce(r.c.class_name, User.class_name),
            aliases=func.array_cat(User.aliases, r.c.aliases),
        )
    )


async def add_teams(session: AsyncSession, evaluation_id: int, names: Sequence[str]) -> dict[str, int]:
    """Make teams; name → id."""
    rows = [{"evaluation_id": evaluation_id, "name": name} for name in names]
    made = await session.execute(insert(Team).returning(Team.name, Team.id), rows)
    return dict(made.all())


async def add_criteria(
    session: AsyncSession, evaluation_id: int, names: Sequence[str], first_position: int
) -> dict[str, int]:
    """Make criteria in this order; name → id."""
    rows = [
        {"evaluation_id": evaluation_id, "name": name, "position": position}
        for position, name in enumerate(names, first_position)
    ]
    made = await session.execute(insert(Criterion).returning(Criterion.name, Criterion.id), rows)
    return dict(made.all())


async def add_participants(session: AsyncSession, evaluation_id: int, rows: Rows) -> None:
    """Add pupils. Rows: student_id, team_id.

    The first revision is read from the clock: a pupil who was taken out by an undo and comes back must
    not meet an old summary under a revision that had been used before.
    """
    r = recordset(rows, student_id=BigInteger(), team_id=BigInteger())
    revision = cast(func.extract("epoch", func.now()) - BIRTH, Integer)
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


_SAID: dict[str, TypeEngine[Any]] = {
    "score": Numeric(6, 2),
    "comment": Text(),
    "written_at": TIMESTAMP(timezone=True),
}


async def add_entries(
    session: AsyncSession, school_id: int, evaluation_id: int, run_id: int | None, rows: Rows
) -> None:
    """Add entries. Rows: reviewer_id, reviewee_id, criterion_id, kind, score, comment, written_at."""
    r = recordset(
        rows,
        reviewer_id=BigInteger(),
        reviewee_id=BigInteger(),
        criterion_id=BigInteger(),
        kind=String(),
        **_SAID,
    )
    columns = ["reviewer_id", "reviewee_id", "criterion_id", "kind", "score", "comment", "written_at"]
    source = select(
        *(r.c[name] for name in columns),
        literal(school_id, BigInteger()),
        literal(evaluation_id, BigInteger()),
        literal(run_id, BigInteger()),
    )
    await session.execute(
        insert(FeedbackEntry).from_select([*columns, "school_id", "evaluation_id", "import_run_id"], source)
    )


async def change_entries(session: AsyncSession, evaluation_id: int, rows: Rows) -> None:
    """Change what entries say. Rows: id, score, comment, written_at, import_run_id."""
    r = recordset(rows, id=BigInteger(), import_run_id=BigInteger(), **_SAID)
    await session.execute(
        update(FeedbackEntry)
        .where(FeedbackEntry.id == r.c.id, FeedbackEntry.evaluation_id == evaluation_id)
        .values({name: r.c[name] for name in ("score", "comment", "written_at", "import_run_id")})
    )


async def recount(session: AsyncSession, evaluation_id: int) -> None:
    """Set the kept counts of an evaluation's pupils to what is true.

    Pupil by pupil, each by the index on entries: of rows that were added a moment ago the planner knows
    nothing, and to join all pupils with all counts took it minutes for 20,000 of them.
    """
    place = aliased(Participant)
    told = (
        select(
            func.count(FeedbackEntry.id).label("comments"),
            func.count(distinct(FeedbackEntry.reviewer_id)).label("reviewers"),
        )
        .where(
            FeedbackEntry.evaluation_id == place.evaluation_id,
            FeedbackEntry.reviewee_id == place.student_id,
            FeedbackEntry.kind == "peer",
            FeedbackEntry.comment.is_not(None),
        )
        .lateral("told")
    )
    await session.execute(
        update(Participant)
        .where(
            place.evaluation_id == evaluation_id,
            Participant.evaluation_id == place.evaluation_id,
            Participant.student_id == place.student_id,
            or_(
                Participant.feedback_count != told.c.comments,
                Participant.reviewer_count != told.c.reviewers,
            ),
        )
        .values(feedback_count=told.c.comments, reviewer_count=told.c.reviewers)
    )


async def raise_revisions_around(session: AsyncSession, school_id: int, user_ids: Sequence[int]) -> None:
    """These people are called otherwise too: wherever they take part, no summary may hold the new name."""
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


async def raise_revisions(session: AsyncSession, evaluation_id: int, student_ids: Sequence[int]) -> None:
    """What is told about these pupils changed: their summaries are stale."""
    r = recordset([{"student_id": student_id} for student_id in student_ids], student_id=BigInteger())
    await session.execute(
        update(Participant)
        .where(Participant.evaluation_id == evaluation_id, Participant.student_id == r.c.student_id)
        .values(revision=Participant.revision + 1)
    )


# What an undo takes back.


async def remove_evaluation(session: AsyncSession, school_id: int, evaluation_id: int) -> None:
    """Remove an evaluation and everything in it."""
    await session.execute(
        delete(Evaluation).where(Evaluation.id == evaluation_id, Evaluation.school_id == school_id)
    )


async def remove_entries_of_run(session: AsyncSession, evaluation_id: int, run_id: int) -> list[int]:
    """Remove the entries that a run added and that it still owns; the pupils they were about."""
    statement = (
        delete(FeedbackEntry)
        .where(FeedbackEntry.evaluation_id == evaluation_id, FeedbackEntry.import_run_id == run_id)
        .returning(FeedbackEntry.reviewee_id)
    )
    return list(set(await session.scalars(statement)))


async def remove_participants(session: AsyncSession, evaluation_id: int, ids: Sequence[int]) -> None:
    """Take pupils out of an evaluation."""
    await session.execute(
        delete(Participant).where(Participant.evaluation_id == evaluation_id, Participant.student_id.in_(ids))
    )


async def remove_named(
    session: AsyncSession, model: type[Team] | type[Criterion], evaluation_id: int, ids: Sequence[int]
) -> None:
    """Remove teams or criteria of an evaluation."""
    await session.execute(delete(model).where(model.evaluation_id == evaluation_id, model.id.in_(ids)))


async def remove_people(session: AsyncSession, school_id: int, ids: Sequence[int]) -> None:
    """Remove pupils and everything that is theirs."""
    r = recordset([{"user_id": user_id} for user_id in ids], user_id=BigInteger())
    await session.execute(
        delete(User).where(User.id == r.c.user_id, User.school_id == school_id, User.role == "pupil")
    )


async def uncomplete_people(session: AsyncSession, school_id: int, rows: Rows) -> None:
    """Take back what `complete_people` set, where it still stands.

    Rows: user_id, email, number, aliases, class_name (what was set), class_was.
    """
    r = recordset(rows, **_COMPLETED, class_was=String())
    as_set = User.class_name == r.c.class_name
    alias = func.unnest(User.aliases).column_valued("alias")
    other_aliases = select(alias).where(alias != all_(r.c.aliases)).correlate(User, r).scalar_subquery()
    await session.execute(
        update(User)
        .where(User.id == r.c.user_id, User.school_id == school_id)
        .values(
            email=func.nullif(User.email, r.c.email),
            number=func.nullif(User.number, r.c.number),
            class_name=case((as_set, r.c.class_was), else_=User.class_name),
            aliases=func.array(other_aliases),
        )
    )
