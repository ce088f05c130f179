"""The job runner: claims a job, has its task's handler make an attempt, and stores how that ended."""

import asyncio
import itertools
from typing import cast

import redis.asyncio
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Monotonic, monotonic
from app.core.db import database_is_away, make_session_factory, make_single_session_factory
from app.core.dispatch import Dispatcher
from app.core.events import Publisher
from app.core.unit_of_work import unit_of_work_factory
from app.jobs import service
from app.jobs.attempt import RunningAttempt
from app.jobs.handlers import Ending, Failed, HandedBack, Tools, load_handlers
from app.jobs.lease_keeper import LeaseKeeper
from app.jobs.models import Job
from app.jobs.quarantine import Quarantine, is_quarantined
from app.jobs.service import Lease
from app.jobs.sql import workers
from app.jobs.sql.claim import Choice
from app.jobs.sweeper import Sweeper
from app.llm import Model
from app.settings import LANES, Settings
from app.tasks import TASKS, WakeUp

log = structlog.get_logger(__name__)

LIFT_INTERVAL_CLAIMS = 2
"""Every second claim of a process looks for aged jobs of the lower lanes first: those cannot starve, and an
urgent job waits for at most one of them."""

STORE_RETRY_SECONDS = 0.5
"""Between two tries to store an ending while the database is away."""


