"""Topics: what a clause is about, from the same lexicon for Dutch and English."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from app.text.polarity import Polarity, clauses, cues, judge_clause
from app.text.tokens import CACHED, Hit, Phrases, lexicon, words

GENERAL = "general"
"""Stands for a judgement that is about nothing in particular: "Je bent top!"."""

OBJECTS = frozenset({"presenting", "writing", "making", "planning", "sharing", "agreements"})
"""Things that behaviour can be about: who helped with the presentation did not thereby present well."""
_BEHAVIOUR = frozenset(
    {"helping", "communication", "initiative", "creativity", "listening", "feedback", "effort"}
)
_GENERIC = ("atmosphere", "quality", "punctuality")
"""Topics that give way to any other in the same clause: "te laat ingeleverd" is about deadlines."""
_BACKWARD = frozenset({"dat", "dit", "that", "this", "which", "wat", "daardoor", "so", "dus", "it", "het"})
_POINTING = _BACKWARD - {"it", "het"}
"""These always mean the clause before; "het was gezellig" can be about the atmosphere itself."""


@dataclass(frozen=True, slots=True)
class Point:
    """One clause of a comment with what it is about and what it says of that."""

    clause: str
    topics: frozenset[str]
    polarity: Polarity


@lru_cache(maxsize=CACHED)
def topics_of_clause(clause: str) -> frozenset[str]:
    """The topics of one clause, the specific before the generic; empty when there is none."""
    found = {hit.label for hit in topic_hits(words(clause))}
    if found & _BEHAVIOUR:
        found -= OBJECTS
    for generic in _GENERIC:
        if len(found) > 1:
            found.discard(generic)
    return frozenset(found)


@lru_cache(maxsize=CACHED)
def points(text: str) -> tuple[Point, ...]:
    """The clauses of a text; one that only judges ("…, dat was fijn") takes the topics of the one before.

    Beside a complaint, praise that sounds ironic is UNKNOWN.
    """
    found: list[Point] = []
    for clause in clauses(text):
        topics, polarity = topics_of_clause(clause), judge_clause(clause)
        decided = polarity not in {Polarity.UNKNOWN, Polarity.NEUTRAL}
        vague = decided and topics <= {"atmosphere"} and words(clause)[0] in _BACKWARD
        if vague and found and found[-1].topics:
            before = found[-1]
            if before.polarity is Polarity.UNKNOWN:
                topics = before.topics
            elif words(clause)[0] in _POINTING:
                topics = before.topics if before.polarity is polarity else frozenset()
        found.append(Point(clause, topics, polarity))
    if any(point.polarity is Polarity.NEGATIVE for point in found):
        found = [_believed(point) for point in found]
    return tuple(found)


def _believed(point: Point) -> Point:
    """A point beside a complaint: "Lekker gewerkt hoor, drie weken niks gehoord" praises nothing."""
    ironic = point.polarity is Polarity.POSITIVE and any(
        hit.label == "particle" for hit in cues(words(point.clause))
    )
    return replace(point, polarity=Polarity.UNKNOWN) if ironic else point


def topics_of(texts: Iterable[str]) -> frozenset[str]:
    """All topics of some texts."""
    return frozenset(topic for text in texts for point in points(text) for topic in point.topics)


def points_about(topics: frozenset[str], texts: Iterable[str]) -> list[Point]:
    """The clauses of these texts that share one of these topics."""
    return [point for text in texts for point in points(text) if point.topics & topics]


@lru_cache(maxsize=CACHED)
def topic_hits(text: tuple[str, ...]) -> tuple[Hit, ...]:
    """Where these folded words name a topic."""
    return tuple(hit for hit in _phrases().find(text) if hit.label != "frame")


@cache
def _phrases() -> Phrases:
    return Phrases(lexicon("topics"))
