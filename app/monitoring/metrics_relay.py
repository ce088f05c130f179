"""Passes the metrics of every process through Redis to the web process that Prometheus asks.

Workers have no address that Prometheus could ask, and a load balancer picks one of several web processes.
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

POST_INTERVAL_SECONDS = 10.0
"""As the heartbeat of the worker registry."""

TTL_SECONDS = 60
"""Longer than the usual interval of a scrape, so that one scrape sees what an ended process counted last."""

REDIS_TIMEOUT_SECONDS = 1.0
MAX_BYTES = 256_000
MAX_PROCESSES = 100
"""Far above the usual 30 kB and a handful of processes. They keep a scrape from growing without limit."""

INDEX_KEY = "terugblik:metrics"
"""A sorted set: the names of the processes, by the time at which they posted, in seconds of Redis's clock."""

RELAYED_PREFIXES = ("terugblik_", "process_")


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One number of a metric."""

    name: str
    labels: dict[str, str]
    value: float


class Family(msgspec.Struct, frozen=True, array_like=True):
    """One metric. `kind` is prometheus_client's `type`."""

    name: str
    kind: str
    meaning: str
    samples: list[Sample]


class ProcessMetrics(msgspec.Struct, frozen=True, array_like=True):
    """The metrics of a process. `at` is when it posted them, in seconds of Redis's clock; 0 for just now."""

    process: str
    at: float
    families: list[Family]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ProcessMetrics).decode


def collect_metrics(process: str, registry: CollectorRegistry) -> ProcessMetrics:
    """The metrics of a registry as they are now: the product's, and the process's memory and time."""
    families = [
        Family(
            metric.name,
            metric.type,
            metric.documentation,
            [Sample(sample.name, dict(sample.labels), float(sample.value)) for sample in metric.samples],
        )
        for metric in registry.collect()
        if metric.name.startswith(RELAYED_PREFIXES)
    ]
    return ProcessMetrics(process, 0.0, families)


class MetricsRelay:
    """Posts the metrics of this process, and reads those of the others. `process` names this process."""

    def __init__(
        self, client: "redis.asyncio.Redis", process: str, registry: CollectorRegistry = REGISTRY
    ) -> None:
        self.process = process
        self._registry = registry
        self._client = client
        self._task: asyncio.Task[None] | None = None
        self._redis_is_away = False
        self._posting = asyncio.Lock()

    async def open(self) -> None:
        """Start to post every POST_INTERVAL_SECONDS, in the background. Redis may be away."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop, and post a last time."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self.post()

    async def post(self) -> ProcessMetrics:
        """Post the metrics of this process, and return them. Without Redis they are only returned.

        A process posts its metrics before it shows them. So another process that is asked next shows no
        lower number, which Prometheus would take for a restart. Posts follow each other, so that the newest
        comes last.
        """
        async with self._posting:
            collected = collect_metrics(self.process, self._registry)
            try:
                async with asyncio.timeout(REDIS_TIMEOUT_SECONDS):
                    await self._write(collected)
                self._redis_is_away = False
            except (redis.RedisError, OSError) as fault:
                if not self._redis_is_away:
                    log.warning("metrics_unposted", cause=type(fault).__name__)
                self._redis_is_away = True
            return collected

    async def read_others(self) -> tuple[list[ProcessMetrics], float] | None:
        """What the other processes posted, and the time of Redis's clock. None when Redis is away."""
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_SECONDS):
                now = await self._now()
                newest = await self._client.zrange(INDEX_KEY, 0, MAX_PROCESSES - 1, desc=True)
                names = [name.decode() for name in cast("list[bytes]", newest)]
                keys = [_key(name) for name in names if name != self.process]
                found = cast("list[bytes | None]", await self._client.mget(keys) if keys else [])
        except (redis.RedisError, OSError):
            return None
        return list(_decoded(raw for raw in found if raw is not None)), now

    async def _run(self) -> None:
        while True:
            await self.post()
            await asyncio.sleep(POST_INTERVAL_SECONDS)

    async def _write(self, collected: ProcessMetrics) -> None:
        now = await self._now()
        raw = _encode(msgspec.structs.replace(collected, at=now))
        if len(raw) > MAX_BYTES:
            log.error("metrics_too_many", size=len(raw))
            return
        pipe = self._client.pipeline(transaction=False)
        pipe.set(_key(self.process), raw, ex=TTL_SECONDS)
        pipe.zadd(INDEX_KEY, {self.process: now})
        pipe.zremrangebyscore(INDEX_KEY, "-inf", now - TTL_SECONDS)
        pipe.expire(INDEX_KEY, TTL_SECONDS)
        await pipe.execute()

    async def _now(self) -> float:
        seconds, micros = await self._client.time()
        return float(seconds) + float(micros) / 1_000_000


def _key(process: str) -> str:
    return f"{INDEX_KEY}:{process}"


def _decoded(raws: Iterable[bytes]) -> Iterable[ProcessMetrics]:
    """Skips what cannot be decoded: during a deploy it comes from another version."""
    for raw in raws:
        try:
            yield _decode(raw)
        except msgspec.DecodeError:
            log.warning("metrics_not_understood", size=len(raw))
