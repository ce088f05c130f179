"""Answers that are not in the agreed form: how often the model may try, and which faults count as such."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from app.text.model import ModelFault
from app.text.parse import FormatFault

TRIES = 2
"""How often the model may give one answer or write one sentence."""
_OF_THE_ANSWER = frozenset({"bad_answer", "too_long"})
"""The model said nothing, or never stopped: another answer may be better, another time would not be."""


@contextmanager
def counted(checks: Counter[str]) -> Iterator[None]:
    """Count a fault of format within and go on behind it. A ModelFault of the server still rises."""
    try:
        yield
    except FormatFault as fault:
        checks[f"format_{fault.code}"] += 1
    except ModelFault as fault:
        if fault.code not in _OF_THE_ANSWER:
            raise
        checks[f"format_{fault.code}"] += 1
