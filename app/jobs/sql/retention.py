"""SQL by which old jobs go."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

LOOKED_AT = 1000
"""Old jobs that one call looks at, from each of two places."""


async def delete_ended(session: AsyncSession, age: timedelta, limit: int) -> int:
    """Delete up to `limit` jobs that ended longer ago than `age`, except those that a summary came from.

    Those stay, and in some years they are a million. So no more than LOOKED_AT are looked at from a moment on
    that is chosen at random, and as many from the first: every job's turn comes, and no call takes long.
    Each is looked up by itself, where NOT EXISTS might be a join with all summaries.
    """
    statement = text(
        """
        WITH bounds AS (
            SELECT min(completed_at) AS first, now() - CAST(:age AS interval) AS last FROM job
        ), chosen AS MATERIALIZED (SELECT first + (last - first) * random() AS moment, last FROM bounds),
        old AS MATERIALIZED (
            (SELECT id FROM job WHERE completed_at >= (SELECT moment FROM chosen)
                AND completed_at < (SELECT last FROM chosen) AND state IN ('completed', 'failed', 'cancelled')
             ORDER BY completed_at LIMIT :looked_at)
            UNION ALL
            (SELECT id FROM job WHERE completed_at < (SELECT least(moment, last) FROM chosen)
                AND state IN ('completed', 'failed', 'cancelled')
             ORDER BY completed_at LIMIT :looked_at))
        DELETE FROM job WHERE id IN (
            SELECT id FROM old
            WHERE (SELECT id FROM summary WHERE summary.job_id = old.id LIMIT 1) IS NULL LIMIT :limit)
        RETURNING id
        """
    )
    bound = {"age": age, "limit": limit, "looked_at": LOOKED_AT}
    return len((await session.scalars(statement, bound)).all())
