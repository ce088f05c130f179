"""The SQL of imports that reads: what a school and an evaluation hold already, and the runs themselves."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, String, case, delete, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.accounts.models import School, User
from app.core.recordset import recordset
from app.evaluations.models import Criterion, FeedbackEntry, Participant, Team
from app.imports.diff import KnownEntry
from app.imports.models import ImportRun
from app.imports.parsing.names import Name
from app.imports.people_matching import KnownPerson


class SchoolFacts(NamedTuple):
    """What an import needs of the school."""

    time_zone: str
    policy: dict[str, Any]


async def school_facts(session: AsyncSession, school_id: int, *, lock: bool) -> SchoolFacts:
    """The school; locked, imports into it wait for each other, while anything else goes on."""
    query = select(School.time_zone, School.policy).where(School.id == school_id)
    if lock:
        query = query.with_for_update(key_share=True)
    return SchoolFacts(*(await session.execute(query)).one())


async def known_people(session: AsyncSession, school_id: int, evaluation_id: int | None) -> list[KnownPerson]:
    """Everyone at the school, and their place in the evaluation if there is one."""
    query = (
        select(
            User.id,
            User.role,
            User.given_name,
            User.infix,
            User.family_name,
            User.aliases,
            func.coalesce(User.email, ""),
            func.coalesce(User.number, ""),
            func.coalesce(User.class_name, ""),
            case((Participant.student_id.is_not(None), func.coalesce(Team.name, ""))),
        )
        .outerjoin(
            Participant,
            (Participant.student_id == User.id) & (Participant.evaluation_id == literal(evaluation_id)),
        )
        .outerjoin(Team, Team.id == Participant.team_id)
        .where(User.school_id == school_id)
        .order_by(User.id)
    )
    return [
        KnownPerson(
            user_id=user_id,
            is_student=role == "pupil",
            name=Name(given, infix, family, tuple(aliases)),
            email=email,
            number=number,
            class_name=class_name,
            in_evaluation=team is not None,
            team=team or "",
        )
        for user_id, role, given, infix, family, aliases, email, number, class_name, team in (
            await session.execute(query)
        )
    ]


async def emails_elsewhere(session: AsyncSession, school_id: int, emails: Sequence[str]) -> set[str]:
    """Which of these addresses people of other schools log in with; an address is unique over all schools."""
    wanted = recordset([{"email": email} for email in emails], email=String())
    query = select(User.email).join(wanted, wanted.c.email == User.email).where(User.school_id != school_id)
    return {email for email in await session.scalars(query) if email}


async def known_entries(session: AsyncSession, school_id: int, evaluation_id: int) -> list[KnownEntry]:
    """Every entry of an evaluation."""
    query = (
        select(
            FeedbackEntry.id,
            FeedbackEntry.reviewer_id,
            FeedbackEntry.reviewee_id,
            Criterion.name,
            FeedbackEntry.kind,
            FeedbackEntry.score,
            FeedbackEntry.comment,
            FeedbackEntry.written_at,
            FeedbackEntry.import_run_id,
        )
        .outerjoin(Criterion, Criterion.id == FeedbackEntry.criterion_id)
        .where(FeedbackEntry.school_id == school_id, FeedbackEntry.evaluation_id == evaluation_id)
    )
    return [KnownEntry(*row) for row in await session.execute(query)]


async def named_ids(
    session: AsyncSession, model: type[Team] | type[Criterion], evaluation_id: int
) -> dict[str, int]:
    """The teams or criteria of an evaluation: name → id."""
    query = select(model.name, model.id).where(model.evaluation_id == evaluation_id).order_by(model.id)
    return dict((await session.execute(query)).all())


async def run(session: AsyncSession, school_id: int, run_id: int) -> ImportRun | None:
    """An import run, without the file."""
    return await session.scalar(_run(school_id, run_id).options(defer(ImportRun.payload)))


async def claim_run(session: AsyncSession, school_id: int, run_id: int) -> ImportRun | None:
    """The run, locked till the end of the transaction; None while somebody else holds it."""
    query = _run(school_id, run_id).with_for_update(skip_locked=True)
    return await session.scalar(query.execution_options(populate_existing=True))


def _run(school_id: int, run_id: int) -> Select[ImportRun]:
    return select(ImportRun).where(ImportRun.id == run_id, ImportRun.school_id == school_id)


async def runs(
    session: AsyncSession, school_id: int, *, created_by: int | None, limit: int
) -> list[ImportRun]:
    """The school's latest runs, without the files; of one person when that is given."""
    query = (
        select(ImportRun)
        .options(defer(ImportRun.payload), defer(ImportRun.created))
        .where(ImportRun.school_id == school_id)
        .order_by(ImportRun.created_at.desc(), ImportRun.id.desc())
        .limit(limit)
    )
    if created_by is not None:
        query = query.where(ImportRun.created_by == created_by)
    return list(await session.scalars(query))


async def forget_previews(session: AsyncSession, school_id: int | None, kept: timedelta) -> None:
    """Remove previews that nobody confirmed, for they hold pupils' texts; of every school when None."""
    old = delete(ImportRun).where(ImportRun.state == "previewed", ImportRun.created_at < func.now() - kept)
    if school_id is not None:
        old = old.where(ImportRun.school_id == school_id)
    await session.execute(old)


async def later_run_exists(session: AsyncSession, evaluation_id: int, run: ImportRun) -> bool:
    """Whether another import went into this evaluation after this one, and stands."""
    query = select(ImportRun.id).where(
        ImportRun.evaluation_id == evaluation_id,
        ImportRun.state == "applied",
        ImportRun.id != run.id,
        or_(ImportRun.applied_at > run.applied_at, ImportRun.applied_at.is_(None)),
    )
    return await session.scalar(query.limit(1)) is not None


async def people_in_use(
    session: AsyncSession, school_id: int, user_ids: Sequence[int], evaluation_id: int | None
) -> int:
    """How many of these people have got a login, another role, or a place in another evaluation."""
    people = recordset([{"user_id": user_id} for user_id in user_ids], user_id=BigInteger())
    elsewhere = func.coalesce(literal(evaluation_id, BigInteger()), 0)
    query = (
        select(func.count())
        .select_from(User)
        .join(people, people.c.user_id == User.id)
        .where(
            User.school_id == school_id,
            or_(
                User.role != "pupil",
                User.password_hash.is_not(None),
                User.code.is_not(None),
                exists().where(Participant.student_id == User.id, Participant.evaluation_id != elsewhere),
                exists().where(
                    FeedbackEntry.reviewer_id == User.id, FeedbackEntry.evaluation_id != elsewhere
                ),
            ),
        )
    )
    return int(await session.scalar(query) or 0)
