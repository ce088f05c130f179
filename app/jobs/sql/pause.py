"""SQL by which a school's lane is paused and resumed, and its waiting jobs with it."""

from sqlalchemy import Select, and_, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.events import SEQ_STRIDE
from app.jobs.models import Job, SchoolLane
from app.jobs.sql.predicates import in_state, next_seq, unfinished
from app.jobs.states import Move


async def mark_paused(session: AsyncSession, school_id: int, lane: int, by: int) -> bool:
    """Store that the lane is paused; False when it was. Locks the school's row of the lane."""
    row = {"school_id": school_id, "lane": lane, "last_rank": 0, "paused_at": func.now(), "paused_by": by}
    statement = insert(SchoolLane).values(row)
    statement = statement.on_conflict_do_update(
        index_elements=[SchoolLane.school_id, SchoolLane.lane],
        set_={"paused_at": statement.excluded.paused_at, "paused_by": statement.excluded.paused_by},
        where=SchoolLane.paused_at.is_(None),
    )
    return await session.scalar(statement.returning(SchoolLane.lane)) is not None


async def mark_resumed(session: AsyncSession, school_id: int, lane: int) -> bool:
    """Store that the lane goes on; False when it did. Locks the school's row of the lane."""
    statement = (
        update(SchoolLane)
        .where(SchoolLane.school_id == school_id, SchoolLane.lane == lane, SchoolLane.paused_at.is_not(None))
        .values(paused_at=None, paused_by=None)
        .returning(SchoolLane.lane)
    )
    return await session.scalar(statement) is not None


async def paused_lanes(session: AsyncSession, school_id: int) -> set[int]:
    """The lanes that a school has paused."""
    paused = SchoolLane.paused_at.is_not(None)
    found = await session.scalars(select(SchoolLane.lane).where(SchoolLane.school_id == school_id, paused))
    return set(found)


async def pause_jobs(session: AsyncSession, school_id: int, lane: int) -> list[Job]:
    """Take what a school has queued in a lane out of the line.

    Rows that somebody is changing are left to `pause_missed`; the claim refuses them meanwhile.
    """
    chosen = select(Job.id).where(Job.school_id == school_id, Job.lane == lane, *_may_be_paused)
    return await _set_paused(session, chosen, paused=True)


async def count_paused(session: AsyncSession, school_id: int, lane: int) -> int:
    """How many of a school's jobs are paused in a lane."""
    chosen = (Job.school_id == school_id, Job.lane == lane, Job.held)
    return int(await session.scalar(select(func.count()).select_from(Job).where(*chosen)) or 0)


async def resume_jobs(session: AsyncSession, school_id: int, lane: int, first_rank: int) -> list[Job]:
    """Put paused jobs in line again, in their old order with ranks from `first_rank`, as if they came now.

    Rows that somebody is changing are left to `resume_missed`.
    """
    statement = text(
        """
        WITH locked AS (
            SELECT id, rank, created_at FROM job
            WHERE school_id = :school_id AND lane = :lane AND held FOR UPDATE SKIP LOCKED
        ), numbered AS (
            SELECT id, row_number() OVER (ORDER BY rank, created_at, id) AS position FROM locked
        )
        UPDATE job SET held = false, rank = :first_rank + numbered.position - 1, waiting_since = now(),
                       seq = (job.seq / :stride + 1) * :stride
        FROM numbered WHERE job.id = numbered.id
        RETURNING job.*
        """
    )
    bound = {"school_id": school_id, "lane": lane, "first_rank": first_rank, "stride": SEQ_STRIDE}
    moved = select(Job).from_statement(statement).execution_options(populate_existing=True)
    return list(await session.scalars(moved, bound))


async def pause_missed(session: AsyncSession, limit: int) -> list[Job]:
    """Pause what came back into a paused lane while that was being paused."""
    missed = _with_lane.where(SchoolLane.paused_at.is_not(None), *_may_be_paused)
    return await _set_paused(session, missed.limit(limit), paused=True)


async def resume_missed(session: AsyncSession, limit: int) -> list[Job]:
    """Resume what came back into a lane while that was being resumed."""
    missed = _with_lane.where(SchoolLane.paused_at.is_(None), Job.held)
    return await _set_paused(session, missed.limit(limit), paused=False)


_may_be_paused = (unfinished, in_state(*Move.PAUSE.source_states), ~Job.held)

_with_lane = select(Job.id).join(
    SchoolLane, and_(SchoolLane.school_id == Job.school_id, SchoolLane.lane == Job.lane)
)


async def _set_paused(session: AsyncSession, chosen: Select[str], *, paused: bool) -> list[Job]:
    """Without waiting for anybody's rows, so that no two statements wait for each other."""
    locked = chosen.with_for_update(of=Job, skip_locked=True)
    statement = update(Job).where(Job.id.in_(locked)).values(held=paused, seq=next_seq()).returning(Job)
    options = {"synchronize_session": False, "populate_existing": True}
    return list(await session.scalars(statement, execution_options=options))
