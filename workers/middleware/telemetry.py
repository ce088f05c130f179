"""Counts the actors' runs and measures how long they take."""

import threading
import time
from typing import Any

from dramatiq import Broker, MessageProxy, Middleware

from app.core import metrics


class Telemetry(Middleware):
    """Keeps the start of a run on its thread, because a run begins and ends on the same one."""

    def __init__(self) -> None:
        self._thread = threading.local()

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Start the clock."""
        self._thread.started = time.perf_counter()

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any | None = None,
        exception: BaseException | None = None,
    ) -> None:
        """Count the run, by how it ended."""
        seconds = time.perf_counter() - self._thread.started
        metrics.actor_run_seconds.labels(message.actor_name).observe(seconds)
        metrics.actor_runs.labels(message.actor_name, "done" if exception is None else "failed").inc()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """Count it. A skipped message takes no time worth measuring."""
        metrics.actor_runs.labels(message.actor_name, "skipped").inc()
