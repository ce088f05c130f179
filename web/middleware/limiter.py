"""Counts calls by caller in Redis, in a window of one minute that moves with each call."""

import asyncio
import math
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import redis
import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import Redis

from app.accounts.guards import Rate
from app.core import metrics
from app.core.clock import Monotonic, monotonic
from app.core.errors import TooManyRequests
from app.settings import WebSettings

log = structlog.get_logger(__name__)

WAIT_STEP_SECONDS = 0.005
MAX_WAIT_STEPS = 20
"""A call waits for Redis in this many steps, 0.1 s in all, and then passes unchecked. It waits in steps
because a crowd makes the event loop itself late. One long timer would then run out although Redis has
answered (of 50 calls at the same moment 19 passed unchecked); a late step is only one step of twenty."""

PAUSE_SECONDS = 0.5
"""After such a wait Redis is not asked for this long, so that a queue of calls waits once and not in turn."""

MAX_CONCURRENT_CHECKS = 8
"""Checks that a process makes at the same time. More connections would be slower, not faster."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a call may pass, how many more may, and in how many seconds the oldest call stops counting."""

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: int

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers on every response of the API."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_seconds),
        }

    @property
    def refusal(self) -> TooManyRequests:
        """The error for the caller."""
        return TooManyRequests(
            f"More than {self.limit} of these calls in a minute; "
            f"wait {self.reset_seconds} seconds and try again.",
            retry_after=self.reset_seconds,
        )


class Limiter:
    """Asks Redis. When Redis does not answer in time the call passes, and a metric counts it.

    The library `limits` takes two round trips: the first decides, atomically; the second reads the numbers
    for the headers. Calls made between the two are in these numbers as well. A refused call is not counted,
    so it does not lengthen the refusal. The web processes compare their own clocks, which must agree.
    """

    def __init__(
        self,
        settings: WebSettings,
        client: Redis,
        clock: Monotonic = monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._items: Mapping[Rate, RateLimitItem] = {
            "queue": RateLimitItemPerMinute(settings.rate_limit_queue, namespace="rate"),
            "batch": RateLimitItemPerMinute(settings.rate_limit_batch, namespace="rate"),
            "other": RateLimitItemPerMinute(settings.rate_limit_other, namespace="rate"),
        }
        storage = RedisStorage(
            "redis://",
            implementation="redispy",
            key_prefix="terugblik",
            connection_pool=client.connection_pool,  # type: ignore[arg-type]  # documented, and not in its types
        )
        self._window = MovingWindowRateLimiter(storage)
        self._clock = clock
        self._now = now
        self._paused_until = -math.inf
        self._checks = asyncio.Semaphore(MAX_CONCURRENT_CHECKS)

    async def hit(self, rate: Rate, caller: str) -> Decision:
        """Count one call of `caller`, unless it exceeds the limit."""
        item = self._items[rate]
        async with self._checks:
            decision = await self._check(item, rate, caller)
        if decision is None:
            metrics.rate_limits_unchecked.inc()
            return Decision(True, item.amount, item.amount, item.get_expiry())
        if not decision.allowed:
            metrics.rate_limit_refusals.labels(rate).inc()
        return decision

    async def _check(self, item: RateLimitItem, rate: Rate, caller: str) -> Decision | None:
        """None while Redis is away."""
        if self._clock() < self._paused_until:
            return None
        try:
            return await self._in_time(self._decide(item, rate, caller))
        except (redis.RedisError, OSError) as fault:
            self._paused_until = self._clock() + PAUSE_SECONDS
            log.warning("rate_limits_unchecked", cause=type(fault).__name__)
            return None

    async def _decide(self, item: RateLimitItem, rate: Rate, caller: str) -> Decision:
        allowed = await self._window.hit(item, rate, caller)
        stats = await self._window.get_window_stats(item, rate, caller)
        reset_seconds = max(1, math.ceil(round(stats.reset_time - self._now(), 3)))
        return Decision(allowed, item.amount, stats.remaining if allowed else 0, reset_seconds)

    async def _in_time(self, decision: Coroutine[Any, Any, Decision]) -> Decision:
        """Raises TimeoutError (an OSError), redis.RedisError and OSError."""
        task = asyncio.ensure_future(decision)
        try:
            for _ in range(MAX_WAIT_STEPS):
                if (await asyncio.wait({task}, timeout=WAIT_STEP_SECONDS))[0]:
                    return task.result()
            raise TimeoutError
        finally:
            task.cancel()
