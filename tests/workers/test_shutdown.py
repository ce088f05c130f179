"""The clock of a stop: all its parts together end within one limit."""

from dataclasses import dataclass

from workers.resources import (
    CLOSE_RESERVE_SECONDS,
    CLOSE_TIMEOUT_SECONDS,
    HAND_BACK_RESERVE_SECONDS,
    HAND_BACK_TIMEOUT_SECONDS,
)
from workers.shutdown import STOP_TIMEOUT_SECONDS, StopClock


@dataclass
class Clock:
    """A time that moves when a test moves it."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_parts_share_one_limit() -> None:
    """Each takes all that it may: the main thread a second, the threads two and a little."""
    clock = Clock()
    stop_clock = StopClock(clock=clock)
    stop_clock.start()
    clock.now += 1.0
    stop_clock.end_part("signal")
    clock.now += stop_clock.allow(HAND_BACK_TIMEOUT_SECONDS, reserve=HAND_BACK_RESERVE_SECONDS)
    stop_clock.end_part("hand_back")
    clock.now += 2.2
    stop_clock.end_part("threads")
    for _ in ("background", "connections"):
        clock.now += stop_clock.allow(CLOSE_TIMEOUT_SECONDS, reserve=CLOSE_RESERVE_SECONDS)
    assert not stop_clock.overdue
    assert stop_clock.seconds <= STOP_TIMEOUT_SECONDS - CLOSE_RESERVE_SECONDS


def test_a_part_gets_what_it_asks_for_while_there_is_time() -> None:
    clock = Clock()
    stop_clock = StopClock(timeout=8.0, clock=clock)
    assert stop_clock.allow(5.0, reserve=3.0) == 5.0, "a stop that has not begun has all its time"
    stop_clock.start()
    clock.now += 6.5
    assert stop_clock.allow(5.0, reserve=1.0) == 0.5
    clock.now += 2.0
    assert stop_clock.allow(5.0, reserve=1.0) == 0.0


def test_says_how_long_each_part_took_and_which_one_it_is_in() -> None:
    clock = Clock()
    stop_clock = StopClock(timeout=8.0, clock=clock)
    clock.now += 50
    stop_clock.start()
    assert stop_clock.current_part == "signal"
    clock.now += 0.5
    stop_clock.start()
    stop_clock.end_part("signal")
    clock.now += 7.0
    found = (stop_clock.took, stop_clock.current_part, stop_clock.overdue)
    assert found == ({"signal": 0.5}, "hand_back", False)
    clock.now += 1.0
    assert stop_clock.overdue, "the second start changed nothing"
