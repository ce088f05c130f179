"""Structured logs: JSON lines on servers, readable lines in development; ids, never texts or names."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import structlog

from app.core.ids import ulid


def current_request_id() -> str | None:
    """The id of the request, tick or sweep that runs now. What it queues keeps the id."""
    found: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return found


@contextmanager
def new_request_id() -> Iterator[None]:
    """Give the block a new request id: for what no request started, such as a schedule's run or a sweep."""
    with structlog.contextvars.bound_contextvars(request_id=ulid()):
        yield


def error_frames(error: BaseException) -> list[str]:
    """The types of an error and of its causes, each followed by its frames, outermost first.

    Messages and values are left out, because the message of a database error quotes the row, and so a pupil.
    """
    lines: list[str] = []
    step: BaseException | None = error
    while step is not None:
        lines.append(type(step).__qualname__)
        lines.extend(
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(step.__traceback__)
        )
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return lines


def _frames_as_list(exc_info: structlog.typing.ExcInfo) -> list[str]:
    return error_frames(exc_info[1])


def _frames_as_text(exc_info: structlog.typing.ExcInfo) -> str:
    return "\n".join(error_frames(exc_info[1]))


def configure(style: Literal["json", "text"], level: str) -> None:
    """Set up structlog, also for the standard library's loggers (uvicorn, dramatiq).

    A log line that cannot be written is dropped. `logging` would print it with all its values instead.
    """
    logging.raiseExceptions = False
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    tail: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.ExceptionRenderer(_frames_as_list if style == "json" else _frames_as_text),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*tail, last])
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "asyncio", "sse_starlette"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
