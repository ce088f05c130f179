"""Whether many viewers may still look and were told all, with a handful of statements for all of them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import login
from app.core.db import SessionFactory
from app.evaluations import access
from app.evaluations.access import Claim
from app.jobs.sql import reads
from app.jobs.sql.reads import Newest
from web.live.reauthorise import Check, Watch


def checking(sessions: SessionFactory) -> Check:
    """The keeper's check, in a session of its own."""

    async def check(watches: Sequence[Watch]) -> None:
        async with sessions() as session:
            await check_all(session, watches)

    return check


async def check_all(session: AsyncSession, watches: Sequence[Watch]) -> None:
    """1. Who is no longer logged in, or is somebody else by now (name, role), is ended.
    2. Who watches one job or one pupil is ended when it is gone or may not be seen any more.
    3. Of these, who was not told the newest state looks again.
    4. Who watches more (staff: a class, the dashboard, the queue) looks again in any case, and that look
       decides by itself whether they still may.
    """
    holders = await login.who_still_has(session, {watch.credential for watch in watches})
    narrow = []
    for watch in watches:
        if holders.get(watch.credential) != watch.user:
            watch.viewer.end()
        elif watch.viewer.topic.narrow:
            narrow.append(watch)
        else:
            watch.viewer.look_again()
    await _check_narrow(session, narrow)


async def _check_narrow(session: AsyncSession, watches: Sequence[Watch]) -> None:
    newest = await _newest(session, watches)
    claims = {watch: _claim(watch, newest.get(watch)) for watch in watches}
    good = await access.still_good(session, {claim for claim in claims.values() if claim is not None})
    for watch, claim in claims.items():
        found = newest.get(watch)
        if claim not in good:
            watch.viewer.end()
        elif found is not None and found.seq > watch.told.get(found.job_id, -1):
            watch.viewer.look_again()


async def _newest(session: AsyncSession, watches: Sequence[Watch]) -> dict[Watch, Newest]:
    """The job that each watches; nothing for a job that is gone or a pupil who has none yet."""
    topics = [watch.viewer.topic for watch in watches]
    named = await reads.named(session, {topic.job_id for topic in topics if topic.job_id is not None})
    pupils = await reads.newest_of_pupils(session, {one for topic in topics if (one := topic.pupil)})
    found: dict[Watch, Newest] = {}
    for watch, topic in zip(watches, topics, strict=True):
        row = named.get(topic.job_id) if topic.job_id is not None else pupils.get(topic.pupil or (0, 0))
        if row is not None and row.school_id == watch.user.school_id:
            found[watch] = row
    return found


def _claim(watch: Watch, newest: Newest | None) -> Claim | None:
    """What this viewer must still be allowed; None when there is nothing to look at any more.

    Staff may see a job as long as they may see its evaluation, a pupil only the own one (`visible_job`).
    """
    pupil = watch.viewer.topic.pupil
    if pupil is not None:
        return Claim(watch.user, *pupil)
    if newest is None:
        return None
    return Claim(watch.user, newest.evaluation_id, None if watch.user.is_staff else newest.student_id)
