"""What each millisecond of a worker goes into: a profile of processor time, by what the code is there for.

The worker runs in this process without Dramatiq around it, once with one call to the model a summary and
once with the whole pipeline. The profiler makes calls of Python dearer than they are, so shares are rough.
"""

import asyncio
import cProfile
import pstats
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from app.core.db import make_engine
from app.core.events import Publisher
from app.core.http import make_client
from app.core.redis import make_async_redis
from app.jobs.runner import JobRunner
from app.llm import make_model
from app.settings import LlmSettings, Settings
from app.summaries import attempt
from app.tasks import SUMMARY, WakeUp
from app.text.generate import generate
from tests.benchmarks.contestants import OURS, THREADS
from tests.benchmarks.field import set_up
from tests.benchmarks.measure import Report, Row
from tests.benchmarks.one_call import one_call
from tests.benchmarks.site import Site
from workers.dispatch import RedisDispatcher

Shares = dict[str, float]

JOBS = 600
WARM_UP = 200
SHORT = 16

PARTS = (
    ("SQLAlchemy", r"site-packages/(sqlalchemy|greenlet)"),
    ("asyncpg", r"site-packages/asyncpg"),
    ("HTTP client", r"site-packages/(httpx|httpcore|h11|anyio|sniffio)|/urllib/|/http/"),
    ("Redis client", r"site-packages/redis"),
    ("logs and metrics", r"site-packages/(structlog|prometheus_client)|/logging/"),
    ("event loop", r"/asyncio/|/selectors\.py|/socket\.py"),
    (
        "model, prompts, parsing",
        r"app/llm|app/text/(contract|answers|reading|sentences|generate|steps)|/json/",
    ),
    ("checks of the text", r"app/text"),
    ("jobs, leases, events", r"app/(jobs|core|webhooks)|app/summaries/(attempt|finish|\w*repository)"),
    ("reading the material", r"app/evaluations|app/summaries/inputs"),
)
"""First match wins; what is in none of them is "the rest": the standard library, mostly."""


@asynccontextmanager
async def _worker(settings: Settings, model_url: str) -> AsyncIterator[JobRunner]:
    async with AsyncExitStack() as stack:
        engine = make_engine(settings.database, "bench")
        stack.push_async_callback(engine.dispose)
        client, listener = make_async_redis(settings.redis), make_async_redis(settings.redis, listens=True)
        dispatcher = RedisDispatcher(settings.redis)
        for close in (client.aclose, listener.aclose, dispatcher.close):
            stack.push_async_callback(close)
        http = await stack.enter_async_context(make_client())
        worker = JobRunner(
            settings=settings,
            engine=engine,
            model=make_model(LlmSettings("ollama", (model_url,), "stub"), http),
            publisher=Publisher(client),
            listener=listener,
            dispatcher=dispatcher,
            name="bench",
        )
        background = asyncio.create_task(worker.background())
        try:
            yield worker
        finally:
            background.cancel()
            await asyncio.wait([background])


async def _run_all(worker: JobRunner, count: int) -> None:
    """As many runs as jobs, so many at once."""
    left = iter(range(count))

    async def one_after_another() -> None:
        for _ in left:
            await worker.run_one(WakeUp(SUMMARY))

    await asyncio.gather(*(one_after_another() for _ in range(THREADS)))


async def measure(site: Site, maker: Callable[..., object], jobs: int, warm: int) -> tuple[float, Shares]:
    """Milliseconds of this process a summary, and what part of them goes where."""
    setattr(attempt, "generate", maker)  # noqa: B010 - the name is not exported
    try:
        async with (
            set_up(site, OURS, warm + 2 * jobs) as field,
            _worker(field.settings, field.stub.url) as worker,
        ):
            await field.queue(0, warm)
            await _run_all(worker, warm)
            await field.queue(warm, jobs)
            before = time.process_time()
            await _run_all(worker, jobs)
            spent = (time.process_time() - before) * 1000 / jobs
            await field.queue(warm + jobs, jobs)
            profile = cProfile.Profile(time.process_time, builtins=False)
            profile.enable()
            await _run_all(worker, jobs)
            profile.disable()
            made, _ = await field.made()
            assert made == warm + 2 * jobs, made
    finally:
        setattr(attempt, "generate", generate)  # noqa: B010
    return spent, _shares(profile)


def _shares(profile: cProfile.Profile) -> Shares:
    seconds: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        seconds[_part(file)] += own
    return {name: spent / seconds.total() for name, spent in seconds.items()}


def _part(file: str) -> str:
    return next((name for name, pattern in PARTS if re.search(pattern, file)), "the rest")


async def run(site: Site) -> list[Report]:
    """With one call, which is the work of the peers, and with the whole pipeline."""
    sizes = (SHORT, SHORT) if site.short else (JOBS, WARM_UP)
    one, one_shares = await measure(site, one_call, *sizes)
    whole, whole_shares = await measure(site, generate, *sizes)
    rows: list[Row] = [{"": "all", "one call ms": one, "whole pipeline ms": whole}]
    rows += [
        {
            "": name,
            "one call ms": one * one_shares.get(name, 0.0),
            "whole pipeline ms": whole * whole_shares.get(name, 0.0),
        }
        for name in [*(name for name, _ in PARTS), "the rest"]
    ]
    notes = [
        "Of the worker's own process, without Dramatiq. Measured without the profiler, shared out by it."
    ]
    return [Report("What each millisecond of a worker goes into", rows, notes)]
