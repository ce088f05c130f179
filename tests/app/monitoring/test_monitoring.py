"""Numbers of the queue: correct, of one school only, and read by an index."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta

import pytest
from sqlalchemy import TextClause, func, insert, text, update

from app.core.errors import NotFound
from app.core.ids import ulid
from app.core.redis import make_async_redis
from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs.models import Job, WorkerProcess
from app.jobs.sql import workers
from app.monitoring import gauges_repository, repository, service
from app.monitoring.schemas import Spread
from app.settings import Settings
from app.tasks import SUMMARY
from tests.support.cast import Cast, Course, Person, make_cast
from tests.support.web import open_units


@pytest.fixture
async def units(settings: Settings) -> AsyncIterator[UnitOfWorkFactory]:
    async with open_units(settings) as opened:
        yield opened


@pytest.fixture
async def cast(units: UnitOfWorkFactory) -> Cast:
    return await make_cast(units)


def seconds_ago(seconds: float) -> object:
    """A time of the database's clock."""
    return func.now() - timedelta(seconds=seconds)


async def add(
    units: UnitOfWorkFactory, school_id: int, course: Course, student: Person, **values: object
) -> str:
    """Insert a job with these columns, and return its id."""
    job_id = f"summary-{course.evaluation_id}-{student.id}-{ulid()}"
    row = {
        "id": job_id,
        "task": SUMMARY,
        "subject_key": f"{course.evaluation_id}:{student.id}",
        "school_id": school_id,
        "evaluation_id": course.evaluation_id,
        "student_id": student.id,
        "lane": 1,
        "rank": 1,
    }
    async with units() as uow:
        await uow.session.execute(insert(Job).values(row | values))
    return job_id


def running(worker: str) -> dict[str, object]:
    return {
        "state": "processing",
        "worker": worker,
        "lease_token": func.gen_random_uuid(),
        "lease_until": func.now() + timedelta(minutes=1),
        "started_at": func.now(),
    }


def ended(state: str, *, queued: float, began: float, done: float, **more: object) -> dict[str, object]:
    """The columns of a job that was queued, began and was done so many seconds ago."""
    ages = {"created_at": queued, "started_at": began, "completed_at": done}
    return {"state": state, **{name: seconds_ago(age) for name, age in ages.items()}, **more}


async def test_stats_count_each_state_and_measure_waits_and_runs(
    units: UnitOfWorkFactory, cast: Cast
) -> None:
    school, course = cast.school_id, cast.course
    await add(units, school, course, cast.student, lane=0, created_at=seconds_ago(40))
    await add(units, school, course, cast.classmate, next_retry_at=func.now() + timedelta(minutes=2))
    await add(units, school, course, cast.third, **running("one"))
    for run in (10.0, 20.0, 30.0):
        await add(
            units, school, course, cast.student, **ended("completed", queued=95, began=90, done=90 - run)
        )
    await add(
        units, school, course, cast.student,
        **ended("failed", queued=7200, began=7100, done=7000, error_code="model_slow", retry_count=3),
    )  # fmt: skip
    two_days = 2 * 24 * 3600.0
    await add(
        units, school, course, cast.student,
        **ended("completed", queued=two_days, began=two_days, done=two_days),
    )  # fmt: skip
    await add(units, cast.other_school_id, cast.elsewhere, cast.stranger_student, lane=0)
    async with units() as uow:
        found = await service.stats(uow.session, school)
    high, normal, low = found.lanes
    assert [lane.name for lane in found.lanes] == ["ai-summaries-high", "ai-summaries", "ai-summaries-low"]
    assert (high.queued, high.processing, high.completed) == (1, 0, 0)
    assert (normal.queued, normal.processing, normal.retrying) == (0, 1, 1)
    assert (normal.completed, normal.failed, normal.cancelled) == (3, 1, 0)
    assert normal.wait_seconds == Spread(5.0, 5.0), "the failed job waited for its retries, not for a worker"
    assert normal.run_seconds == Spread(20.0, 29.0)
    assert (low.completed, low.wait_seconds, low.run_seconds) == (0, None, None)
    assert found.throughput_per_minute == pytest.approx(3 / 5)
    assert found.failures == {"model_slow": 1}


async def test_the_jobs_of_a_paused_lane_are_counted_apart(units: UnitOfWorkFactory, cast: Cast) -> None:
    await add(units, cast.school_id, cast.course, cast.student)
    await add(units, cast.other_school_id, cast.elsewhere, cast.stranger_student)
    async with units() as uow:
        found = await service.pause_lane(uow, cast.admin.principal, "normal")
    assert (found.paused, found.held, found.count, found.oldest_seconds) == (True, 1, 0, None)
    async with units() as uow:
        elsewhere = (await service.queue_counts(uow.session, cast.other_school_id)).queues[1]
        assert (elsewhere.paused, elsewhere.held, elsewhere.count) == (False, 0, 1)
        with pytest.raises(NotFound):
            await service.pause_lane(uow, cast.admin.principal, "slow")
    async with units() as uow:
        found = await service.resume_lane(uow, cast.admin.principal, "normal")
    assert (found.paused, found.held, found.count) == (False, 0, 1)


