"""Findings: where a text points at a person, of which kind, and why it is thought so."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

Kind = Literal[
    "name", "possessive", "names", "email", "url", "handle", "phone", "number", "class", "place", "indirect"
]


class Finding(NamedTuple):
    """One part of a text that must go."""

    start: int
    end: int
    kind: Kind
    reason: str
    """The rule that found it, for whoever wonders: "roster", "typing error", "unknown capital"."""


def apart(findings: Iterable[Finding]) -> list[Finding]:
    """The findings left to right; those that overlap become the first of them, widened."""
    found: list[Finding] = []
    for one in sorted(findings, key=lambda one: (one.start, -one.end)):
        if found and one.start < found[-1].end:
            found[-1] = found[-1]._replace(end=max(one.end, found[-1].end))
        else:
            found.append(one)
    return found
