"""The worker's side: claim one job, carry it to its end, and keep the process's leases alive meanwhile."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

import redis.asyncio
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Monotonic, monotonic
from app.core.db import database_is_away, make_session_factory, make_single_session_factory
from app.core.dispatch import Dispatcher, DispatchFault
from app.core.errors import NotFound
from app.core.events import Publisher
from app.core.logs import own_request_id
from app.core.unit_of_work import UnitOfWork, unit_of_work_factory
from app.jobs import service as jobs
from app.jobs.attempt import RunningJob
from app.jobs.lease_keeper import LeaseKeeper
from app.jobs.models import Job
from app.jobs.quarantine import Suspects, is_suspect
from app.jobs.service import Lease
from app.jobs.sql import workers
from app.llm import Model, ModelFault
from app.settings import LANES, Settings
from app.summaries import finish, inputs
from app.summaries.inputs import Reading
from app.tasks import QUEUES
from app.text.generate import generate

log = structlog.get_logger(__name__)
T = TypeVar("T")

CAUSES = {
    "unreachable": "model_unreachable",
    "timeout_connect": "model_unreachable",
    "timeout_first_token": "model_slow",
    "timeout_total": "model_slow",
    "busy": "model_busy",
    "model_missing": "model_setup",
}
"""How a fault of the model is told to the reader; whatever else went wrong was in its answer."""

LIFT_EVERY = 2
"""Every second claim of a process looks for aged jobs of the lower lanes first: those cannot starve, and an
urgent job waits for at most one of them."""


class SummaryWorker:
    """One per worker process. `model` is shared by all its jobs.

    In what is called single each statement is a transaction of its own: a claim is one, and reads need none.
    """

    def __init__(
        self,
        settings: Settings,
        engine: AsyncEngine,
        model: Model,
        publisher: Publisher,
        listener: "redis.asyncio.Redis",
        dispatcher: Dispatcher,
        name: str,
        clock: Monotonic = monotonic,
    ) -> None:
        self._settings = settings.worker
        sessions, single = make_session_factory(engine), make_single_session_factory(engine)
        self._units = unit_of_work_factory(sessions, dispatcher, publisher)
        self._single_units = unit_of_work_factory(single, dispatcher, publisher)
        self._single_sessions = single
        self._model = model
        self._dispatcher = dispatcher
        self._name = name
        self._clock = clock
        self._lease_keeper = LeaseKeeper(single, publisher, listener, settings.worker, clock)
        self._claims = itertools.count(1)
        self._suspects = Suspects()
        self._idle = asyncio.Event()
        self._idle.set()
        self._runs: set[asyncio.Task[None]] = set()
        self._closing = False
        self._given_up = False
        indexes = [LANES.index(lane) for lane in settings.worker.lanes]
        self._lanes = (min(indexes), max(indexes))

    async def run_one(self, woken_lane: str) -> bool:
        """Claim the most urgent waiting job, if there is one, and carry it to its end.

        False: this process takes nothing new, and the wake-up is still to be used by another.
        """
        if self._closing:
            return False
        run = cast("asyncio.Task[None]", asyncio.current_task())
        self._runs.add(run)
        self._idle.clear()
        try:
            await self._claim_and_carry(woken_lane)
        except asyncio.CancelledError:
            if not self._given_up:
                raise
            log.warning("run_given_up")
        finally:
            self._runs.discard(run)
            if not self._runs:
                self._idle.set()
        return True

    async def _claim_and_carry(self, woken_lane: str) -> None:
        reserved = self._suspects.reserve()
        try:
            async with self._single_units() as uow:
                claimed = await jobs.claim(
                    uow,
                    lanes=self._lanes,
                    woken_lane=LANES.index(woken_lane),
                    worker=self._name,
                    lease=self._settings.lease,
                    lift=next(self._claims) % LIFT_EVERY == 0,
                    suspects=reserved,
                )
            if reserved and not (claimed and is_suspect(claimed[0])):
                self._suspects.release()
                reserved = False
            if claimed is not None:
                job, lease = claimed
                with structlog.contextvars.bound_contextvars(
                    job_id=job.id, school_id=job.school_id, attempt=job.attempt, request_id=job.request_id
                ):
                    await self._carry(job, lease)
        finally:
            if reserved:
                self._suspects.release()

    async def background(self) -> None:
        """Renew leases, publish progress, hear cancels, sweep and say that we are here, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._lease_keeper.run())
            group.create_task(self._sweep_loop())
            group.create_task(self._beat_loop())

    async def hand_back_all(self) -> None:
        """Take nothing new, stop every attempt, and wait until each has put its job back."""
        self._closing = True
        self._lease_keeper.stop_all("shutdown")
        await self._idle.wait()
        await self._sign_off()

    def give_up(self) -> int:
        """Let go of every run as it is, because the stop has no time left; returns how many there were.

        Whatever one of them waits for (a lock, a server that says nothing), its thread is free at once,
        and the process can end by itself. The leases free the jobs.
        """
        self._given_up = True
        for run in self._runs:
            run.cancel()
        return len(self._runs)

    async def _carry(self, job: Job, lease: Lease) -> None:
        """Run the attempt as a child task, so that a cancel can end it without ending the actor."""
        running = self._lease_keeper.start(job, lease)
        if self._closing:
            running.stop("shutdown")
        child = asyncio.create_task(self._attempt(job, lease, running))
        running.attach(child)
        try:
            await child
        except asyncio.CancelledError:
            if running.stopped is None:
                child.cancel()
                raise
            log.info("attempt_stopped", reason=running.stopped)
            if running.stopped == "shutdown" and not self._given_up:
                await self._persist(lambda uow: jobs.hand_back(uow, lease))
        finally:
            self._lease_keeper.end(running)

    async def _attempt(self, job: Job, lease: Lease, running: RunningJob) -> None:
        """1. Read. 2. The same input as stored: done. 3. Generate, no session open. 4. Finish, fenced.

        A fault of the model becomes a retry with a stand-in. The database being away costs no attempt. What
        nobody foresaw is logged here, at the edge, and retried like any fault, so that it ends some day.
        """
        reading = None
        try:
            async with self._single_sessions() as session:
                reading = await inputs.read(
                    session, job.school_id, job.evaluation_id, job.student_id, self._model.name
                )
            unchanged = None if job.force else reading.unchanged
            if unchanged is not None:
                await self._finish(running, lambda uow: finish.adopt(uow, job, lease, unchanged, reading))
                return
            draft = await generate(reading.material, self._model, running)
            await self._finish(running, lambda uow: finish.finish(uow, job, lease, reading, draft))
        except ModelFault as fault:
            code = CAUSES.get(fault.code, "model_answer")
            log.warning("model_fault", fault=str(fault))
            await self._fail(job, lease, running, reading, code, fault.retryable)
        except NotFound:
            await self._fail(job, lease, running, None, "pupil_gone", retryable=False)
        except Exception as error:
            if database_is_away(error):
                log.warning("database_away", cause=type(error).__name__)
                await self._finish(running, lambda uow: jobs.hand_back(uow, lease))
                return
            log.exception("attempt_crashed")
            await self._fail(job, lease, running, reading, "internal", retryable=True)

    async def _fail(
        self, job: Job, lease: Lease, running: RunningJob, reading: Reading | None, code: str, retryable: bool
    ) -> None:
        await self._finish(
            running, lambda uow: finish.fail(uow, job, lease, reading, code, retryable=retryable)
        )

    async def _finish(self, running: RunningJob, action: Callable[[UnitOfWork], Awaitable[object]]) -> None:
        """From here on the attempt may not be stopped: the fence decides whether its result counts."""
        running.finishing = True
        await self._persist(action)

    async def _persist(self, action: Callable[[UnitOfWork], Awaitable[object]]) -> None:
        """Do this in a unit of work, again and again while the database is away and the lease may hold.

        A restart of PostgreSQL then costs no finished work. When the lease has run out nothing is lost
        either: the sweeper puts the job back in line.
        """
        until = self._clock() + self._settings.lease
        while True:
            try:
                async with self._units() as uow:
                    await action(uow)
                return
            except Exception as error:
                if not database_is_away(error) or self._clock() > until:
                    raise
            await asyncio.sleep(0.5)

    async def _sweep_loop(self) -> None:
        while True:
            await asyncio.sleep(self._settings.sweep_every)
            try:
                await self.sweep()
            except Exception as error:
                if not database_is_away(error):
                    raise
                log.warning("sweep_skipped", cause=type(error).__name__)

    async def _beat_loop(self) -> None:
        while True:
            try:
                await self.beat()
            except Exception as error:
                if not database_is_away(error):
                    raise
                log.warning("beat_skipped", cause=type(error).__name__)
            await asyncio.sleep(workers.BEAT_EVERY)

    async def beat(self) -> None:
        """Tell the registry that this process is there, unless it is about to leave."""
        reachable = await self._model.reachable()
        if self._closing:
            return
        async with self._units() as uow:
            lanes, threads = self._settings.lanes, self._settings.threads
            await workers.beat(uow.session, self._name, lanes, self._lease_keeper.count, reachable, threads)

    async def _sign_off(self) -> None:
        """Leave the registry; whoever cannot is left out of it within half a minute."""
        try:
            async with self._units() as uow:
                await workers.sign_off(uow.session, self._name)
        except Exception as error:
            if not database_is_away(error):
                raise
            log.warning("sign_off_skipped", cause=type(error).__name__)

    async def sweep(self) -> None:
        """One round of mending, on behalf of all processes."""
        try:
            woken = {queue: await self._dispatcher.waiting(queue) for queue in QUEUES.values()}
        except DispatchFault:
            woken = None
        with own_request_id():
            async with self._units() as uow:
                await jobs.sweep(uow, woken)
