"""Growth: how much longer a function takes on a text of twice the length, whatever else the machine does."""

import gc
import time
from collections.abc import Callable

MOST = 2.3
"""Times as long at twice the length. Linear is 2, n·log n about 2.2, a square 4."""
_TRIES, _ROUNDS = 5, 3
_LEAST_SECONDS = 0.002
"""A shorter measurement tells of the clock and the caches only: the text is made longer."""
_LONGEST = 1_280_000


def growth(function: Callable[[str], object], make: Callable[[int], str], length: int = 5_000) -> float:
    """How many times as long `function` takes on `make(2n)` as on `make(n)`, n being `length` or more.

    By default 2n is the length of the longest comment. The two are timed in turns, in this process's own CPU
    time, and the best of each counts, so that what else the machine does weighs on both alike. The least of
    five such comparisons is given, and the first that is small enough ends the measurement: chance can make
    one of them large, a square makes all of them so.
    """
    while _seconds(function, make(length)) < _LEAST_SECONDS and length < _LONGEST:
        length *= 2
    short, long = make(length), make(2 * length)
    least = float("inf")
    for _ in range(_TRIES):
        times = [(_seconds(function, short), _seconds(function, long)) for _ in range(_ROUNDS)]
        least = min(least, min(two for _, two in times) / min(one for one, _ in times))
        if least <= MOST:
            break
    return least


def repeated(piece: str, around: str = "") -> Callable[[int], str]:
    """Texts of a given length out of one piece, over and over, with something before and after it."""
    return lambda length: around + (piece * (length // len(piece) + 1))[:length] + around


def _seconds(function: Callable[[str], object], text: str) -> float:
    collecting = gc.isenabled()
    gc.disable()
    try:
        started = time.process_time()
        function(text)
        return max(time.process_time() - started, 1e-6)
    finally:
        if collecting:
            gc.enable()
