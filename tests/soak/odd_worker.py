"""The real worker with one thing wrong with it: `dramatiq tests.soak.odd_worker` with SOAK_ODD set.

- `clock SECONDS`: its clock is wrong by so much. libfaketime does the same one level lower, but it is a
  package of the system, and these tests install nothing there. Whatever a worker asks for the time of day is
  Python; the log's own times show that the shift took hold.
- `forgets leases`: it never renews, and so never learns that it has lost a job.
- `poison`: a comment that holds one of the words below ends its process, or its memory.
"""

import datetime
import importlib
import os
import signal
import sys
import time
from types import SimpleNamespace
from typing import Self
from unittest.mock import patch

import structlog

from app.jobs.lease_keeper import LeaseKeeper
from app.llm import Model
from app.summaries import attempt
from app.text.generate import generate
from app.text.progress import Reporter
from app.text.steps import Steps
from app.text.types import Draft, Material

EXIT = "doodlopende weg"
"""The attempt calls os._exit, as a crash in a C library does."""
KILLED = "zwart gat"
"""The process gets SIGKILL, as from the kernel when the machine has no memory left."""
NO_MEMORY = "bodemloze put"
"""The attempt meets MemoryError, as under a limit of its own."""


class ShiftedDatetime(datetime.datetime):
    """A datetime whose `now` is wrong."""

    shift = datetime.timedelta()

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Self:
        """The wrong time."""
        return super().now(tz) + cls.shift


def shift_clock(seconds: float) -> None:
    """Set the clock of this process wrong, for our own modules and for whoever asks the module `time`.

    The module `datetime` itself stays as it is, for C extensions compare with the types in it; the log,
    which asks it, gets one of its own.
    """
    right = datetime.datetime
    ShiftedDatetime.shift = datetime.timedelta(seconds=seconds)
    seconds_now, nanoseconds_now = time.time, time.time_ns
    patch.object(time, "time", lambda: seconds_now() + seconds).start()
    patch.object(time, "time_ns", lambda: nanoseconds_now() + int(seconds * 1e9)).start()
    for name, module in list(sys.modules.items()):
        if name.startswith(("app.", "workers.")) and getattr(module, "datetime", None) is right:
            patch.object(module, "datetime", ShiftedDatetime).start()
    wrong = SimpleNamespace(datetime=ShiftedDatetime, timezone=datetime.timezone)
    patch.object(structlog.processors, "datetime", wrong).start()


async def never_renew(_lease_keeper: LeaseKeeper) -> None:
    """In place of LeaseKeeper.renew_due."""


async def poisoned(material: Material, model: Model, report: Reporter, steps: Steps | None = None) -> Draft:
    """In place of the real `generate`."""
    said = " ".join(comment.text for comment in material.comments)
    if EXIT in said:
        os._exit(1)
    if KILLED in said:
        os.kill(os.getpid(), signal.SIGKILL)
    if NO_MEMORY in said:
        raise MemoryError
    return await generate(material, model, report, steps)


def main(odd: str) -> None:
    """Load the real worker, then make it odd."""
    importlib.import_module("workers.main")
    what, _, value = odd.partition(" ")
    if what == "clock":
        shift_clock(float(value))
    elif odd == "forgets leases":
        patch.object(LeaseKeeper, "renew_due", never_renew).start()
    elif odd == "poison":
        patch.object(attempt, "generate", poisoned).start()
    else:
        raise SystemExit(f"SOAK_ODD cannot be {odd!r}.")


if "SOAK_ODD" in os.environ:
    main(os.environ["SOAK_ODD"])