async def test_health_says_what_is_away(units: UnitOfWorkFactory, cast: Cast, settings: Settings) -> None:
    client = make_async_redis(settings.redis)
    async with units() as uow, aclosing(client):
        nobody = await service.health(uow.session, client, cast.school_id)
        await workers.beat(uow.session, "one", ("high", "low"), 0, model_reachable=False)
        without_model = await service.health(uow.session, client, cast.school_id)
        await workers.beat(uow.session, "one", ("high", "low"), 0, model_reachable=True)
        good = await service.health(uow.session, client, cast.school_id)
    assert (nobody.status, nobody.model, nobody.workers) == ("degraded", "unknown", [])
    assert (without_model.status, without_model.model) == ("degraded", "unreachable")
    assert (good.status, good.redis, good.database, good.model) == (
        "healthy",
        "connected",
        "connected",
        "reachable",
    )
    assert good.workers[0].queues == ["ai-summaries-high", "ai-summaries-low"]
    assert [queue.count for queue in good.queues] == [0, 0, 0]


async def test_a_worker_shows_only_jobs_of_the_caller_s_school(units: UnitOfWorkFactory, cast: Cast) -> None:
    theirs = await add(
        units, cast.other_school_id, cast.elsewhere, cast.stranger_student, **running("shared")
    )
    async with units() as uow:
        await workers.beat(uow.session, "shared", ("normal",), 1, model_reachable=True)
        (here,) = (await service.stats(uow.session, cast.school_id)).workers
        (there,) = (await service.stats(uow.session, cast.other_school_id)).workers
    assert (here.state, here.current_job) == ("busy", None)
    assert (there.state, there.current_job) == ("busy", theirs)


async def test_a_silent_worker_is_not_shown_and_deleted_after_a_day(
    units: UnitOfWorkFactory, cast: Cast
) -> None:
    async with units() as uow:
        for name, age in (("silent", 31.0), ("long gone", 25 * 3600.0)):
            await workers.beat(uow.session, name, ("low",), 0, model_reachable=True)
            await uow.session.execute(
                update(WorkerProcess).where(WorkerProcess.name == name).values(last_seen=seconds_ago(age))
            )
        await workers.beat(uow.session, "here", ("low",), 0, model_reachable=True)
    async with units() as uow:
        shown = await repository.workers(uow.session, cast.school_id)
        kept = await uow.session.scalars(text("SELECT name FROM worker_process ORDER BY name"))
        assert [one.name for one in shown] == ["here"]
        assert list(kept) == ["here", "silent"]


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (repository.LANE_COUNTS, "ix_job_school_unfinished"),
        (repository.ENDED_JOBS, "ix_job_school_ended"),
        (repository.FAILURES, "ix_job_school_ended"),
        (repository.WORKERS, "ix_job_lease"),
        (gauges_repository.WAITING, "ix_job_waiting"),
        (gauges_repository.RUNNING, "ix_job_lease"),
    ],
    ids=["lane counts", "ended", "failures", "workers", "waiting", "running"],
)
async def test_every_statement_on_jobs_uses_an_index(
    units: UnitOfWorkFactory, cast: Cast, statement: TextClause, index: str
) -> None:
    """PostgreSQL chooses it with many ended jobs of two schools and few unfinished ones."""
    many = text(
        """
        INSERT INTO job (id, task, subject_key, school_id, evaluation_id, student_id, lane, rank, state,
                         created_at, started_at, completed_at)
        SELECT 'job-' || number, 'summary',
               CAST(:evaluation_id AS bigint) || ':' || CAST(:student_id AS bigint),
               CASE WHEN number % 50 = 0 THEN CAST(:school_id AS bigint) ELSE :other_id END,
               :evaluation_id, :student_id, number % 3, number, 'completed', moment, moment, moment
        FROM generate_series(1, 20000) AS number,
             LATERAL (SELECT now() - number * interval '30 seconds' AS moment)
        """
    )
    for values in ({"state": "queued"}, running("one")):
        student = cast.student if values["state"] == "queued" else cast.third
        await add(units, cast.school_id, cast.course, student, **values)
    async with units() as uow:
        bound = {"school_id": cast.school_id, "other_id": cast.other_school_id}
        bound |= {"evaluation_id": cast.course.evaluation_id, "student_id": cast.student.id}
        await uow.session.execute(many, bound)
        await workers.beat(uow.session, "one", ("normal",), 1, model_reachable=True)
    async with units() as uow:
        await uow.session.execute(text("ANALYZE job"))
        given = {"school_id": cast.school_id, "alive": 30}
        named = {name: given[name] for name in given if f":{name}" in statement.text}
        rows = await uow.session.scalars(text(f"EXPLAIN {statement.text}"), named)
        plan = "\n".join(rows)
    assert index in plan
    assert "Seq Scan on job" not in plan
