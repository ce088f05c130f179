"""What is measured of one call of the model, by a clock that the test moves."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
from prometheus_client import REGISTRY

from app.llm.dialects import Step
from app.llm.meter import Meter, metered
from app.text.model import ModelFault


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def measured(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"terugblik_model_{name}", labels) or 0.0


def call(tokens: int | None) -> dict[str, float]:
    """A call that speaks after 2 s, writes three pieces and ends 4 s later; what it added to each number."""
    names = ("first_token_seconds_sum", "tokens_total", "tokens_per_second_sum", "tokens_per_second_count")
    before = {name: measured(name) for name in names}
    lasted = measured("call_seconds_sum", outcome="done")
    clock = Clock()
    with metered(clock) as meter:
        clock.now += 1
        meter.note(Step())  # it thinks
        clock.now += 1
        for piece in ("Je", " was", " er."):
            meter.note(Step(text=piece))
        clock.now += 4
        meter.note(Step(done=True, tokens=tokens))
    after = {name: measured(name) - before[name] for name in names}
    return after | {"lasted": measured("call_seconds_sum", outcome="done") - lasted}


@pytest.mark.parametrize(("tokens", "counted"), [(12, 12), (None, 3)])
def test_how_long_until_it_spoke_and_how_fast_it_wrote(tokens: int | None, counted: int) -> None:
    """Tokens are those that the server counts, or else the pieces."""
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
def test_how_a_call_ended_is_told(end: Callable[[Meter], None], outcome: str) -> None:
    before = measured("call_seconds_count", outcome=outcome)
    spoke = measured("tokens_per_second_count")
    with suppress(ModelFault, asyncio.CancelledError), metered(Clock()) as meter:
        end(meter)
    assert measured("call_seconds_count", outcome=outcome) == before + 1
    assert measured("tokens_per_second_count") == spoke, "it said nothing"
