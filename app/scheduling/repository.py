"""SQL of schedules."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import School
from app.evaluations.models import EvaluationTeacher
from app.scheduling.models import Schedule, ScheduleRun


async def due(session: AsyncSession, now: datetime) -> tuple[Schedule, str] | None:
    """The schedule that has been due longest and that no other tick has locked, with its school's time zone.

    It is locked until the commit.
    """
    found = await session.execute(
        select(Schedule, School.time_zone)
        .join(School, School.id == Schedule.school_id)
        .where(Schedule.next_run_at <= now)
        .order_by(Schedule.next_run_at, Schedule.id)
        .limit(1)
        .with_for_update(of=Schedule, skip_locked=True)
    )
    row = found.first()
    return None if row is None else (row[0], row[1])


async def database_now(session: AsyncSession) -> datetime:
    """The time of the database's clock, at which the transaction began."""
    return (await session.execute(select(func.now()))).scalar_one()


async def claim_run(
    session: AsyncSession, schedule_id: int, due_at: datetime, *, by_hand: bool
) -> int | None:
    """Store a run, and return its id. None when the schedule has run for `due_at` before."""
    statement = (
        insert(ScheduleRun)
        .values(schedule_id=schedule_id, due_at=due_at, by_hand=by_hand, result="running")
        .on_conflict_do_nothing(index_elements=[ScheduleRun.schedule_id, ScheduleRun.due_at])
        .returning(ScheduleRun.id)
    )
    return await session.scalar(statement)


async def end_run(session: AsyncSession, run_id: int, result: str, counts: dict[str, int]) -> None:
    """Store the result of a run."""
    await session.execute(
        update(ScheduleRun).where(ScheduleRun.id == run_id).values(result=result, counts=counts)
    )


async def change(session: AsyncSession, schedule_id: int, values: dict[str, Any]) -> None:
    """Set these columns of a schedule."""
    await session.execute(update(Schedule).where(Schedule.id == schedule_id).values(values))


async def get(session: AsyncSession, school_id: int, schedule_id: int) -> Schedule | None:
    """A schedule of this school. It is locked, so that a change and a tick follow each other."""
    return await session.scalar(
        select(Schedule).where(Schedule.id == schedule_id, Schedule.school_id == school_id).with_for_update()
    )


async def visible(session: AsyncSession, school_id: int, teacher_id: int | None) -> list[Schedule]:
    """The schedules of a school, by name.

    With `teacher_id` only those of the evaluations that this teacher teaches, and those without evaluation
    that this teacher made.
    """
    statement = select(Schedule).where(Schedule.school_id == school_id).order_by(Schedule.name, Schedule.id)
    if teacher_id is not None:
        taught = select(EvaluationTeacher.evaluation_id).where(EvaluationTeacher.user_id == teacher_id)
        statement = statement.where(
            or_(
                Schedule.evaluation_id.in_(taught),
                Schedule.evaluation_id.is_(None) & (Schedule.created_by == teacher_id),
            )
        )
    return list(await session.scalars(statement))


async def runs(session: AsyncSession, schedule_id: int, limit: int) -> list[ScheduleRun]:
    """At most `limit` runs of a schedule, newest first."""
    statement = select(ScheduleRun).where(ScheduleRun.schedule_id == schedule_id)
    return list(await session.scalars(statement.order_by(ScheduleRun.due_at.desc()).limit(limit)))


async def remove(session: AsyncSession, schedule_id: int) -> None:
    """Delete a schedule and its runs."""
    await session.execute(delete(Schedule).where(Schedule.id == schedule_id))


async def delete_old_runs(session: AsyncSession, days: int) -> None:
    """Delete runs that are older than `days`. A schedule itself has the result of its last run."""
    old = func.now() - func.make_interval(0, 0, 0, days)
    await session.execute(delete(ScheduleRun).where(ScheduleRun.started_at < old))
