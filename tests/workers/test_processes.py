"""Real worker processes: sharing, ending in time, breaking, and losing their master."""

import asyncio
import sys
from pathlib import Path
from typing import cast

from app.settings import LANES, Settings
from app.tasks import SUMMARY, job_waits
from tests.support.eventually import MAX_WAIT_SECONDS, eventually
from tests.support.own_valkey import OwnValkey
from tests.support.worker_app import GO, RUNS
from tests.support.worker_process import ROOT, running_worker
from workers.dispatch import RedisDispatcher, queue_key
from workers.middleware.watchdog import EXIT_BROKEN

APP = "tests.support.worker_app"
LOW = queue_key("ai-summaries-low")


async def wake(settings: Settings, lane: int, count: int = 1) -> None:
    """Send wake-ups."""
    dispatcher = RedisDispatcher(settings.redis)
    await dispatcher.send([job_waits(SUMMARY, lane)] * count)
    await dispatcher.close()


def runs(valkey: OwnValkey) -> list[tuple[str, int]]:
    """Lane and process of each run that began."""
    noted = cast("list[bytes]", valkey.client.lrange(RUNS, 0, -1))
    return [(lane, int(pid)) for lane, pid in (one.decode().split() for one in noted)]


async def test_two_processes_share_and_the_rest_waits_for_a_free_thread(
    own_environ: dict[str, str], own_settings: Settings, own_valkey: OwnValkey
) -> None:
    environ = own_environ | {"TEST_WORKER": "hold", "WORKER_THREADS": "2"}
    async with running_worker(environ, APP) as one, running_worker(environ, APP) as two:
        await wake(own_settings, 2, 10)
        await eventually(lambda: len(runs(own_valkey)) == 4)
        assert sorted(pid for _, pid in runs(own_valkey)) == sorted([one.child, two.child] * 2)
        assert own_valkey.broker.llen(LOW) == 6
        await wake(own_settings, 0)
        own_valkey.client.rpush(GO, "go")
        await eventually(lambda: len(runs(own_valkey)) == 5)
        assert runs(own_valkey)[4][0] == "high"
        assert own_valkey.broker.llen(LOW) == 6


async def test_ends_in_time_and_well(
    own_environ: dict[str, str], own_settings: Settings, own_valkey: OwnValkey
) -> None:
    """SIGTERM to the master, and to the whole group, in which case it comes to the child twice."""
    async with running_worker(own_environ, APP) as one, running_worker(own_environ, APP) as two:
        await wake(own_settings, 0, 2)
        await eventually(lambda: len(runs(own_valkey)) == 2)
        one.terminate()
        two.terminate(group=True)
        assert [await one.ended(), await two.ended()] == [0, 0]
        assert "Worker has been shut down" in one.log
        assert "Worker has been shut down" in two.log


async def test_ends_by_force_if_something_hangs(
    own_environ: dict[str, str], own_settings: Settings, own_valkey: OwnValkey
) -> None:
    environ = own_environ | {"TEST_WORKER": "block", "TEST_STOP_TIMEOUT_SECONDS": "1.5"}
    async with running_worker(environ, APP) as worker:
        await wake(own_settings, 0)
        await eventually(lambda: runs(own_valkey))
        worker.terminate()
        assert await worker.ended(6) == EXIT_BROKEN
        assert "worker_ends_by_force" in worker.log
        assert "at=threads" in worker.log, "it says which part of the stop hung"


async def test_a_dead_thread_is_the_end_of_the_process(
    own_environ: dict[str, str], own_settings: Settings
) -> None:
    """Of whichever kind. Each has a lane of its own to be woken by."""

    async def breaks(thread: str, lane: int) -> None:
        environ = own_environ | {"TEST_WORKER": f"break {thread}", "TERUGBLIK_LANES": LANES[lane]}
        async with running_worker(environ, APP) as worker:
            await wake(own_settings, lane)
            assert await worker.ended() == EXIT_BROKEN
            assert "worker_broken" in worker.log

    await asyncio.gather(breaks("ConsumerThread", 0), breaks("WorkerThread", 1), breaks("fetcher", 2))


async def test_a_child_does_not_outlive_its_master(
    own_environ: dict[str, str], own_valkey: OwnValkey
) -> None:
    async with running_worker(own_environ, APP) as worker:
        await eventually(lambda: own_valkey.blocked() == 1)
        worker.kill_master()
        await eventually(lambda: own_valkey.blocked() == 0)
        await asyncio.to_thread(worker.master.wait)


async def test_a_stopped_process_takes_up_its_work_again(
    own_environ: dict[str, str], own_settings: Settings, own_valkey: OwnValkey
) -> None:
    """Frozen for a while, as a laptop that sleeps: whatever it missed in Redis, it goes on."""
    async with running_worker(own_environ, APP) as worker:
        await eventually(lambda: own_valkey.blocked() == 1)
        worker.freeze()
        own_valkey.broker.client_kill_filter(_type="normal", skipme=True)
        worker.thaw()
        await wake(own_settings, 1, 3)
        await eventually(lambda: len(runs(own_valkey)) == 3)


async def test_starts_and_ends_while_the_database_is_away(
    own_environ: dict[str, str], own_settings: Settings, own_valkey: OwnValkey
) -> None:
    """The real one: it waits for the database, and keeps the wake-up that it could not use."""
    async with running_worker(own_environ) as worker:
        await wake(own_settings, 2)
        await eventually(lambda: "database_away" in worker.log)
        worker.terminate()
        assert await worker.ended() == 0
        assert own_valkey.broker.llen(LOW) == 1


async def test_the_scheduler_knows_its_actors(own_environ: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("periodiq"), "workers.main", env=own_environ, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        while b"tick@upkeep" not in await process.stdout.readline():
            assert not process.stdout.at_eof()
    process.terminate()
    await process.wait()


async def test_wrong_settings_are_said_in_words(own_environ: dict[str, str]) -> None:
    """And end the process, for nothing would work."""
    del own_environ["SECRET_KEY"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dramatiq", "workers.main", "--processes", "1", env=own_environ, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 1
    assert b"SECRET_KEY is not set" in said
