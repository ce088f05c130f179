"""What happens to a wake-up whose actor failed."""

from typing import Any

import structlog
from dramatiq import Actor, Broker, MessageProxy, Middleware

from app.core.db import DATABASE_AWAY, database_is_away
from workers.backoff import Backoff
from workers.fetcher import Fetcher

log = structlog.get_logger(__name__)


class Unused(Exception):
    """Raised by an actor of a process that stops: the wake-up is for another process."""


class Retry(Middleware):
    """Sends wake-ups back that could not be used. Retries of jobs are database states (app/jobs/states.py).

    An exception that leaves an actor was raised outside a job's attempt. There are three kinds.

    - The database is away. The wake-up goes back to the head of its queue, and this process begins nothing
      for a while (0.5 s, doubled up to 5 s). Without the pause it would use up every waiting wake-up within
      a second.
    - Unused. The actor got the wake-up just as the process began to stop. It goes back too.
    - Anything else is a bug. The wake-up is used up, for it would fail again in the same way. The job is not
      lost: it is still queued and the sweeper wakes for it, or its lease runs out, which counts as an
      attempt, so that the job comes to an end.
    """

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._backoff = Backoff(0.5, 5.0)

    @property
    def actor_options(self) -> set[str]:
        """`throws`, which Dramatiq reads: exceptions that it logs without their frames."""
        return {"throws"}

    def after_declare_actor(self, broker: Broker, actor: Actor[..., Any]) -> None:
        """Name the first two kinds, which are to be expected. Dramatiq logs the third as an error."""
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