class JobRunner:
    """One per worker process. It knows handlers, and nothing of what they do.

    `units` are transactions; in what is called single each statement is a transaction of its own: a claim is
    one statement. `model` is shared by all handlers. `name` is the process's in the worker registry.
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
        """Raises ImportError or AttributeError when the catalogue names a handler that is not there."""
        self._settings = settings.worker
        self._model = model
        self._name = name
        self._clock = clock
        sessions, single = make_session_factory(engine), make_single_session_factory(engine)
        self.units = unit_of_work_factory(sessions, dispatcher, publisher)
        self._single_units = unit_of_work_factory(single, dispatcher, publisher)
        self._lease_keeper = LeaseKeeper(single, publisher, listener, settings.worker, clock)
        self.sweeper = Sweeper(self.units, dispatcher, settings.worker.sweep_interval_seconds)
        self._handlers = load_handlers(TASKS.values(), Tools(settings, single, model))
        self._quarantine = Quarantine()
        self._claims = itertools.count(1)
        self._runs: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        self._given_up = False

    async def run_one(self, woken_by: WakeUp) -> bool:
        """Claim the most urgent waiting job, if there is one, and carry it to its end.

        False: this process stops and takes nothing new; the wake-up is for another process.
        """
        if self._closing:
            return False
        run = cast("asyncio.Task[None]", asyncio.current_task())
        self._runs.add(run)
        self._idle.clear()
        try:
            await self._claim_and_carry(woken_by)
        except asyncio.CancelledError:
            if not self._given_up:
                raise
            log.warning("run_given_up")
        finally:
            self._runs.discard(run)
            if not self._runs:
                self._idle.set()
        return True

    async def background(self) -> None:
        """Renew leases, publish progress, listen for cancels, sweep and beat, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._lease_keeper.run())
            group.create_task(self.sweeper.run())
            group.create_task(self._beat_loop())

    async def hand_back_all(self) -> None:
        """Take nothing new, stop every attempt, wait until each has put its job back, and sign off."""
        self._closing = True
        self._lease_keeper.stop_all("shutdown")
        await self._idle.wait()
        await self._sign_off()

    def give_up(self) -> int:
        """Abandon every run as it is, because the stop has no time left; returns how many there were.

        Whatever one of them waits for (a lock, a server that does not answer), its thread is free at once,
        and the process can end by itself. The jobs are free when their leases run out.
        """
        self._given_up = True
        for run in self._runs:
            run.cancel()
        return len(self._runs)

    async def _claim_and_carry(self, woken_by: WakeUp) -> None:
        reserved = self._quarantine.reserve()
        try:
            claimed = await self._claim(woken_by, quarantined=reserved)
            if reserved and not (claimed and is_quarantined(claimed[0])):
                self._quarantine.release()
                reserved = False
            if claimed is not None:
                job, lease = claimed
                with structlog.contextvars.bound_contextvars(
                    job_id=job.id, school_id=job.school_id, attempt=job.attempt, request_id=job.request_id
                ):
                    await self._carry(job, lease)
        finally:
            if reserved:
                self._quarantine.release()

    async def _claim(self, woken_by: WakeUp, *, quarantined: bool) -> tuple[Job, Lease] | None:
        lanes = [LANES.index(lane) for lane in self._settings.lanes]
        choice = Choice(
            tasks=tuple(self._handlers),
            lanes=(min(lanes), max(lanes)),
            lift=next(self._claims) % LIFT_INTERVAL_CLAIMS == 0,
            quarantined=quarantined,
        )
        async with self._single_units() as uow:
            return await service.claim(
                uow, choice, woken_by=woken_by, worker=self._name, lease=self._settings.lease_seconds
            )

    async def _carry(self, job: Job, lease: Lease) -> None:
        """1. The attempt. 2. Its ending, which may not be stopped: the fence decides whether it counts."""
        running = self._lease_keeper.start(job, lease)
        try:
            ending = await self._attempt(job, lease, running)
            running.finishing = True
            if ending is not None:
                await self._store(ending, lease)
        finally:
            self._lease_keeper.end(running)

    async def _attempt(self, job: Job, lease: Lease, running: RunningAttempt) -> Ending | None:
        """How the attempt ended; None when the job is not ours any more, or there is no time to give it back.

        It is a child task, so that a cancel can end it without ending the actor. The database being away
        costs no attempt. What nobody foresaw is logged here and tried again later, until no attempt is left.
        """
        if self._closing:
            running.stop("shutdown")
        child = asyncio.create_task(self._handlers[job.task].attempt(job, lease, running))
        running.attach(child)
        try:
            return await child
        except asyncio.CancelledError:
            if running.stopped is None:
                child.cancel()
                raise
            log.info("attempt_stopped", reason=running.stopped)
            return HandedBack() if running.stopped == "shutdown" and not self._given_up else None
        except Exception as error:
            if database_is_away(error):
                log.warning("database_away", cause=type(error).__name__)
                return HandedBack()
            log.exception("attempt_crashed")
            return Failed("internal", retryable=True)

    async def _store(self, ending: Ending, lease: Lease) -> None:
        """Store the ending, or what is to be stored instead if that fails by a fault of ours."""
        try:
            await self._persist(ending, lease)
        except Exception as error:
            if database_is_away(error):
                raise
            log.exception("ending_not_stored")
            await self._persist(ending.instead(), lease)

    async def _persist(self, ending: Ending, lease: Lease) -> None:
        """Store it in a unit of work, again and again while the database is away and the lease may hold.

        A restart of PostgreSQL then costs no finished work. When the lease has run out nothing is lost
        either: the sweeper puts the job back in line.
        """
        until = self._clock() + self._settings.lease_seconds
        while True:
            try:
                async with self.units() as uow:
                    await ending.store(uow, lease)
                return
            except Exception as error:
                if not database_is_away(error) or self._clock() > until:
                    raise
            await asyncio.sleep(STORE_RETRY_SECONDS)

    async def _beat_loop(self) -> None:
        while True:
            try:
                await self.beat()
            except Exception as error:
                if not database_is_away(error):
                    raise
                log.warning("beat_skipped", cause=type(error).__name__)
            await asyncio.sleep(workers.BEAT_INTERVAL_SECONDS)

    async def beat(self) -> None:
        """Store in the registry that this process is there, unless it is about to leave."""
        reachable = await self._model.reachable()
        if self._closing:
            return
        async with self.units() as uow:
            lanes, threads = self._settings.lanes, self._settings.threads
            await workers.beat(uow.session, self._name, lanes, self._lease_keeper.count, reachable, threads)

    async def _sign_off(self) -> None:
        """Leave the registry; with the database away its row counts for another half a minute."""
        try:
            async with self.units() as uow:
                await workers.sign_off(uow.session, self._name)
        except Exception as error:
            if not database_is_away(error):
                raise
            log.warning("sign_off_skipped", cause=type(error).__name__)
