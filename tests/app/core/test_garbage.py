"""Memory that streams leave behind is free again before many more have come and gone."""

import gc
import subprocess
import sys
import weakref

import anyio

from tests.support.services import ROOT

LEAVERS = """
import asyncio
import weakref

import anyio

from app.core.garbage import settle

PRESENT, ROUNDS = 500, 12
kept = weakref.WeakSet()


class Viewer:
    pass


async def watch():
    viewer = Viewer()
    kept.add(viewer)
    await anyio.sleep_forever()


async def stream(leave):
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(watch)
        await leave.wait()
        tasks.cancel_scope.cancel()


async def main():
    most = 0
    for _ in range(ROUNDS):
        leave = asyncio.Event()
        viewers = [asyncio.create_task(stream(leave)) for _ in range(PRESENT)]
        await anyio.wait_all_tasks_blocked()
        most = max(most, len(kept))
        leave.set()
        await asyncio.gather(*viewers)
        del viewers
    print(most)


settle()
asyncio.run(main())
"""

PRESENT = 1500
"""Viewers at the same time: 500 streams of three tasks."""


class Viewer:
    """Something that a stream holds."""


def most_in_memory() -> int:
    """In a process of its own: what `settle` sets aside would else hold every other test's leavings."""
    run = subprocess.run(
        [sys.executable, "-c", LEAVERS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return int(run.stdout)


def test_a_settled_process_keeps_few_beside_those_who_watch() -> None:
    assert PRESENT <= most_in_memory() < 1.5 * PRESENT


async def test_a_stream_that_is_left_lies_in_a_circle() -> None:
    """When this fails, anyio leaves none any more, and `settle` has lost its reason."""
    seen: weakref.ref[Viewer]

    async def watch() -> None:
        nonlocal seen
        viewer = Viewer()
        seen = weakref.ref(viewer)
        await anyio.sleep_forever()

    gc.disable()
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch)
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        assert seen() is not None
    finally:
        gc.enable()
    gc.collect()
    assert seen() is None
