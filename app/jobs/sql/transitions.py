"""SQL that moves jobs from state to state. Each statement names the state and lease that it expects."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import plain_rows
from app.jobs.models import Job
from app.jobs.sql.predicates import (
    in_state,
    job_of,
    job_table,
    jobs_of,
    lane_is_paused,
    live,
    moment,
    next_seq,
)
from app.jobs.states import ERRORS, Outcome, State
from app.webhooks.repository import has_receivers

BATCH_LOCKS = 5 << 56
"""Added to an evaluation's id, this is the number of an advisory lock that nobody else uses."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a running attempt writes down while it goes on."""

    job_id: str
    token: uuid.UUID
    seq: int
    progress: int
    stage: str
    draft: list[dict[str, Any]]


def _ended(outcome: ColumnElement[str] | Outcome, cause: str | None = None) -> dict[str, Any]:
    """The columns that every way out of `processing` sets: no lease, a new seq, one history entry."""
    entry = func.jsonb_build_object(
        "attempt", Job.attempt,
        "worker", Job.worker,
        "started_at", Job.started_at,
        "ended_at", moment(),
        "outcome", outcome if isinstance(outcome, ColumnElement) else literal(outcome.value),
        "cause", cast(literal(cause), Job.error_code.type),
    )  # fmt: skip
    return {
        "lease_token": None,
        "lease_until": None,
        "draft": None,
        "seq": next_seq(),
        "history": Job.history.op("||")(func.jsonb_build_array(entry)),
    }


def _held(job_id: Any, token: Any) -> ColumnElement[bool]:
    """That it runs is said by its having a lease (the constraint `lease`)."""
    return and_(Job.id == job_id, Job.lease_token == token)


async def renew(session: AsyncSession, renewals: Sequence[Renewal], lease: float) -> set[uuid.UUID]:
    """Lengthen these leases and write down how far they are; returns the tokens that still hold."""
    statement = text(
        """
        UPDATE job SET lease_until = now() + make_interval(secs => :lease), seq = new.seq,
               progress = new.progress, stage = new.stage, draft = CAST(new.draft AS jsonb)
        FROM unnest(CAST(:ids AS text[]), CAST(:tokens AS uuid[]), CAST(:seqs AS bigint[]),
                    CAST(:progress AS smallint[]), CAST(:stages AS text[]), CAST(:drafts AS text[]))
             AS new (id, token, seq, progress, stage, draft)
        WHERE job.id = new.id AND job.lease_token = new.token AND job.state = 'processing'
        RETURNING job.lease_token
        """
    )
    bound = {
        "lease": lease,
        "ids": [one.job_id for one in renewals],
        "tokens": [one.token for one in renewals],
        "seqs": [one.seq for one in renewals],
        "progress": [one.progress for one in renewals],
        "stages": [one.stage for one in renewals],
        "drafts": [json.dumps(one.draft) for one in renewals],
    }
    return set(await session.scalars(statement, bound))


async def complete(session: AsyncSession, job_id: str, token: uuid.UUID) -> tuple[Job | None, bool]:
    """processing → completed, for the holder of the lease only; and whether its school has receivers."""
    rows = await plain_rows(session, _COMPLETE, {"held_id": job_id, "held_token": token})
    return (job_of(rows[0]), rows[0].heard) if rows else (None, False)


async def fail(session: AsyncSession, job_id: str, token: uuid.UUID, code: str) -> Job | None:
    """processing → failed, for the holder of the lease only."""
    values = {
        "state": State.FAILED,
        "stage": None,
        "completed_at": moment(),
        "error_code": code,
        "error_message": ERRORS[code],
    }
    return await _one(
        session, update(Job).where(_held(job_id, token)).values(values | _ended(Outcome.FAILED, code))
    )


async def put_back_for_retry(
    session: AsyncSession, job_id: str, token: uuid.UUID, code: str, delay: timedelta
) -> Job | None:
    """processing → queued, to be tried again after `delay`."""
    values = {
        "state": State.QUEUED,
        "stage": None,
        "progress": 0,
        "held": lane_is_paused(),
        "retry_count": Job.retry_count + 1,
        "next_retry_at": func.now() + delay,
        "error_code": code,
        "error_message": ERRORS[code],
    }
    return await _one(
        session, update(Job).where(_held(job_id, token)).values(values | _ended(Outcome.RETRY, code))
    )


