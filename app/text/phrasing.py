"""Wording: what the rule-based writer says about each topic; the shapes that the two languages fill."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """How one topic is spoken of in one language."""

    subject: str
    """With "your": "je planning", "your planning"."""
    strong: str
    """The praise in telegram style, as a claim: "werkt goed samen"."""
    wish: str
    """The wish in telegram style, as a claim: "mag beter samenwerken"."""
    praise: tuple[str, str]
    """What team-mates find, after "dat" or "that"."""
    hope: tuple[str, str]
    """What team-mates would like to see, after "dat" or "that". A wish blames nobody."""
    step: tuple[str, str]
    """Tips for who wants to grow here."""
    keep: str
    """A tip for whose strength this is."""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """The frames of one language around the wording of a topic."""

    one: tuple[str, ...]
    few: tuple[str, ...]
    most: str
    everyone: str
    praise: tuple[tuple[str, str], ...]
    """(singular, plural) verbs with their conjunction, before a `praise`."""
    hope: tuple[tuple[str, str], ...]
    self_praise: str
    self_hope: str
    differ: tuple[str, ...]
    """Frames with {subject}: opinions differ about it, counted or not."""
    strong_more: str
    hope_more: str
    differ_more: str
    general_tips: tuple[str, ...]
    too_few: tuple[str, ...]
    nothing_concrete: tuple[str, ...]
