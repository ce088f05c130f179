"""Puts the ids of a message on every log line of its actor's run, the asynchronous part included."""

from typing import Any

import structlog
from dramatiq import Broker, MessageProxy, Middleware


class Context(Middleware):
    """Dramatiq starts an actor's coroutine with the worker thread's context, so what is bound reaches it."""

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Bind message, queue, and the request that sent it, when it was one."""
        ids: dict[str, Any] = {"message_id": message.message_id, "queue": message.queue_name}
        if "request_id" in message.options:
            ids["request_id"] = message.options["request_id"]
        structlog.contextvars.bind_contextvars(**ids)

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any | None = None,
        exception: BaseException | None = None,
    ) -> None:
        """The thread serves another message next."""
        structlog.contextvars.clear_contextvars()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """Dramatiq calls this instead of the above for a skipped message."""
        structlog.contextvars.clear_contextvars()
