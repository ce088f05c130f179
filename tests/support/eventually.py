"""Waits for a condition instead of sleeping: a test ends as soon as it holds, and says when it never does."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")

MAX_WAIT_SECONDS = 60.0
"""How long a test waits before it fails. A wait ends when its condition holds, so a long limit costs nothing,
and no test fails because the machine is slow."""


@overload
async def eventually(condition: Callable[[], Awaitable[T]], within: float = MAX_WAIT_SECONDS) -> T: ...
@overload
async def eventually(condition: Callable[[], T], within: float = MAX_WAIT_SECONDS) -> T: ...
async def eventually(condition: Callable[[], T | Awaitable[T]], within: float = MAX_WAIT_SECONDS) -> T:
    """The first truthy value of `condition` (plain or async), asked again until `within` seconds are over.

    An AssertionError from the condition counts as "not yet" and is raised at the end.
    """
    deadline = time.monotonic() + within
    while True:
        failure: AssertionError | None = None
        try:
            value = condition()
            if inspect.isawaitable(value):
                value = await value
            if value:
                return value
        except AssertionError as caught:
            failure = caught
        if time.monotonic() >= deadline:
            raise failure or AssertionError(
                f"Not so within {within:g} s: {inspect.getsource(condition).strip()}"
            )
        await asyncio.sleep(0.01)
