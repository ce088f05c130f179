"""Decisions about a school's lanes: an administrator pauses one for the own school, and resumes it."""

from app.audit.actions import Action
from app.audit.service import UserActor, note
from app.core.unit_of_work import UnitOfWork
from app.jobs.events import job_event
from app.jobs.sql import enqueue
from app.jobs.sql import pause as holding
from app.settings import LANES
from app.tasks import summary_waits


async def pause(uow: UnitOfWork, school_id: int, lane: int, by: int) -> int:
    """Start nothing more of this school in this lane; what runs goes on. Returns how many are held by it.

    1. Mark the school's place in the lane, which locks it: jobs that come in are now before or after us.
    It was marked: nothing to do. 2. Hold what waits, save rows that somebody is changing. Of those, one that
    starts now has started before us. One that comes back (retry, hand-back, lost lease) reads the mark, or
    if it could not see it yet stays unheld; then the claim, which looks at the mark too, passes it over, and
    3. the next sweep holds it. Other schools share neither the mark nor a row with us.
    """
    if not await holding.mark_paused(uow.session, school_id, lane, by):
        return 0
    held = await holding.hold(uow.session, school_id, lane)
    note(uow, UserActor(school_id, by), Action.LANE_PAUSED, ("lane", LANES[lane]), jobs=len(held))
    uow.publish(*(job_event(job) for job in held))
    return len(held)


async def resume(uow: UnitOfWork, school_id: int, lane: int, by: int) -> int:
    """Let this school's jobs in this lane start again. Returns how many were let go.

    1. Take away the mark, which locks the school's place in the lane. There was none: nothing to do.
    2. Put what is held in line with new ranks: with its old ones it would stand before schools that have
    gone on meanwhile. 3. A job that came back beside us and read the old mark stays held until the next
    sweep lets it go.
    """
    if not await holding.mark_resumed(uow.session, school_id, lane):
        return 0
    count = await holding.count_held(uow.session, school_id, lane)
    place = await enqueue.reserve_ranks(uow.session, school_id, lane, count)
    moved = await holding.let_go(uow.session, school_id, lane, place.first_rank)
    note(uow, UserActor(school_id, by), Action.LANE_RESUMED, ("lane", LANES[lane]), jobs=len(moved))
    uow.wake(*(summary_waits(lane) for job in moved if job.next_retry_at is None))
    uow.publish(*(job_event(job) for job in moved))
    return len(moved)
