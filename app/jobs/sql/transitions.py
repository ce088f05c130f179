"""SQL that moves jobs from state to state. Each statement names the state, or the lease, that it expects."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    Update,
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
    lane_is_paused,
    literal_word,
    next_seq,
    owns_lease,
    returning_jobs,
    time_of_change,
)
from app.jobs.states import ERRORS, Move, Outcome, State
from app.webhooks.repository import has_receivers


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a running attempt stores while it goes on."""

    job_id: str
    token: uuid.UUID
    seq: int
    progress: int
    stage: str
    draft: list[dict[str, Any]]


def moving(move: Move, *chosen: ColumnElement[bool]) -> Update:
    """The statement of a move, for those of the chosen jobs that are in a state which it may start from."""
    return update(Job).where(*chosen, in_state(*move.source_states)).values(state=move.target_state)


def ending(move: Move, job_id: Any, token: Any, table: type[Job] | Table = Job) -> Update:
    """The statement of a move out of `processing`, for the owner of the lease.

    The lease says that the job runs (the constraint `lease`). With the state as a guard too, PostgreSQL could
    take the index of leases for the job's key. Raises ValueError for a move that starts elsewhere.
    """
    if move.source_states != (State.PROCESSING,):
        raise ValueError(f"{move} does not end an attempt.")
    return update(table).where(owns_lease(job_id, token)).values(state=move.target_state)


def _ended(outcome: Outcome, cause: str | None = None) -> dict[str, Any]:
    """The columns that every way out of `processing` sets: no lease, a new seq, one history entry."""
    entry = func.jsonb_build_object(
        "attempt", Job.attempt,
        "worker", Job.worker,
        "started_at", Job.started_at,
        "ended_at", time_of_change(),
        "outcome", literal(outcome.value),
        "cause", cast(literal(cause), Job.error_code.type),
    )  # fmt: skip
    return {
        "lease_token": None,
        "lease_until": None,
        "draft": None,
        "seq": next_seq(),
        "history": Job.history.op("||")(func.jsonb_build_array(entry)),
    }


def _in_line_again() -> dict[str, Any]:
    """The columns that every way from `processing` back to `queued` sets."""
    return {"stage": None, "progress": 0, "held": lane_is_paused()}


def _failed_by(cause: str) -> dict[str, Any]:
    return {"error_code": cause, "error_message": ERRORS[cause]}


async def renew(session: AsyncSession, renewals: Sequence[Renewal], lease: float) -> set[uuid.UUID]:
    """Renew these leases for `lease` seconds and store their progress; returns the tokens that still hold."""
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
    """processing → completed, for the owner of the lease only; and whether its school has receivers."""
    rows = await plain_rows(session, _COMPLETE, {"owned_id": job_id, "owned_token": token})
    return (job_of(rows[0]), rows[0].heard) if rows else (None, False)


async def fail(session: AsyncSession, job_id: str, token: uuid.UUID, cause: str) -> Job | None:
    """processing → failed, for the owner of the lease only."""
    values = {"stage": None, "completed_at": time_of_change(), **_failed_by(cause)}
    statement = ending(Move.FAIL, job_id, token)
    return await _one(session, statement.values(values | _ended(Outcome.FAILED, cause)))


async def put_back_for_retry(
    session: AsyncSession, job_id: str, token: uuid.UUID, cause: str, delay: timedelta
) -> Job | None:
    """processing → queued, to be tried again after `delay`; for the owner of the lease only."""
    values = {
        "retry_count": Job.retry_count + 1,
        "next_retry_at": func.now() + delay,
        **_in_line_again(),
        **_failed_by(cause),
    }
    statement = ending(Move.RETRY, job_id, token)
    return await _one(session, statement.values(values | _ended(Outcome.RETRY, cause)))


async def hand_back(session: AsyncSession, job_id: str, token: uuid.UUID) -> Job | None:
    """processing → queued because the process stops: the attempt does not count."""
    values = {"attempt": Job.attempt - 1, **_in_line_again()}
    statement = ending(Move.HAND_BACK, job_id, token)
    return await _one(session, statement.values(values | _ended(Outcome.HANDED_BACK)))


async def cancel(session: AsyncSession, condition: ColumnElement[bool]) -> list[Job]:
    """queued or processing → cancelled, for every job that `condition` names."""
    was_running = in_state(State.PROCESSING)
    values = _ended(Outcome.CANCELLED) | {
        "held": False,
        "stage": None,
        "next_retry_at": None,
        "cancelled_at": time_of_change(),
        "completed_at": time_of_change(),
    }
    values["history"] = case((was_running, values["history"]), else_=Job.history)
    return await _many(session, moving(Move.CANCEL, condition).values(values))


async def expire_leases(session: AsyncSession, limit: int) -> list[Job]:
    """processing → queued (or failed at the attempt limit) for jobs whose worker has not renewed its lease.

    A lost worker counts as a retry, so that a job that kills its workers comes to an end.
    """
    expired = (
        select(Job.id)
        .where(in_state(*Move.LOSE_LEASE.source_states), Job.lease_until < func.now())
        .order_by(Job.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    spent = Job.retry_count >= Job.max_retries
    last, not_last = Move.LOSE_LAST_LEASE.target_state, Move.LOSE_LEASE.target_state
    values = _in_line_again() | {
        "state": case((spent, literal_word(last)), else_=literal_word(not_last)),
        "held": case((spent, False), else_=lane_is_paused()),
        "retry_count": case((spent, Job.retry_count), else_=Job.retry_count + 1),
        "losses": Job.losses + 1,
        "completed_at": case((spent, time_of_change())),
        **_failed_by("worker_lost"),
        **_ended(Outcome.LEASE_LOST, "worker_lost"),
    }
    return await _many(session, moving(Move.LOSE_LEASE, Job.id.in_(expired)).values(values))


async def release_due_retries(session: AsyncSession, limit: int) -> list[Job]:
    """Let jobs whose pause is over be claimed again."""
    due = (
        select(Job.id)
        .where(in_state(*Move.RETRY_DUE.source_states), Job.next_retry_at <= func.now())
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
    return await _many(session, moving(Move.RETRY_DUE, Job.id.in_(due)).values(values))


async def _one(session: AsyncSession, statement: Update) -> Job | None:
    changed = await _many(session, statement)
    return changed[0] if changed else None


async def _many(session: AsyncSession, statement: Update) -> list[Job]:
    options = {"synchronize_session": False, "populate_existing": True}
    return list(await session.scalars(statement.returning(Job), execution_options=options))


_COMPLETE = returning_jobs(
    ending(Move.COMPLETE, bindparam("owned_id"), bindparam("owned_token"), job_table)
    .values({"progress": 100, "stage": None, "completed_at": time_of_change()})
    .values(_ended(Outcome.COMPLETED)),
    has_receivers(job_table.c.school_id).label("heard"),
)
"""Built once, for every job goes through it: to build such a statement costs twice what running it does."""
