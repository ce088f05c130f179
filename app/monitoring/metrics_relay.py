"""The metrics of every process, where whichever web process is asked finds them: in Redis, for a minute.

Workers have no address that could be scraped, and of several web processes a load balancer picks one.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import cast

import msgspec
import redis
import redis.asyncio
import structlog
from prometheus_client import REGISTRY, CollectorRegistry

log = structlog.get_logger(__name__)

POST_EVERY = 10.0
"""Seconds, the beat of the worker registry."""

KEPT_SECONDS = 60
"""Longer than the usual interval of a scrape, so that what a process counted last is still seen once."""

WITHIN = 1.0
MOST_BYTES = 256_000
MOST_PROCESSES = 100
"""Far above what there is (30 kB each, a handful); a scrape must not grow without limit."""

INDEX = "terugblik:metrics"
"""A sorted set of process names by when they posted, in seconds of Redis's clock."""

OURS = ("terugblik_", "process_")


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One number."""

    name: str
    labels: dict[str, str]
    value: float


class Family(msgspec.Struct, frozen=True, array_like=True):
    """One metric; `kind` as prometheus_client has it."""

    name: str
    kind: str
    meaning: str
    samples: list[Sample]


class ProcessMetrics(msgspec.Struct, frozen=True, array_like=True):
    """What a process counted until `at`, in seconds of Redis's clock (0 for this very moment)."""

    process: str
    at: float
    families: list[Family]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ProcessMetrics).decode


def take(process: str, registry: CollectorRegistry = REGISTRY) -> ProcessMetrics:
    """The metrics of this process as they are now: ours, and its memory and time."""
    families = [
        Family(
            one.name,
            one.type,
            one.documentation,
            [Sample(sample.name, dict(sample.labels), float(sample.value)) for sample in one.samples],
        )
        for one in registry.collect()
        if one.name.startswith(OURS)
    ]
    return ProcessMetrics(process, 0.0, families)


class MetricsRelay:
    """Posts those of this process, and reads those of the others. `process` is its name in all of them."""

    def __init__(self, client: "redis.asyncio.Redis", process: str) -> None:
        self.process = process
        self._client = client
        self._task: asyncio.Task[None] | None = None
        self._away = False
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Post every while, in the background; Redis need not be there yet."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Post what was counted last, and stop."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self.post()

    async def post(self) -> ProcessMetrics:
        """Put this process's metrics where the others look, and return them. Without Redis they are shown
        here alone, and the next time will do.

        Whoever shows them has posted them first: another process that is asked later shows no less, which
        Prometheus would take for a restart. One at a time, so that an older one does not come last.
        """
        async with self._turn:
            taken = take(self.process)
            try:
                async with asyncio.timeout(WITHIN):
                    await self._post(taken)
                self._away = False
            except (redis.RedisError, OSError) as fault:
                if not self._away:
                    log.warning("metrics_unposted", cause=type(fault).__name__)
                self._away = True
            return taken

    async def others(self) -> tuple[list[ProcessMetrics], float] | None:
        """What the other processes have posted, and the time on Redis's clock. None: Redis is away."""
        try:
            async with asyncio.timeout(WITHIN):
                now = await self._now()
                newest = await self._client.zrange(INDEX, 0, MOST_PROCESSES - 1, desc=True)
                names = [name.decode() for name in cast("list[bytes]", newest)]
                keys = [_key(name) for name in names if name != self.process]
                found = cast("list[bytes | None]", await self._client.mget(keys) if keys else [])
        except (redis.RedisError, OSError):
            return None
        return list(_read(raw for raw in found if raw is not None)), now

    async def _run(self) -> None:
        while True:
            await self.post()
            await asyncio.sleep(POST_EVERY)

    async def _post(self, taken: ProcessMetrics) -> None:
        now = await self._now()
        raw = _encode(msgspec.structs.replace(taken, at=now))
        if len(raw) > MOST_BYTES:
            log.error("metrics_too_many", size=len(raw))
            return
        pipe = self._client.pipeline(transaction=False)
        pipe.set(_key(self.process), raw, ex=KEPT_SECONDS)
        pipe.zadd(INDEX, {self.process: now})
        pipe.zremrangebyscore(INDEX, "-inf", now - KEPT_SECONDS)
        pipe.expire(INDEX, KEPT_SECONDS)
        await pipe.execute()

    async def _now(self) -> float:
        seconds, micros = await self._client.time()
        return float(seconds) + float(micros) / 1_000_000


def _key(process: str) -> str:
    return f"{INDEX}:{process}"


def _read(raws: Iterable[bytes]) -> Iterable[ProcessMetrics]:
    """What cannot be read is of another version, in the middle of a deploy."""
    for raw in raws:
        try:
            yield _decode(raw)
        except msgspec.DecodeError:
            log.warning("metrics_not_understood", size=len(raw))
