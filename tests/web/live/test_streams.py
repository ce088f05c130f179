"""Streams over real HTTP: the present state first, then whatever is newer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import httpx
from litestar.di import Provide

from app.jobs import service as jobs
from app.jobs.service import Queued
from app.summaries import orders
from app.summaries.orders import SummaryOrder
from app.summaries.synchronous_read import JobWaiter
from tests.support.cast import Person
from tests.support.classes import claim, must_claim
from tests.support.eventually import MAX_WAIT_SECONDS
from tests.support.web import Web, serving

BASE = "/api/v1/feedback-summaries"
Sent = tuple[str, dict[str, object]]


@asynccontextmanager
async def stream(
    url: str, path: str, person: Person
) -> AsyncIterator[AsyncIterator[tuple[str, dict[str, object]]]]:
    """The events of a stream, as (name, data)."""
    headers = {"Authorization": f"Bearer {person.token}"}
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, timeout=MAX_WAIT_SECONDS) as client,
        client.stream("GET", path) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _events(response)


async def _events(response: httpx.Response) -> AsyncIterator[Sent]:
    name = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: ") and name != "ping":
            yield name, json.loads(line.removeprefix("data: "))


async def queue(web: Web) -> Queued:
    """A job for the student."""
    cast = web.cast
    order = SummaryOrder(
        cast.school_id, cast.course.evaluation_id, [cast.student.id], lane=1, requested_by=None
    )
    async with web.units() as uow:
        return (await orders.queue(uow, order))[cast.student.id]


async def test_the_stream_of_a_job_begins_with_its_state_and_ends_with_it(web: Web) -> None:
    job = (await queue(web)).job
    async with (
        serving(web.app) as url,
        stream(url, f"{BASE}/jobs/{job.id}/events", web.cast.student) as events,
    ):
        name, first = await anext(events)
        assert (name, first["seq"]) == ("job", job.seq)
        _, lease = await must_claim(web.units)
        name, second = await anext(events)
        assert second["state"]["status"] == "processing"  # type: ignore[index]
        async with web.units() as uow:
            await jobs.complete(uow, lease)
        name, third = await anext(events)
        assert third["state"]["status"] == "completed"  # type: ignore[index]
        assert first["seq"] < second["seq"] < third["seq"]  # type: ignore[operator]
        assert (await anext(events))[0] == "end"
        assert [event async for event in events] == []


async def test_the_stream_of_an_evaluation_has_counts_and_jobs_without_text(web: Web) -> None:
    path = f"{BASE}/evaluation/{web.cast.course.evaluation_id}/events"
    async with serving(web.app) as url, stream(url, path, web.cast.owner) as events:
        name, counts = await anext(events)
        assert (name, counts["queued"]) == ("counts", 0)
        job = (await queue(web)).job
        seen: dict[str, dict[str, object]] = {}
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            while seen.get("counts", {}).get("queued") != 1:
                name, data = await anext(events)
                seen[name] = data
        assert seen["job"]["job_id"] == job.id


async def test_the_stream_of_a_page_begins_with_a_ping(web: Web) -> None:
    path = f"/live/evaluations/{web.cast.course.evaluation_id}/students/{web.cast.student.id}"
    headers = {"Authorization": f"Bearer {web.cast.student.token}"}
    async with (
        serving(web.app) as url,
        httpx.AsyncClient(base_url=url, headers=headers, timeout=MAX_WAIT_SECONDS) as client,
        client.stream("GET", path) as response,
    ):
        assert (await anext(response.aiter_lines())) == "event: ping"


async def test_the_stream_of_a_page_sends_parts_of_it(web: Web) -> None:
    await queue(web)
    path = f"/live/evaluations/{web.cast.course.evaluation_id}/students/{web.cast.student.id}"
    async with serving(web.app) as url, stream(url, path, web.cast.student) as events:
        name, patch = await anext(events)
        assert name == "patch"
        assert set(patch["html"]) == {"progress"}  # type: ignore[call-overload]
        assert 'data-status="queued"' in patch["html"]["progress"]  # type: ignore[index]


async def test_the_synchronous_call_answers_when_the_job_has_ended(web: Web) -> None:
    path = f"{BASE}/evaluation/{web.cast.course.evaluation_id}/student/{web.cast.student.id}"
    async with web.as_user(web.cast.student) as reader:
        call = asyncio.create_task(reader.get(path, timeout=MAX_WAIT_SECONDS))
        claimed = None
        while claimed is None:
            claimed = await claim(web.units)
            await asyncio.sleep(0)
        async with web.units() as uow:
            await jobs.fail(uow, claimed[1], "model_setup", retryable=False)
        answer = await call
    assert (answer.status_code, answer.json()["status"]) == (202, "failed")
    assert answer.headers["location"].endswith(f"/jobs/{claimed[0].id}/status")


async def test_waiting_for_a_job_that_is_gone_ends_at_once(web: Web) -> None:
    waiter = cast(JobWaiter, cast(Provide, web.app.dependencies["waiter"]).dependency())
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        await waiter.wait_for_end(web.cast.school_id, "no-such-job", seconds=10 * MAX_WAIT_SECONDS)
