"""GET /metrics: who may read it, and the queue's stream and health over HTTP."""

import asyncio

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.settings import load
from app.summaries import orders
from app.summaries.orders import SummaryOrder
from tests.support.eventually import MAX_WAIT_SECONDS
from tests.support.web import Web, serving
from web.main import create_app

QUEUE = "/api/v1/feedback-summaries/queue"


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("", {"Forwarded": "for=203.0.113.9"}, 403),
        ("", {"X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer x"}, 403),
        ("s3cret", {"X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer s3cret"}, 200),
        ("s3cret", {"X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer other"}, 403),
    ],
)
async def test_this_machine_or_who_has_the_token_reads_the_metrics(
    environ: dict[str, str], token: str, headers: dict[str, str], status: int
) -> None:
    app = create_app(load({**environ, "METRICS_TOKEN": token}))
    async with app.lifespan(), serving(app) as url, httpx.AsyncClient() as client:
        answer = await client.get(f"{url}/metrics", headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert "terugblik_queue_depth" in {one.name for one in text_string_to_metric_families(answer.text)}


async def test_an_address_elsewhere_needs_the_token(web: Web) -> None:
    transport = httpx.ASGITransport(app=web.app, client=("192.0.2.7", 1))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver.local") as client:
        assert (await client.get("/metrics")).status_code == 403


async def test_the_queues_stream_tells_of_the_own_school_only(web: Web) -> None:
    cast = web.cast
    headers = {"Authorization": f"Bearer {cast.owner.token}"}

    async def queue(school: int, evaluation: int, student: int) -> None:
        async with web.units() as uow:
            await orders.queue(uow, SummaryOrder(school, evaluation, [student], lane=0, requested_by=None))

    async with serving(web.app) as url, httpx.AsyncClient(base_url=url, headers=headers) as client:
        async with client.stream("GET", f"{QUEUE}/events") as stream, asyncio.timeout(MAX_WAIT_SECONDS):
            lines = (line async for line in stream.aiter_lines() if line.startswith("data:"))
            assert '"name":"ai-summaries-high","count":0' in await anext(lines)
            await queue(cast.other_school_id, cast.elsewhere.evaluation_id, cast.stranger_student.id)
            await queue(cast.school_id, cast.course.evaluation_id, cast.student.id)
            assert '"name":"ai-summaries-high","count":1' in await anext(lines)
        health = (await client.get(f"{QUEUE}/health")).json()
    assert health["queues"][0]["count"] == 1
    assert health["status"] == "degraded", "nobody works"
