"""Decisions about a school's lanes: an administrator pauses a lane of the school, and resumes it."""

from app.audit.actions import Action
from app.audit.service import UserActor, note
from app.core.unit_of_work import UnitOfWork
from app.jobs.events import job_events, wake_ups
from app.jobs.sql import enqueue
from app.jobs.sql import pause as pausing
from app.settings import LANES


async def pause(uow: UnitOfWork, school_id: int, lane: int, by: int) -> int:
    """Start nothing more of this school in this lane (an index into LANES); what runs goes on.

    `by` is the id of the person who pauses it. Returns how many jobs are paused by it.

    1. Mark the school's row of the lane, which locks it: jobs that come in are now before or after us.
    It was marked: nothing to do. 2. Pause what waits, save rows that somebody is changing. Of those, one that
    starts now has started before us. One that comes back (retry, hand-back, lost lease) reads the mark, or
    if it could not see it yet is not paused; then the claim, which looks at the mark too, passes it over, and
    3. the next sweep pauses it. Other schools share neither the mark nor a row with us.
    """
    if not await pausing.mark_paused(uow.session, school_id, lane, by):
        return 0
    paused = await pausing.pause_jobs(uow.session, school_id, lane)
    note(uow, UserActor(school_id, by), Action.LANE_PAUSED, ("lane", LANES[lane]), jobs=len(paused))
    uow.publish(*job_events(*paused))
    return len(paused)


async def resume(uow: UnitOfWork, school_id: int, lane: int, by: int) -> int:
    """Let this school's jobs in this lane start again. Returns how many were paused.

    1. Take away the mark, which locks the school's row of the lane. There was none: nothing to do.
    2. Put what is paused in line with new ranks: with its old ones it would stand before schools that have
    gone on meanwhile. 3. A job that came back beside us and read the old mark stays paused until the next
    sweep resumes it.
    """
    if not await pausing.mark_resumed(uow.session, school_id, lane):
        return 0
    count = await pausing.count_paused(uow.session, school_id, lane)
    reservation = await enqueue.reserve_ranks(uow.session, school_id, lane, count)
    resumed = await pausing.resume_jobs(uow.session, school_id, lane, reservation.first_rank)
    note(uow, UserActor(school_id, by), Action.LANE_RESUMED, ("lane", LANES[lane]), jobs=len(resumed))
    uow.wake(*wake_ups(resumed))
    uow.publish(*job_events(*resumed))
    return len(resumed)
