"""The clock of a stop: whatever its parts take, they end within one limit together."""

from dataclasses import dataclass

from workers.resources import AFTER_CLOSE, AFTER_HAND_BACK, CLOSE_WITHIN, HAND_BACK_WITHIN
from workers.shutdown import END_WITHIN, Stopping


@dataclass
class Clock:
    """A time that moves when it is told to."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_parts_share_one_limit() -> None:
    """Each takes all that it may: the main thread a second, the threads two and a little."""
    clock = Clock()
    stopping = Stopping(clock=clock)
    stopping.begin()
    clock.now += 1.0
    stopping.ended("signal")
    clock.now += stopping.allow(HAND_BACK_WITHIN, keep=AFTER_HAND_BACK)
    stopping.ended("hand_back")
    clock.now += 2.2
    stopping.ended("threads")
    for _ in ("background", "connections"):
        clock.now += stopping.allow(CLOSE_WITHIN, keep=AFTER_CLOSE)
    assert not stopping.overdue
    assert stopping.seconds <= END_WITHIN - AFTER_CLOSE


def test_a_part_gets_what_it_asks_for_while_there_is_time() -> None:
    clock = Clock()
    stopping = Stopping(within=8.0, clock=clock)
    assert stopping.allow(5.0, keep=3.0) == 5.0, "a stop that nobody began has all its time"
    stopping.begin()
    clock.now += 6.5
    assert stopping.allow(5.0, keep=1.0) == 0.5
    clock.now += 2.0
    assert stopping.allow(5.0, keep=1.0) == 0.0


def test_says_how_long_each_part_took_and_which_one_it_is_in() -> None:
    clock = Clock()
    stopping = Stopping(within=8.0, clock=clock)
    clock.now += 50
    stopping.begin()
    assert stopping.at == "signal"
    clock.now += 0.5
    stopping.begin()
    stopping.ended("signal")
    clock.now += 7.0
    assert (stopping.took, stopping.at, stopping.overdue) == ({"signal": 0.5}, "hand_back", False)
    clock.now += 1.0
    assert stopping.overdue, "the second to begin it did not start the clock anew"