async def hand_back(session: AsyncSession, job_id: str, token: uuid.UUID) -> Job | None:
    """processing → queued because the process stops: the attempt does not count."""
    values = {
        "state": State.QUEUED,
        "held": lane_is_paused(),
        "stage": None,
        "progress": 0,
        "attempt": Job.attempt - 1,
    }
    return await _one(
        session, update(Job).where(_held(job_id, token)).values(values | _ended(Outcome.HANDED_BACK))
    )


async def cancel(session: AsyncSession, condition: ColumnElement[bool]) -> list[Job]:
    """queued or processing → cancelled, for every job that `condition` names."""
    was_running = in_state(State.PROCESSING)
    left = _ended(Outcome.CANCELLED)
    left["history"] = case((was_running, left["history"]), else_=Job.history)
    values = {
        "state": State.CANCELLED,
        "held": False,
        "stage": None,
        "next_retry_at": None,
        "cancelled_at": moment(),
        "completed_at": moment(),
    }
    not_ended = in_state(State.QUEUED, State.PROCESSING)
    return await _many(session, update(Job).where(condition, not_ended).values(values | left))


async def expire_leases(session: AsyncSession, limit: int) -> list[Job]:
    """processing → queued (or failed at the attempt limit) for jobs whose worker was not heard of.

    A lost worker counts as a retry: a job that kills its worker must not kill it for ever.
    """
    expired = (
        select(Job.id)
        .where(in_state(State.PROCESSING), Job.lease_until < func.now())
        .order_by(Job.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    spent = Job.retry_count >= Job.max_retries
    values = {
        "state": case((spent, State.FAILED.value), else_=State.QUEUED.value),
        "held": case((spent, False), else_=lane_is_paused()),
        "stage": None,
        "progress": 0,
        "retry_count": case((spent, Job.retry_count), else_=Job.retry_count + 1),
        "losses": Job.losses + 1,
        "completed_at": case((spent, moment())),
        "error_code": "worker_lost",
        "error_message": ERRORS["worker_lost"],
    }
    values |= _ended(Outcome.LEASE_LOST, "worker_lost")
    return await _many(session, update(Job).where(Job.id.in_(expired)).values(values))


async def release_due_retries(session: AsyncSession, limit: int) -> list[Job]:
    """Let jobs whose pause is over be claimed again."""
    due = (
        select(Job.id)
        .where(in_state(State.QUEUED), Job.next_retry_at <= func.now())
        .order_by(Job.next_retry_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    values = {
        "next_retry_at": None,
        "held": lane_is_paused(),
        "waiting_since": func.now(),
        "seq": next_seq(),
    }
    return await _many(session, update(Job).where(Job.id.in_(due)).values(values))


async def waiting_by_lane(session: AsyncSession, limit: int) -> dict[int, int]:
    """How many jobs wait in each lane, counted no further than `limit`."""
    statement = text(
        """
        SELECT lane, (SELECT count(*) FROM (
            SELECT FROM job
            WHERE waiting AND job.lane = lanes.lane
            LIMIT :limit
        ) AS counted) FROM (VALUES (0), (1), (2)) AS lanes (lane)
        """
    )
    rows = await session.execute(statement, {"limit": limit})
    return dict(rows.all())


async def nothing_left(session: AsyncSession, evaluation_id: int) -> bool:
    """Whether no job of an evaluation waits or runs, after ours has ended in this transaction.

    Two last jobs that end at once would each see the other still running. So whoever asks takes a lock that
    lasts until the commit, and looks after that: the second then sees what the first has committed. Several
    locks are taken in the order of their ids, and after the rows, so that nobody waits in a circle.
    """
    await session.execute(select(func.pg_advisory_xact_lock(BATCH_LOCKS + evaluation_id)))
    left = select(Job.id).where(Job.evaluation_id == evaluation_id, live)
    return not await session.scalar(select(left.exists()))


async def try_lock(session: AsyncSession, key: int) -> bool:
    """A transaction-long advisory lock; False when somebody else has it."""
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(key))))


async def _one(session: AsyncSession, statement: Update) -> Job | None:
    moved = await _many(session, statement)
    return moved[0] if moved else None


async def _many(session: AsyncSession, statement: Update) -> list[Job]:
    options = {"synchronize_session": False, "populate_existing": True}
    return list(await session.scalars(statement.returning(Job), execution_options=options))


_COMPLETE = jobs_of(
    update(job_table)
    .where(_held(bindparam("held_id"), bindparam("held_token")))
    .values({"state": State.COMPLETED, "progress": 100, "stage": None, "completed_at": moment()})
    .values(_ended(Outcome.COMPLETED)),
    has_receivers(job_table.c.school_id).label("heard"),
)
"""Built once, for every job goes through it: to build such a statement costs twice what running it does."""
