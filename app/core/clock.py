"""Time within one process. Between processes the database's `now()` is the clock."""

import time
from collections.abc import Callable

Monotonic = Callable[[], float]
"""A clock in seconds that never goes back. Tests inject another."""

monotonic: Monotonic = time.monotonic
