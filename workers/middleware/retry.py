"""What becomes of a wake-up whose actor failed."""

from typing import Any

import structlog
from dramatiq import Actor, Broker, MessageProxy, Middleware

from app.core.db import DATABASE_AWAY, database_is_away
from workers.backoff import Backoff
from workers.fetcher import Fetcher

log = structlog.get_logger(__name__)


class Unused(Exception):
    """Raised by an actor of a process that stops: the wake-up is for another one."""


class Retry(Middleware):
    """Retries of jobs are not made here: they are database states (2, 4, 8, 16, 30 min; app/jobs/states.py).

    An exception that leaves an actor was met outside a job's attempt, and there are three kinds.

    - The database is away. The wake-up could not be used, so it goes back to the head of its queue, and
      this process begins nothing for a while (0.5 s, doubled up to 5 s): without the pause it would burn
      every waiting wake-up within a second; with it nothing spins, and work goes on when the pause ends.
    - Unused. The wake-up was handed over just as the process began to stop; it goes back too.
    - Anything else is a bug. The wake-up is used up, for the same one would fail the same way. The job
      is not lost: either it is still queued and the sweeper wakes for it, or its lease runs out, which
      counts as one of its attempts, so that it ends some day.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._backoff = Backoff(0.5, 5.0)

    @property
    def actor_options(self) -> set[str]:
        """`throws`, which Dramatiq itself reads: exceptions that it need not log with their frames."""
        return {"throws"}

    def after_declare_actor(self, broker: Broker, actor: Actor[..., Any]) -> None:
        """The first two kinds are to be expected. The third Dramatiq logs as an error."""
        actor.options["throws"] = (*DATABASE_AWAY, Unused)

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any | None = None,
        exception: BaseException | None = None,
    ) -> None:
        """See the class."""
        if exception is None:
            self._backoff.reset()
        elif database_is_away(exception):
            if not self._fetcher.suspended:
                pause = self._backoff.next()
                self._fetcher.suspend(pause)
                log.warning("database_away", cause=type(exception).__name__, pause=round(pause, 2))
            self._fetcher.send_back([message.copy()])
        elif isinstance(exception, Unused):
            self._fetcher.send_back([message.copy()])
