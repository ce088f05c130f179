"""Screen: take out of the comments what must never reach a summary, and flag it to the teacher.

It looks for more than there is: a flag too many costs a teacher a glance, one too few may cost a pupil a lot.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import get_args

from app.text.normalise import visible
from app.text.screen.cut import remains
from app.text.screen.reasons import findings, hides_text, reasons
from app.text.tokens import Phrases, lexicon, words
from app.text.types import Comment, Flag, FlagReason
from app.text.usable import is_empty

REASONS: tuple[FlagReason, ...] = get_args(FlagReason)
"""In the order in which a teacher's list shows them."""
URGENT: frozenset[FlagReason] = frozenset({"self_harm", "threat", "home"})
"""These stand on top of the list, whatever else is on it."""
_HELD: frozenset[FlagReason] = frozenset({"self_harm", "threat", "home", "sexual", "bullying"})


@dataclass(frozen=True, slots=True)
class Screened:
    """What is left of the comments."""

    usable: tuple[Comment, ...]
    """Comments that may be summarised, without the words that may not."""
    empty: tuple[int, ...]
    """Numbers of comments that say nothing: "ok", "-"; read, and no claim may rest on them."""
    flags: tuple[Flag, ...]
    """The urgent reasons first, each with the number of its comment."""

    @property
    def held_for(self) -> frozenset[FlagReason]:
        """Why no text may be shown before a teacher has looked; empty when it may."""
        return frozenset(flag.reason for flag in self.flags if holds(flag.reason))


def holds(reason: FlagReason) -> bool:
    """Whether a text waits for a teacher when one of its comments has this flag, under any policy."""
    return reason in _HELD


def screen(comments: Iterable[Comment]) -> Screened:
    """Cut unfit words out, set empty comments apart, and flag what a teacher should see.

    See `screen.cut.WHOLE` for the reasons that take a whole comment out.
    """
    usable: list[Comment] = []
    empty: list[int] = []
    flags: list[Flag] = []
    for comment in comments:
        text = visible(comment.text)
        found = findings(text)
        why = {finding.reason for finding in found}
        if hides_text(comment.text):
            why.add("injection")
        flags += [Flag(comment.number, reason) for reason in why]
        left = _fit(text) if found else text
        if not is_empty(left):
            usable.append(replace(comment, text=left))
        elif not found:
            empty.append(comment.number)
    flags.sort(key=lambda flag: (REASONS.index(flag.reason), flag.comment))
    return Screened(tuple(usable), tuple(empty), tuple(flags))


def unfit(text: str) -> tuple[FlagReason, ...]:
    """Why this text may not stand in a summary; empty when it may. Swearing of any kind may not."""
    found = set(reasons(text))
    if _OUTPUT.find(words(visible(text))):
        found.add("insult")
    return tuple(sorted(found))


def _fit(text: str) -> str:
    """What remains of a text in which something was found; nothing when that, too, is not fit."""
    left = remains(text, findings(text))
    return "" if findings(left) else left


_OUTPUT = Phrases(lexicon("swearing"))
