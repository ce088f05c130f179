"""The metrics of one call of the model, by a clock that the test moves."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
from prometheus_client import REGISTRY

from app.llm.dialects import AnswerStep
from app.llm.meter import Meter, metered
from app.text.model import ModelFault


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def measured(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"terugblik_model_{name}", labels) or 0.0


def call(tokens: int | None) -> dict[str, float]:
    """What a call adds to each metric. It has a first piece after 2 s, and ends with a third 4 s later."""
    names = ("first_token_seconds_sum", "tokens_total", "tokens_per_second_sum", "tokens_per_second_count")
    before = {name: measured(name) for name in names}
    lasted = measured("call_seconds_sum", outcome="done")
    clock = Clock()
    with metered(clock) as meter:
        clock.now += 1
        meter.record(AnswerStep())  # the model thinks
        clock.now += 1
        for piece in ("Je", " was", " er."):
            meter.record(AnswerStep(text=piece))
        clock.now += 4
        meter.record(AnswerStep(done=True, tokens=tokens))
    after = {name: measured(name) - before[name] for name in names}
    return after | {"lasted": measured("call_seconds_sum", outcome="done") - lasted}


@pytest.mark.parametrize(("tokens", "counted"), [(12, 12), (None, 3)])
def test_time_to_the_first_piece_total_time_and_speed(tokens: int | None, counted: int) -> None:
    """Tokens are as the server counts them, else the number of pieces."""
    assert call(tokens) == {
        "first_token_seconds_sum": 2,
        "tokens_total": counted,
        "tokens_per_second_sum": counted / 4,
        "tokens_per_second_count": 1,
        "lasted": 6,
    }


def fail(_: Meter) -> None:
    raise ModelFault("timeout_total")


def leave(_: Meter) -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize(("end", "outcome"), [(fail, "timeout_total"), (leave, "stopped")])
def test_how_a_call_ended_is_counted(end: Callable[[Meter], None], outcome: str) -> None:
    before = measured("call_seconds_count", outcome=outcome)
    spoke = measured("tokens_per_second_count")
    with suppress(ModelFault, asyncio.CancelledError), metered(Clock()) as meter:
        end(meter)
    assert measured("call_seconds_count", outcome=outcome) == before + 1
    assert measured("tokens_per_second_count") == spoke, "there was no piece"
