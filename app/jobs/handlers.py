"""What a task's handler is, what it is given, and how an attempt can end. Workers look handlers up here."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, runtime_checkable

from app.core.db import SessionFactory
from app.core.unit_of_work import UnitOfWork
from app.jobs import service
from app.jobs.attempt import Shown
from app.jobs.models import Job
from app.jobs.service import Lease
from app.llm import Model
from app.settings import Settings
from app.tasks import TaskType


class Report(Protocol):
    """Takes what happens while an attempt runs; never waits. `app.jobs.attempt.RunningAttempt` is one."""

    def stage(self, stage: str, progress: int) -> None:
        """What is being done, in at most 16 letters, and how far it is, 0 to 99; it never falls."""

    def sentence(self, sentence: Shown) -> None:
        """A sentence for viewers who may read along."""


class Ending(Protocol):
    """How an attempt ended. The runner stores it, again and again while the database is away."""

    async def store(self, uow: UnitOfWork, lease: Lease) -> None:
        """Move the job by functions of app.jobs.service, and write what belongs to that, in one transaction.

        When a move returns None the lease was lost: write nothing then. It may be called several times, for
        a commit can fail.
        """

    def instead(self) -> "Ending":
        """What to store when `store` fails by a fault of ours, which will be logged."""


@runtime_checkable
class Handler(Protocol):
    """Makes attempts of the jobs of one task. One per worker process; its attempts run side by side."""

    async def attempt(self, job: Job, lease: Lease, report: Report, /) -> Ending:
        """Do the work of the job, and return how that ended. No session is open when it is called.

        It is cancelled when the job is cancelled, the lease lost or the process stopped. Whatever it raises
        is logged; the job is then handed back if the database is away, and else tried again later.
        """


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker process lends its handlers. `sessions` make each statement a transaction of its own."""

    settings: Settings
    sessions: SessionFactory
    model: Model


class HandlerClass(Protocol):
    """A class that the catalogue names: it makes a handler of the tools."""

    def __call__(self, tools: Tools) -> Handler: ...


@dataclass(frozen=True, slots=True)
class Completed:
    """The job is done, and nothing is to be stored with that."""

    async def store(self, uow: UnitOfWork, lease: Lease) -> None:
        """See Ending."""
        await service.complete(uow, lease)

    def instead(self) -> Ending:
        """See Ending."""
        return Failed("internal", retryable=True)


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt failed. `code` is a key of states.ERRORS; `retryable`: trying again may help."""

    code: str
    retryable: bool

    async def store(self, uow: UnitOfWork, lease: Lease) -> None:
        """See Ending."""
        await service.fail(uow, lease, self.code, retryable=self.retryable)

    def instead(self) -> Ending:
        """See Ending."""
        return self


@dataclass(frozen=True, slots=True)
class HandedBack:
    """The attempt does not count: this process stops, or the database was away."""

    async def store(self, uow: UnitOfWork, lease: Lease) -> None:
        """See Ending."""
        await service.hand_back(uow, lease)

    def instead(self) -> Ending:
        """See Ending."""
        return self


def load_handlers(tasks: Iterable[TaskType], tools: Tools) -> dict[str, Handler]:
    """The handler of each task, by the task's name. Raises ImportError or AttributeError for a wrong path."""
    return {task.name: handler_class(task)(tools) for task in tasks}


def handler_class(task: TaskType) -> HandlerClass:
    """The class that a task's path leads to. Raises ImportError or AttributeError for a wrong path."""
    module, _, name = task.handler.partition(":")
    found: HandlerClass = getattr(import_module(module), name)
    return found
