"""Puts the ids of a message on every log line of its actor's run, also on those of its coroutine."""

from typing import Any

import structlog
from dramatiq import Broker, MessageProxy, Middleware


class Context(Middleware):
    """Binds and unbinds ids. An actor's coroutine has them too: it starts with its thread's context."""

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Bind the ids of the message and of the request that sent it, if any, and the queue's name."""
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
        """Unbind them: the thread serves another message next."""
        structlog.contextvars.clear_contextvars()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """As after_process_message, which Dramatiq does not call for a skipped message."""
        structlog.contextvars.clear_contextvars()
