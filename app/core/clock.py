"""Time inside one process. What must hold between processes is told by the database's `now()` instead."""

import time
from collections.abc import Callable

Monotonic = Callable[[], float]
"""Seconds that never go back; tests pass their own."""

monotonic: Monotonic = time.monotonic
