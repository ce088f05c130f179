"""The broker of worker and scheduler processes, with every middleware in one commented order."""

from dramatiq import Middleware
from dramatiq.middleware import AsyncIO
from periodiq import PeriodiqMiddleware

from app.core.redis import make_broker_redis
from app.settings import Settings
from workers.consumer import ANSWER_WITHIN, BLOCK, Inlet
from workers.middleware.context import Context
from workers.middleware.priority import Priority
from workers.middleware.retry import Retry
from workers.middleware.telemetry import Telemetry
from workers.middleware.watchdog import Vital, Watchdog
from workers.stopping import Stopping
from workers.transport import WakeupBroker


def make_broker(
    settings: Settings, resources: Middleware, vital: Vital, stopping: Stopping | None = None
) -> WakeupBroker:
    """`resources` opens on the loop what the actors need; `vital` says what is broken about it, if anything;
    `stopping` is the clock that both share at the end.

    `before_…` hooks run down this list, `after_…` hooks run up it. Dramatiq's own Retries, TimeLimit,
    AgeLimit, Callbacks, Pipelines and Prometheus are left out: retries are states in the database, the
    model client has the time limits, wake-ups have neither age nor result, and metrics are our own.
    """
    client = make_broker_redis(settings.redis, timeout=BLOCK + ANSWER_WITHIN)
    inlet = Inlet(client, settings.worker.threads)
    middleware: list[Middleware] = [
        Watchdog(inlet, vital, stopping or Stopping()),  # first: its clock covers whatever happens at the end
        AsyncIO(),  # the event loop runs before anything is opened on it, and until all is closed
        Priority(settings.worker, inlet),  # at SIGTERM stops the inlet first ...
        resources,  # ... so that nothing new is claimed while the jobs are handed back
        Context(),  # binds ids before anybody logs, and unbinds them last
        Telemetry(),
        Retry(inlet),
        PeriodiqMiddleware(skip_delay=30),  # allows `periodic=` on actors; skips ticks older than 30 s
    ]
    return WakeupBroker(client, inlet, middleware)
