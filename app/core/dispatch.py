"""The interface by which the product wakes workers. What carries the messages is in `workers`."""

from collections.abc import Sequence
from typing import Protocol

from app.tasks import WakeUp


class Dispatcher(Protocol):
    """Sends wake-ups. Losing one does no harm, because the sweeper sends another."""

    async def send(self, wake_ups: Sequence[WakeUp]) -> None:
        """Send them within about a second, without blocking the loop. Raises DispatchFault."""

    async def waiting(self, queue: str) -> int:
        """How many wake-ups of a queue no worker has taken yet. Raises DispatchFault."""


class DispatchFault(Exception):
    """The broker could not be reached."""
