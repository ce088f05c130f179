"""How long people wait for us: from POST to claimed when idle, from the model's last token to who watches.

Beside us the design that Terugblik replaces: RQ, and a reader who asks every three seconds.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import select, text

from app.accounts import service as accounts
from app.accounts.service import NewPerson
from app.core.db import SessionFactory, make_engine, make_session_factory
from app.core.events import Publisher
from app.core.redis import make_async_redis
from app.core.unit_of_work import unit_of_work_factory
from app.evaluations.models import EvaluationTeacher
from app.jobs.models import Job
from app.settings import load
from tests.benchmarks.contestants import RQ, WHOLE, Contestant, run_command, running
from tests.benchmarks.material import Classes, make_classes
from tests.benchmarks.measure import Report, Row, percentile
from tests.benchmarks.model_stub import ModelStub, running_stub
from tests.benchmarks.peers import work
from tests.benchmarks.place import Place
from tests.support.program import WebProgram
from workers.dispatch import RedisDispatcher

BASE = "/api/v1/feedback-summaries"
MODEL_SECONDS = 0.1
"""A call: long enough for a reader to be watching before the end, which comes after six of them."""
POLL_SECONDS = 3.0
TURNS = 25


@dataclass(slots=True)
class Waits:
    """Seconds, one of each for every summary."""

    claimed: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stage:
    """The database, the pupils and the model of one side."""

    environ: Mapping[str, str]
    sessions: SessionFactory
    classes: Classes
    stub: ModelStub
    token: str


@asynccontextmanager
async def set_up(place: Place, pupils: int) -> AsyncIterator[Stage]:
    """A class with a teacher who has a token, and a model."""
    with place.environ() as environ, running_stub(MODEL_SECONDS) as stub:
        environ |= {"OLLAMA_BASE_URL": stub.url, "OLLAMA_MODEL": "stub"}
        settings = load(environ)
        engine = make_engine(settings.database, "bench")
        sessions = make_session_factory(engine)
        client, dispatcher = make_async_redis(settings.redis), RedisDispatcher(settings.redis)
        async with unit_of_work_factory(sessions, dispatcher, Publisher(client))() as uow:
            classes = await make_classes(uow.session, pupils)
            person = NewPerson("teacher", "teacher@bench.invalid", "Bench")
            teacher = await accounts.create_user(uow, classes.school_id, person)
            for evaluation in classes.students:
                uow.session.add(EvaluationTeacher(evaluation_id=evaluation, user_id=teacher.id))
            token = (await accounts.create_token(uow, teacher.id, "bench")).secret
            for statement in work.SCHEMA:
                await uow.session.execute(text(statement))
        try:
            yield Stage(environ, sessions, classes, stub, token)
        finally:
            await client.aclose()
            await dispatcher.close()
            await engine.dispose()


async def measure_ours(place: Place, turns: int) -> Waits:
    """Over real HTTP: a POST, and a stream of server-sent events."""
    waits = Waits()
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(set_up(place, turns + 1))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        web = WebProgram(stage.environ, folder / "web")
        await web.start()
        stack.callback(web.clean_up)
        await stack.enter_async_context(running(WHOLE, stage.environ))
        headers = {"Authorization": f"Bearer {stage.token}"}
        client = httpx.AsyncClient(base_url=web.url + BASE, headers=headers, trust_env=False, timeout=30)
        await stack.enter_async_context(client)
        for turn, (evaluation, student) in enumerate(stage.classes.pairs[: turns + 1]):
            await asyncio.sleep(random.uniform(0.3, 0.6))
            asked = time.time()
            answer = await client.post(f"/evaluation/{evaluation}/student/{student}/queue", json={})
            assert answer.status_code == 202, answer.text
            job_id = answer.json()["job_id"]
            shown = await _completed(client, job_id)
            async with stage.sessions() as session:
                begun = await session.scalar(select(Job.started_at).where(Job.id == job_id))
            assert begun is not None
            if turn:  # the first warms up
                waits.claimed.append(begun.timestamp() - asked)
                waits.shown.append(shown - stage.stub.stats()["last_token"])
    return waits


async def _completed(client: httpx.AsyncClient, job_id: str) -> float:
    """When a reader's stream says that the summary is there."""
    async with client.stream("GET", f"/jobs/{job_id}/events") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:") and '"status":"completed"' in line:
                return time.time()
    raise AssertionError("The stream ended before the summary did.")


async def measure_polling(place: Place, peer: Contestant, turns: int) -> Waits:
    """The reader asks the database itself, which spares this side its HTTP."""
    waits = Waits()
    async with set_up(place, turns + 1) as stage, running(peer, stage.environ):
        for turn, (evaluation, student) in enumerate(stage.classes.pairs[: turns + 1]):
            await asyncio.sleep(random.uniform(0.3, 0.6))
            job_id = f"job-{student}"
            await run_command(peer, peer.queue, stage.environ, f"{job_id} {evaluation} {student}\n")
            begun, asked = await _polled(stage.sessions, job_id)
            if turn:
                waits.claimed.append(begun - asked)
                waits.shown.append(time.time() - stage.stub.stats()["last_token"])
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


async def run(place: Place) -> list[Report]:
    """Ours, then the other: each is idle while it is measured, so turns would gain nothing."""
    turns = 2 if place.short else TURNS
    rows = _rows("ours", await measure_ours(place, turns), "stream")
    if RQ.installed:
        rows += _rows("RQ", await measure_polling(place, RQ, turns), f"asks every {POLL_SECONDS:g} s")
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
