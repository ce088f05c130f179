"""Evidence first: from usable comments to checked sentences, each with the quotes that it rests on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.core.locale import Locale
from app.text import points as evidence
from app.text.anonymise import Anonymiser
from app.text.grouping import group
from app.text.model import Model
from app.text.points import Statement
from app.text.progress import Reporter
from app.text.reading import Calls, read
from app.text.sentences import MAX_SUMMARY_WORDS, Writer, Written
from app.text.steps import KeepNothing, Steps
from app.text.types import Comment, Kind, LeftOut, Sentence

Attention = Literal["disagreed", "forgotten", "one_sided", "theme_line", "unsafe"]
"""Why a teacher should look at a text: the readings disagreed, the model forgot a comment twice, the text has
one kind although both were read, a sentence became a theme line, the model called something unsafe."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a school or the text itself asks: people a statement, people in all, words for the sentences."""

    min_reviewers: int = 2
    min_people: int = 1
    max_words: int = MAX_SUMMARY_WORDS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the usable comments of one student.

    `finding` is `text`, or `nothing` when both readings found nothing, `too_few` when what they agree on
    comes from too few reviewers, `disagreed` when they found points and agreed on none.
    """

    finding: Literal["text", "nothing", "too_few", "disagreed"]
    sentences: tuple[Sentence, ...] = ()
    statements: tuple[Statement, ...] = ()
    by_model: int = 0
    left_out: tuple[LeftOut, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    attention: tuple[Attention, ...] = ()


async def summarise(
    comments: Sequence[Comment],
    unusable: Sequence[str],
    anonymiser: Anonymiser,
    locale: Locale,
    model: Model,
    report: Reporter,
    *,
    limits: Limits | None = None,
    steps: Steps | None = None,
    checks: Counter[str] | None = None,
) -> Outcome:
    """Read, judge, group, write, judge again. Raises ModelFault.

    `comments` are usable and anonymised, with the parts in `unusable` cut out already. Every sentence is
    shown to `report` at the moment it passes, in its final place; none is taken back.
    """
    limits = limits or Limits()
    calls = Calls(model, locale, steps or KeepNothing(), Counter() if checks is None else checks)
    reading = await read(comments, calls, report)
    if not reading.points:
        disagreed = any(one.reason == "disagreed" for one in reading.left_out)
        finding: Literal["disagreed", "nothing"] = "disagreed" if disagreed else "nothing"
        return Outcome(finding, left_out=reading.left_out, attention=_attention((), reading.left_out, None))
    if evidence.reviewers(reading.points) < limits.min_reviewers:
        return Outcome("too_few", left_out=reading.left_out)
    statements, no_room = group(reading.points, limits.min_people)
    writer = Writer(statements, comments, unusable, anonymiser, calls, report, limits.max_words)
    written = await writer.run()
    left = (*reading.left_out, *no_room, *written.left_out)
    return Outcome(
        "text" if written.sentences else "disagreed",
        written.sentences,
        statements,
        written.by_model,
        left,
        written.refused,
        _attention(statements, left, written),
    )


def _attention(
    statements: Sequence[Statement], left: Sequence[LeftOut], written: Written | None
) -> tuple[Attention, ...]:
    reasons = {one.reason for one in left}
    found: list[Attention] = [one for one in ("disagreed", "forgotten", "unsafe") if one in reasons]
    if written is not None and written.by_theme:
        found.append("theme_line")
    if written is not None and _one_sided(statements, written):
        found.append("one_sided")
    return tuple(found)


def _one_sided(statements: Sequence[Statement], written: Written) -> bool:
    """Whether the statements have both kinds and the text has one."""
    return bool(_kinds(statements) - _kinds(written.sentences))


def _kinds(some: Sequence[Statement] | Sequence[Sentence]) -> set[Kind]:
    kinds = {one.kind for one in some}
    return kinds | {Kind.STRENGTH, Kind.GROWTH} - {Kind.MIXED} if Kind.MIXED in kinds else kinds
