"""Measures one call of the model: how long until it spoke, how long in all, and how fast it wrote."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.core import metrics
from app.core.clock import Monotonic
from app.llm.dialects import Step
from app.text.model import ModelFault


class Meter:
    """Times are of `clock`, in seconds."""

    def __init__(self, clock: Monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._spoke: float | None = None
        self._pieces = 0
        self._tokens: int | None = None

    def note(self, step: Step) -> None:
        """A line of the answer has come in."""
        if step.text:
            self._pieces += 1
            if self._spoke is None:
                self._spoke = self._clock()
                metrics.model_first_token_seconds.observe(self._spoke - self._began)
        if step.tokens is not None:
            self._tokens = step.tokens

    def end(self, outcome: str) -> None:
        """The call is over: `done`, `stopped`, or the code of its fault."""
        now = self._clock()
        metrics.model_call_seconds.labels(outcome).observe(now - self._began)
        tokens = self._tokens or self._pieces
        metrics.model_tokens.inc(tokens)
        if self._spoke is not None and now > self._spoke:
            metrics.model_tokens_per_second.observe(tokens / (now - self._spoke))


@contextmanager
def metered(clock: Monotonic) -> Iterator[Meter]:
    """Around one call; whoever stops listening has stopped it."""
    meter = Meter(clock)
    outcome = "stopped"
    try:
        yield meter
        outcome = "done"
    except ModelFault as fault:
        outcome = fault.code
        raise
    finally:
        meter.end(outcome)
