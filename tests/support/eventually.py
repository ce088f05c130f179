"""Waits for a condition instead of sleeping: a test ends as soon as it holds, and says when it never does."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(condition: Callable[[], Awaitable[T]], within: float = 5.0) -> T: ...
@overload
async def eventually(condition: Callable[[], T], within: float = 5.0) -> T: ...
async def eventually(condition: Callable[[], T | Awaitable[T]], within: float = 5.0) -> T:
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
