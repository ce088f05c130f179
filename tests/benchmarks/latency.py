"""How long people wait for us: from POST to claimed when idle, from the model's last token to who watches.

Beside us the design that Terugblik replaces: RQ, and a reader who asks every three seconds.
"""

import asyncio
import dataclasses
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
from sqlalchemy import select, text

from app.accounts import tokens, users
from app.accounts.users import NewUser
from app.audit.service import CommandLine
from app.core.db import SessionFactory
from app.evaluations.models import EvaluationTeacher
from app.jobs.models import Job
from tests.benchmarks.contestants import RQ, WHOLE, Contestant, run_command, running
from tests.benchmarks.field import Field, set_up
from tests.benchmarks.measure import Report, Row, percentile
from tests.benchmarks.site import Site
from tests.support.program import WebProgram

BASE = "/api/v1/feedback-summaries"
MODEL_SECONDS = 0.1
"""A call: long enough for a reader to be watching before the end, which comes after six of them."""
POLL_SECONDS = 3.0
TURNS = 25


@dataclasses.dataclass(slots=True)
class Waits:
    """Seconds, one of each for every summary."""

    claimed: list[float] = dataclasses.field(default_factory=list)
    shown: list[float] = dataclasses.field(default_factory=list)


async def _token(field: Field) -> str:
    """An API token of a teacher of every class."""
    async with field.units() as units, units() as uow:
        person = NewUser("teacher", "teacher@bench.invalid", "Bench")
        teacher = await users.create(uow, CommandLine(field.classes.school_id), person)
        for evaluation in field.classes.students:
            uow.session.add(EvaluationTeacher(evaluation_id=evaluation, user_id=teacher.id))
        return (await tokens.create(uow, CommandLine(field.classes.school_id), teacher.id, "bench")).secret


async def measure_ours(site: Site, turns: int) -> Waits:
    """Over real HTTP: a POST, and a stream of server-sent events."""
    waits = Waits()
    async with AsyncExitStack() as stack:
        field = await stack.enter_async_context(set_up(site, WHOLE, turns + 1, MODEL_SECONDS))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        web = WebProgram(field.environ, folder / "web")
        await web.start()
        stack.callback(web.clean_up)
        await stack.enter_async_context(running(WHOLE, field.environ))
        headers = {"Authorization": f"Bearer {await _token(field)}"}
        client = httpx.AsyncClient(base_url=web.url + BASE, headers=headers, trust_env=False, timeout=30)
        await stack.enter_async_context(client)
        for turn, (evaluation, student) in enumerate(field.classes.pairs[: turns + 1]):
            await asyncio.sleep(random.uniform(0.3, 0.6))
            asked = time.time()
            answer = await client.post(f"/evaluation/{evaluation}/student/{student}/queue", json={})
            assert answer.status_code == 202, answer.text
            job_id = answer.json()["job_id"]
            shown = await _completed(client, job_id)
            async with field.sessions() as session:
                begun = await session.scalar(select(Job.started_at).where(Job.id == job_id))
            assert begun is not None
            if turn:  # the first warms up
                waits.claimed.append(begun.timestamp() - asked)
                waits.shown.append(shown - field.stub.stats()["last_token"])
    return waits


async def _completed(client: httpx.AsyncClient, job_id: str) -> float:
    """When a reader's stream says that the summary is there."""
    async with client.stream("GET", f"/jobs/{job_id}/events") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:") and '"status":"completed"' in line:
                return time.time()
    raise AssertionError("The stream ended before the summary did.")


async def measure_polling(site: Site, peer: Contestant, turns: int) -> Waits:
    """The reader asks the database itself, which spares this side its HTTP."""
    waits = Waits()
    async with (
        set_up(site, peer, turns + 1, MODEL_SECONDS) as field,
        running(peer, field.environ),
    ):
        for turn, (evaluation, student) in enumerate(field.classes.pairs[: turns + 1]):
            await asyncio.sleep(random.uniform(0.3, 0.6))
            job_id = f"job-{student}"
            await run_command(peer, peer.queue, field.environ, f"{job_id} {evaluation} {student}\n")
            begun, asked = await _polled(field.sessions, job_id)
            if turn:
                waits.claimed.append(begun - asked)
                waits.shown.append(time.time() - field.stub.stats()["last_token"])
    return waits


async def _polled(sessions: SessionFactory, job_id: str) -> tuple[float, float]:
    """When it began and when it was asked for, once a poll has seen its end."""
    statement = text("SELECT started_at, created_at FROM peer_job WHERE id = :id AND status = 'completed'")
    for _ in range(20):
        async with sessions() as session:
            row = (await session.execute(statement, {"id": job_id})).one_or_none()
        if row is not None:
            return row.started_at.timestamp(), row.created_at.timestamp()
        await asyncio.sleep(POLL_SECONDS)
    raise AssertionError(f"{job_id} has not ended")


async def run(site: Site) -> list[Report]:
    """Ours, then the other: each is idle while it is measured, so turns would gain nothing."""
    turns = 2 if site.short else TURNS
    rows = _rows("ours", await measure_ours(site, turns), "stream")
    if RQ.installed:
        rows += _rows("RQ", await measure_polling(site, RQ, turns), f"asks every {POLL_SECONDS:g} s")
    notes = [
        "claimed: ours from before the POST, over HTTP; RQ's from the row that its queueing writes.",
        "shown: from the model's last byte to the event, or to the poll, that says the summary is there.",
    ]
    return [Report("From POST to claimed, and from the last token to the reader", rows, notes)]


def _rows(name: str, waits: Waits, how: str) -> list[Row]:
    return [_row(f"{name}: claimed", waits.claimed, ""), _row(f"{name}: shown", waits.shown, how)]


def _row(name: str, seconds: Sequence[float], how: str) -> Row:
    return {
        "": name,
        "n": len(seconds),
        "p50 ms": statistics.median(seconds) * 1000,
        "p95 ms": percentile(seconds, 95) * 1000,
        "worst ms": max(seconds) * 1000,
        "reader": how or None,
    }
