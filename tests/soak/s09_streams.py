"""5,000 viewers watch running jobs on one web process, over one connection to Redis.

A thousand of them lose their connection at random moments, some others ask and never read, and the web
process is stopped and started in the middle. Everybody ends on the state that the database has, nobody is
told less progress than before, and when all have gone the process has the tasks and the memory that it had.
"""

import asyncio
import contextlib
import re
import resource
import sys
import time
from collections.abc import AsyncIterator

import httpx
import msgspec

from app.core.events import school_channel
from app.jobs.models import Job
from app.jobs.states import State
from tests.soak.bystander import Bystander
from tests.soak.counted_web import TASKS
from tests.soak.crowd import Seen, Venue
from tests.soak.process_size import megabytes
from tests.soak.report import Report, Scale
from tests.soak.system import System, open_system
from tests.soak.verdict import judge
from tests.soak.work import count
from tests.support.classes import SchoolClass, make_class
from tests.support.eventually import eventually
from tests.support.model_scripts import Script
from tests.support.program import ROOT, WebProgram
from web.live.hub import KEEP_OPEN_CHANNEL

BASE = "/api/v1/feedback-summaries"
MORE_TASKS = 5
"""Tasks more than at first that are no leak: a connection that is just being closed."""
GROWTH = 1.10


class CrowdProcess:
    """A crowd that is told what to do; see tests/soak/crowd.py."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def do(self, command: str) -> Seen:
        """Wait until it is done."""
        self.publish(command)
        assert self._process.stdout is not None
        return msgspec.json.decode(await self._process.stdout.readline(), type=Seen)

    def publish(self, line: str) -> None:
        """Write a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")


@contextlib.asynccontextmanager
async def _crowd(system: System, venue: Venue) -> AsyncIterator[CrowdProcess]:
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "tests.soak.crowd"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=system.environ, stdin=pipe, stdout=pipe, limit=64 * 1024 * 1024
    )
    crowd = CrowdProcess(process)
    crowd.publish(msgspec.json.encode(venue).decode())
    try:
        yield crowd
    finally:
        process.kill()
        await process.wait()


async def run(scale: Scale) -> Report:
    """See the module."""
    report = Report("9. Thousands of viewers on one web process")
    viewers, jobs = scale.pick((5000, 100), (200, 10))
    _allow_files(2 * viewers + 500)
    environ = {"WORKER_THREADS": str(jobs), "DATABASE_POOL_SIZE": "20", "OLLAMA_TIMEOUT": "1800"}
    async with open_system(**environ) as system:
        system.web = WebProgram(system.environ, system.folder / "web.log", "tests.soak.counted_web")
        some = await make_class(system.units, "soak", jobs)
        token = await system.teacher(some)
        ids = await _start_jobs(system, some, scale)
        venue = Venue(system.web.port, token, [f"{BASE}/jobs/{one}/events" for one in ids], viewers)
        async with _crowd(system, venue) as crowd, Bystander(system.web.url, token).watching() as bystander:
            await _watch_all(system, report, crowd, some)
            await _disturb(system, report, crowd, some, scale)
            seen = await crowd.do("wait")
        await system.all_ended(report, 60)
        await judge(system.units, report, jobs)
        await _judge(system, report, seen, venue)
        report.note("somebody else's calls that failed while it was away", len(bystander.refused))
        report.times("somebody else's calls", bystander.seconds)
        await _leaves_nothing(system, report, venue)
    return report


async def _start_jobs(system: System, some: SchoolClass, scale: Scale) -> list[str]:
    """Jobs that have all begun, and stand still until the model is released; then a word now and then."""
    await system.web.start()
    await system.add_worker()
    await system.model.answer_by(Script(hold_after=1, piece_delay=scale.pick(1.0, 0.1)))
    ids = await system.queue(some)

    async def running() -> bool:
        return await count(system, Job.state == State.PROCESSING) == len(ids)

    await eventually(running, 60)
    return ids


