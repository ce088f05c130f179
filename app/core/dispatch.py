"""How the application says "there is work" without knowing what carries the message."""

from collections.abc import Sequence
from typing import Protocol

from app.tasks import Task


class Dispatcher(Protocol):
    """Sends wake-ups. A wake-up that gets lost loses nothing: the sweeper sends another."""

    async def send(self, tasks: Sequence[Task]) -> None:
        """Send the tasks within about a second, without blocking the loop. Raises DispatchFault."""

    async def waiting(self, queue: str) -> int:
        """How many wake-ups of a queue nobody has taken yet. Raises DispatchFault."""


class DispatchFault(Exception):
    """The queue could not be reached."""
