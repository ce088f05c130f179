"""The model is away, hangs, trickles, is cut off at every stage, and fails three times in ten.

Each time a few classes are queued. Nobody waits past the time limits of a call; until the model is back every
pupil has the rule-based text; and then the model's own text comes. The pauses between attempts (2, 4, 8 …
minutes) are passed over by moving the rows back in time.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from app.jobs.models import Job
from app.jobs.states import State
from app.summaries.models import Summary
from tests.soak.report import Report, Scale
from tests.soak.system import System, open_system
from tests.soak.verdict import completed, judge
from tests.soak.work import count
from tests.support.eventually import eventually
from tests.support.model_scripts import Script, cut, drip, error_line, slow_start, status, trickle, well
from tests.support.model_server import Asked

FIRST, TOTAL = 2.0, 4.0
"""Seconds to the first word and for a whole answer, in place of 60 and 120."""
SLACK = 2.0
"""Seconds on top for what is no waiting: reading, checking, storing, on a busy machine."""
LIMITS = {
    "OLLAMA_CONNECT_TIMEOUT": "1",
    "OLLAMA_FIRST_TOKEN_TIMEOUT": str(FIRST),
    "OLLAMA_TIMEOUT": str(TOTAL),
    "JOB_SWEEP_SECONDS": "0.5",
}
RETRIES = 10
ERRORS = 0.3
_put_off = (Job.state == State.QUEUED) & Job.next_retry_at.is_not(None)


@dataclass(frozen=True, slots=True)
class Trouble:
    """`begin` makes it, `rounds` attempts are made in it, and each of them may take `limit` seconds."""

    what: str
    begin: Callable[[System], Awaitable[None]]
    limit: float
    rounds: int = 1


async def run(scale: Scale) -> Report:
    """See the module."""
    report = Report("4. A model that is away, hangs, trickles, is cut, fails")
    students, queued = scale.pick(48, 5), 0
    async with open_system(**LIMITS, WORKER_THREADS="16") as system:
        await system.add_workers(1)
        for trouble in _troubles(scale):
            await trouble.begin(system)
            began = await _now(system)
            for some in await system.classes(students):
                await system.queue(some, max_retries=RETRIES)
            queued += students
            report.did.append(f"queued {students} pupils with a model {trouble.what}")
            for attempt in range(1, trouble.rounds + 1):
                await _pass_pause(system)
                await _attempted(system, queued, attempt)
                await _have_basic_texts(system, report, trouble)
            await _mend(system)
            await _ended(system, report, trouble)
            await _judge_waits(system, report, trouble, began)
        ended = await judge(system.units, report, queued)
        report.count("completed", completed(ended), queued)
        async with system.units() as uow:
            by_model = select(func.count()).select_from(Summary).where(Summary.method == "ai")
            report.count("texts of the model in the end", await uow.session.scalar(by_model) or 0, queued)
    return report


def _troubles(scale: Scale) -> Iterator[Trouble]:
    """What is done to the model, one after the other."""
    yield Trouble("away for two attempts, six minutes", lambda system: system.model.kill(), FIRST, rounds=2)
    yield Trouble("saying nothing", _by(slow_start(3600)), FIRST)
    yield Trouble("a byte a second", _by(trickle(1)), FIRST)
    yield Trouble("a word a second", _by(drip(1)), TOTAL)
    stages: tuple[Asked, ...] = ("extract", "write")
    for stage in stages:
        for after in scale.pick((0, 1, 60, 200, 600), (60,)):
            yield Trouble(f"cut {after} bytes into “{stage}”", _at(stage, cut(after)), TOTAL)
        yield Trouble(f"an error within “{stage}”", _at(stage, error_line(2)), TOTAL)

    async def at_random(system: System) -> None:
        faults = (cut(100), status(500), status(503), error_line(1))
        draws = [scale.random.random() < ERRORS for _ in range(20 * scale.pick(48, 5))]
        await system.model.answer_next_by([scale.random.choice(faults) if bad else well() for bad in draws])

    yield Trouble(f"{ERRORS:.0%} errors", at_random, 3 * TOTAL)


def _by(script: Script) -> Callable[[System], Awaitable[None]]:
    return lambda system: system.model.answer_by(script)


def _at(stage: Asked, script: Script) -> Callable[[System], Awaitable[None]]:
    return lambda system: system.model.answer_stage_by(stage, script)


async def _attempted(system: System, queued: int, attempt: int) -> None:
    """Wait until every job has been tried so often, or is done."""
    tried = _put_off & (Job.attempt >= attempt)

    async def rested() -> bool:
        return await count(system, tried | (Job.state == State.COMPLETED)) == queued

    await eventually(rested, 120)


async def _have_basic_texts(system: System, report: Report, trouble: Trouble) -> None:
    """Whoever still waits for the model has the stand-in to read."""
    stand_in = select(Summary).where(
        Summary.evaluation_id == Job.evaluation_id, Summary.student_id == Job.student_id
    )
    without = _put_off & ~stand_in.where(Summary.method == "fallback", Summary.provisional).exists()
    if missing := await count(system, without):
        report.lost.append(f"{trouble.what}: {missing} pupils have nothing to read")


async def _pass_pause(system: System) -> None:
    """Let every pause between two attempts be over."""
    async with system.units() as uow:
        due = func.now() - timedelta(seconds=1)
        await uow.session.execute(update(Job).where(_put_off).values(next_retry_at=due))


async def _mend(system: System) -> None:
    """The model is there again and answers well."""
    if not system.model.alive:
        await system.model.start()
    await system.model.answer_by(well())


async def _ended(system: System, report: Report, trouble: Trouble) -> None:
    """Wait for the model's texts; who was put off once more is let through again."""

    async def none_live() -> bool:
        await _pass_pause(system)
        return not {"queued", "processing"} & set(await system.states())

    try:
        await eventually(none_live, 120)
    except AssertionError:
        report.lost.append(f"{trouble.what}: the jobs are {await system.states()}")


async def _judge_waits(system: System, report: Report, trouble: Trouble, began: datetime) -> None:
    """How long the attempts took that the model spoiled."""
    async with system.units() as uow:
        histories = await uow.session.scalars(select(Job.history).where(Job.created_at >= began))
        waits = [
            (
                datetime.fromisoformat(one["ended_at"]) - datetime.fromisoformat(one["started_at"])
            ).total_seconds()
            for history in histories
            for one in history
            if one["outcome"] != "completed"
        ]
    report.times(f"attempts with a model {trouble.what}", waits, trouble.limit + SLACK, at="max")


async def _now(system: System) -> datetime:
    async with system.units() as uow:
        now: datetime = (await uow.session.execute(select(func.now()))).scalar_one()
        return now