async def _watch_all(system: System, report: Report, crowd: CrowdProcess, some: SchoolClass) -> None:
    """Open every stream; what each costs, and that Redis sees one subscriber."""
    before = megabytes(system.web.pid)
    seen = await crowd.do("open")
    report.count(
        "viewers with a snapshot", seen.watching, sum(sum(one.values()) for one in seen.finals.values())
    )
    report.note("kB a viewer", round((megabytes(system.web.pid) - before) * 1024 / seen.watching, 1))
    for channel in (KEEP_OPEN_CHANNEL, school_channel(some.school_id)):
        report.count(f"connections to Redis on {channel}", _subscribers(system, channel), 1)


async def _disturb(
    system: System, report: Report, crowd: CrowdProcess, some: SchoolClass, scale: Scale
) -> None:
    """Let the jobs go on; some never read, some lose their connection, and the web process stops."""
    drops, mute = scale.pick((1000, 50), (50, 5))
    await crowd.do(f"mute {mute} {BASE}/evaluation/{some.evaluation_id}/events")
    await system.model.release()
    for _ in range(10):
        await crowd.do(f"drop {drops // 10}")
        await asyncio.sleep(scale.random.uniform(*scale.pick((0.5, 2.0), (0.05, 0.2))))
    report.did.append(f"cut {drops} connections at random moments; {mute} more viewers never read")
    began = time.monotonic()
    await system.web.terminate()
    report.note("seconds in which the web process stopped", round(time.monotonic() - began, 1))
    await system.web.start()
    report.did.append("stopped the web process and started it again")


async def _judge(system: System, report: Report, seen: Seen, venue: Venue) -> None:
    """Everybody has seen the true end, and nothing went back."""
    report.count("viewers that saw the end", seen.ended, venue.viewers)
    report.note("times a viewer came back", seen.returns)
    report.note("answers other than 200 while it was away", seen.refused)
    report.at_most("times progress went back", seen.backwards, 0)
    delays: list[float] = []
    async with system.units() as uow:
        for path, final in seen.finals.items():
            job = await uow.session.get_one(Job, path.split("/")[-2])
            if set(final) != {job.state}:
                report.wrong.append(f"{job.id} is {job.state}, its viewers were told {final}")
            assert job.completed_at is not None
            delays += [at - job.completed_at.timestamp() for at in seen.ended_at[path]]
    report.times("from the end of a job to a viewer knowing", delays)


async def _leaves_nothing(system: System, report: Report, venue: Venue) -> None:
    """A fifth of them comes once more, and once more: then nobody is left, and nothing of them."""
    tasks, sizes = await _tasks_at_rest(system, report), []
    again = msgspec.structs.replace(venue, viewers=venue.viewers // 5)
    for _ in range(2):
        async with _crowd(system, again) as crowd:
            seen = await crowd.do("open")
        report.count("viewers that came again and saw the end", seen.ended, again.viewers)
        more = await _tasks_at_rest(system, report) - tasks
        sizes.append(megabytes(system.web.pid))
    report.at_most("tasks more than before they came", more, MORE_TASKS)
    report.at_most("memory after, to that after the crowd before", sizes[1] / max(sizes[0], 1.0), GROWTH)
    report.note("MB of the web process at the end", round(sizes[1]))


async def _tasks_at_rest(system: System, report: Report) -> int:
    """How many tasks the web process has when its last viewer has gone."""

    async def nobody() -> bool:
        return await _metric(system, "terugblik_stream_viewers") == 0

    try:
        await eventually(nobody, 30)
    except AssertionError:
        report.wrong.append("viewers are counted that have gone")
    return int(await _metric(system, TASKS))


async def _metric(system: System, name: str) -> float:
    async with httpx.AsyncClient(base_url=system.web.url, trust_env=False, timeout=30) as client:
        text = (await client.get("/metrics")).text
    found = re.search(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
    assert found, f"{name} is not among the metrics"
    return float(found[1])


def _subscribers(system: System, channel: str) -> int:
    return int(system.valkey.client.pubsub_numsub(channel)[0][1])


def _allow_files(count: int) -> None:
    """As many open files as the system lets a process have, for us and those that we start."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))
