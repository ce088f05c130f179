"""Rate limits on real Valkey and over HTTP: how many pass, what the headers say, what changes nothing."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import httpx
import pytest
import redis.asyncio
from prometheus_client import REGISTRY

from app.core.redis import make_async_redis
from app.settings import Settings, load
from tests.support.cast import PASSWORD
from tests.support.web import Web, open_web, serving
from web.middleware.limiter import Limiter

LIMITS = {"RATE_LIMIT_QUEUE": "10", "RATE_LIMIT_BATCH": "5", "RATE_LIMIT_OTHER": "20"}
ME = "/api/v1/me"


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """The limits that these tests count on."""
    return load({**environ, **LIMITS})


def numbers(answer: httpx.Response) -> tuple[int, int, int]:
    """Limit, remaining and reset of an answer."""
    names = ("Limit", "Remaining", "Reset")
    limit, remaining, reset = (int(answer.headers[f"X-RateLimit-{name}"]) for name in names)
    return limit, remaining, reset


def promises_no_more_than_is_left(remaining: list[int]) -> bool:
    """Whether none of as many calls as the limit allows reports more calls left than there were.

    The number is read after the call has been counted, so it may count calls that were made just after it.
    """
    return all(number <= turn for turn, number in enumerate(sorted(remaining)))


def queue_path(web: Web, page: bool = False) -> str:
    base = "" if page else "/api/v1/feedback-summaries"
    kind = ("evaluations", "students") if page else ("evaluation", "student")
    return f"{base}/{kind[0]}/{web.cast.course.evaluation_id}/{kind[1]}/{web.cast.student.id}/queue"


@pytest.mark.parametrize("seen_as", ["queue", "other"])
async def test_fifty_calls_at_one_moment_let_through_exactly_the_limit(web: Web, seen_as: str) -> None:
    method, path, limit = ("POST", queue_path(web), 10) if seen_as == "queue" else ("GET", ME, 20)
    headers = {"Authorization": f"Bearer {web.cast.owner.token}"}
    async with serving(web.app) as url, httpx.AsyncClient(base_url=url, headers=headers) as client:
        answers = await asyncio.gather(*(client.request(method, path) for _ in range(50)))
    passed = [answer for answer in answers if answer.status_code < 400]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert (len(passed), len(refused)) == (limit, 50 - limit)
    assert promises_no_more_than_is_left([numbers(answer)[1] for answer in passed])
    for answer in answers:
        said, _, reset = numbers(answer)
        assert said == limit
        assert 55 <= reset <= 60
    for answer in refused:
        assert numbers(answer)[1] == 0
        assert answer.headers["retry-after"] == answer.headers["x-ratelimit-reset"]
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "too_many_requests"


async def test_a_refused_call_does_not_lengthen_the_refusal(settings: Settings) -> None:
    async with redis_of(settings) as client:
        limiter = Limiter(settings.web, client)
        first = [await limiter.hit("batch", "user:1") for _ in range(5)]
        key = await key_of(client)
        before = await client.lrange(key, 0, -1), await client.pexpiretime(key)
        refused = [await limiter.hit("batch", "user:1") for _ in range(20)]
        assert [one.allowed for one in first] == [True] * 5
        assert not any(one.allowed for one in refused)
        assert (await client.lrange(key, 0, -1), await client.pexpiretime(key)) == before


async def test_the_window_moves_with_each_call(settings: Settings) -> None:
    """Calls that happened 59 and 61 seconds ago: one still counts, the other does not."""
    async with redis_of(settings) as client:
        limiter = Limiter(settings.web, client)
        await limiter.hit("batch", "user:1")
        key = await key_of(client)
        await client.delete(key)
        now = time.time()
        await client.rpush(key, *(str(now - age) for age in (58.5, 59, 61, 62, 63)))
        passed = [(await limiter.hit("batch", "user:1")) for _ in range(4)]
        assert [one.allowed for one in passed] == [True, True, True, False]
        assert [one.remaining for one in passed] == [2, 1, 0, 0]
        assert passed[-1].reset_seconds in {1, 2}


async def test_people_are_counted_apart_whatever_address_they_come_from(web: Web) -> None:
    async with web.as_user(web.cast.owner) as owner, web.as_user(web.cast.student) as student:
        for _ in range(20):
            assert (await owner.get(ME)).status_code == 200
        assert (await owner.get(ME)).status_code == 429
        assert numbers(await student.get(ME))[1] == 19
    async with web.by_cookie(web.cast.owner) as again:
        assert (await again.get(ME)).status_code == 429, "the same person by another way"


async def test_queueing_has_a_limit_of_its_own_that_forms_share(web: Web) -> None:
    async with web.as_user(web.cast.owner) as program, web.by_cookie(web.cast.owner) as page:
        for _ in range(10):
            assert (await program.post(queue_path(web))).status_code < 400
        refused = await page.post(queue_path(web, page=True))
        assert refused.status_code == 429
        assert "text/html" in refused.headers["content-type"]
        assert int(refused.headers["retry-after"]) > 0
        assert numbers(await program.get(ME)) == (20, 19, 60)


async def test_pages_static_files_and_health_do_not_count(web: Web) -> None:
    async with web.by_cookie(web.cast.owner) as client:
        for path in ("/evaluations", "/health", "/ready", f"{web.static}/css/base.css"):
            answers = [await client.get(path) for _ in range(25)]
            assert {answer.status_code for answer in answers} == {200}
            assert "x-ratelimit-limit" not in answers[0].headers
        assert numbers(await client.get(ME))[1] == 19


async def test_logging_in_from_one_address_is_not_held_up(web: Web) -> None:
    form = {"email": web.cast.owner.email, "password": PASSWORD}
    for _ in range(25):
        async with web.anonymous() as client:
            assert (await client.post("/login", data=form)).status_code == 303


async def test_strangers_are_counted_by_address_also_where_there_is_nothing(web: Web) -> None:
    async with web.anonymous() as client:
        statuses = []
        for path, token in ((ME, ""), ("/api/nothing", ""), (ME, "Bearer wrong")) * 7:
            answer = await client.get(path, headers={"Authorization": token} if token else {})
            statuses.append(answer.status_code)
            assert numbers(answer)[1] == 20 - min(20, len(statuses))
    assert statuses[:20] == ([401, 404, 401] * 7)[:20]
    assert statuses[20] == 429
    assert answer.json()["code"] == "too_many_requests"
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("trusted", ["", "127.0.0.1"])
async def test_only_a_trusted_proxy_says_who_is_counted(environ: dict[str, str], trusted: str) -> None:
    settings = load({**environ, **LIMITS, "TRUSTED_PROXIES": trusted})
    async with open_web(settings) as web, serving(web.app) as url, httpx.AsyncClient(base_url=url) as client:
        left = []
        for number in range(4):
            said = f"203.0.113.{number}"
            answer = await client.get(ME, headers={"X-Forwarded-For": said, "X-Real-IP": said})
            left.append(numbers(answer)[1])
    assert left == ([19] * 4 if trusted else [19, 18, 17, 16])


async def test_behind_a_trusted_proxy_the_client_cannot_say_who_it_is(environ: dict[str, str]) -> None:
    """The proxy adds the address it saw to whatever the client wrote; only what it added is believed."""
    settings = load({**environ, **LIMITS, "TRUSTED_PROXIES": "127.0.0.1"})
    async with open_web(settings) as web, serving(web.app) as url, httpx.AsyncClient(base_url=url) as client:
        left = []
        for number in range(4):
            said = f"198.51.100.{number}"
            headers = {
                "X-Forwarded-For": f"{said}, 203.0.113.9",
                "X-Real-IP": said,
                "Forwarded": f"for={said}",
            }
            left.append(numbers(await client.get(ME, headers=headers))[1])
    assert left == [19, 18, 17, 16]


async def test_two_web_processes_share_one_count(settings: Settings) -> None:
    async with redis_of(settings) as one, redis_of(settings) as two:
        limiters = Limiter(settings.web, one), Limiter(settings.web, two)
        calls = [limiters[turn % 2].hit("queue", "user:1") for turn in range(50)]
        decisions = await asyncio.gather(*calls)
    assert sum(one.allowed for one in decisions) == 10
    assert promises_no_more_than_is_left([one.remaining for one in decisions if one.allowed])


async def test_opening_a_stream_counts_once(web: Web) -> None:
    async with web.as_user(web.cast.owner) as client:
        job_id = (await client.post(queue_path(web))).json()["job_id"]
    headers = {"Authorization": f"Bearer {web.cast.owner.token}"}
    async with serving(web.app) as url, httpx.AsyncClient(base_url=url, headers=headers) as client:
        path = f"/api/v1/feedback-summaries/jobs/{job_id}/events"
        async with client.stream("GET", path) as stream:
            assert numbers(stream)[1] == 19
            lines = stream.aiter_lines()
            while not (await anext(lines)).startswith("data:"):
                pass
        assert numbers(await client.get(ME))[1] == 18


async def test_without_redis_calls_pass_and_are_counted(environ: dict[str, str]) -> None:
    settings = load({**environ, **LIMITS, "REDIS_URL": "redis://127.0.0.1:1/0"})
    name = "terugblik_rate_limits_unchecked_total"
    before = REGISTRY.get_sample_value(name) or 0
    async with open_web(settings) as web, web.as_user(web.cast.owner) as client:
        answers = [await client.get(ME) for _ in range(25)]
    assert {answer.status_code for answer in answers} == {200}
    assert numbers(answers[-1]) == (20, 20, 60)
    assert (REGISTRY.get_sample_value(name) or 0) - before == 25


async def test_a_redis_that_hangs_is_waited_for_by_all_together(settings: Settings) -> None:
    """It accepts and never answers: a hundred calls in turn would wait a hundred times as long as one."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        async with redis_of(settings, url) as client:
            limiter = Limiter(settings.web, client)

            async def wait_of(crowd: int) -> float:
                began = time.perf_counter()
                hits = [limiter.hit("other", f"user:{one}") for one in range(crowd)]
                assert all(one.allowed for one in await asyncio.gather(*hits))
                return time.perf_counter() - began

            alone = await wait_of(1)
            assert await wait_of(100) < 20 * alone


@asynccontextmanager
async def redis_of(settings: Settings, url: str | None = None) -> AsyncIterator["redis.asyncio.Redis"]:
    client = redis.asyncio.Redis.from_url(url) if url else make_async_redis(settings.redis)
    try:
        yield client
    finally:
        await client.aclose()


async def key_of(client: "redis.asyncio.Redis") -> str:
    (key,) = await client.keys("*batch*")
    return key.decode() if isinstance(key, bytes) else str(key)
