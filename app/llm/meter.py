"""Measures one call of the model: the time to its first piece, the total time, and the speed."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.core import metrics
from app.core.clock import Monotonic
from app.llm.dialects import AnswerStep
from app.text.model import ModelFault


class Meter:
    """The measurements of one call. Times are in seconds of `clock`."""

    def __init__(self, clock: Monotonic) -> None:
        self._clock = clock
        self._started_at = clock()
        self._first_piece_at: float | None = None
        self._pieces = 0
        self._tokens: int | None = None

    def record(self, step: AnswerStep) -> None:
        """Count a line of the answer."""
        if step.text:
            self._pieces += 1
            if self._first_piece_at is None:
                self._first_piece_at = self._clock()
                metrics.model_first_token_seconds.observe(self._first_piece_at - self._started_at)
        if step.tokens is not None:
            self._tokens = step.tokens

    def end(self, outcome: str) -> None:
        """Publish the metrics of the call. `outcome` is `done`, `stopped`, or the code of its fault."""
        now = self._clock()
        metrics.model_call_seconds.labels(outcome).observe(now - self._started_at)
        tokens = self._tokens or self._pieces
        metrics.model_tokens.inc(tokens)
        if self._first_piece_at is not None and now > self._first_piece_at:
            metrics.model_tokens_per_second.observe(tokens / (now - self._first_piece_at))


@contextmanager
def metered(clock: Monotonic) -> Iterator[Meter]:
    """Measure the call that the block makes. A call is `stopped` when its reader leaves it."""
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
