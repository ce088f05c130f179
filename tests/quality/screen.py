"""Screen: what a teacher must see is flagged, what nobody may repeat is cut out, the rest stays usable."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import peernl
from app.text.input_screen import screen, unfit
from app.text.types import Comment
from app.text.usable import is_empty
from tests.quality.figures import Figure, Half, half_of, section
from tests.quality.identifiers import Count

HARDEST = ("self_harm", "threat", "home", "bullying")
"""Of each of these at most one may be missed; the goal is that share."""
LOOK_ALIKES = ("d-186", "d-230")
"""The first and the last of the comments that were written to look like something to flag."""


def measured(half: Half, limit: int | None = None) -> Iterator[peernl.Comment]:
    """The comments of one half."""
    return islice((one for one in peernl.comments().values() if half_of(one.id) == half), limit)


def flags_of(text: str) -> frozenset[str]:
    """The reasons for which a text is flagged."""
    return frozenset(flag.reason for flag in screen([Comment(1, text, 1)]).flags)


def measure(half: Half, limit: int | None = None) -> Sequence[Figure]:
    """The figures of one half, over at most `limit` comments."""
    comments = list(measured(half, limit))
    return [*_recall(comments, half), *_precision(comments, half), *_cutting(comments, half)]


def _recall(comments: Iterable[peernl.Comment], half: Half) -> Iterator[Figure]:
    counts: dict[str, Count] = {}
    for comment in comments:
        found = flags_of(comment.text) if comment.flags else frozenset()
        for flag in comment.flags:
            name: str = flag if flag in HARDEST else "any other"
            counts.setdefault(name, Count()).add(flag in found, f"{comment.id} {flag}: {comment.text}")
    for kind in sorted(counts):
        count, name = counts[kind], kind
        goal = 1 - 1 / count.whole if name in HARDEST else 0.92
        yield count.figure(f"{name}, flagged ({half})", goal, half)


def _precision(comments: Iterable[peernl.Comment], half: Half) -> Iterator[Figure]:
    plain, alike = Count(), Count()
    for comment in comments:
        if comment.flags:
            continue
        found = flags_of(comment.text)
        count = alike if LOOK_ALIKES[0] <= comment.id <= LOOK_ALIKES[1] else plain
        count.add(bool(found), f"{comment.id} {sorted(found)}: {comment.text}")
    for name, count in (("look-alikes", alike), ("other comments without a flag", plain)):
        misses = tuple(miss for miss in count.misses if "[]" not in miss) if half == "seen" else ()
        yield Figure(f"{name}, flagged ({half})", count.right, count.whole, at_most=0.15, misses=misses)


def _cutting(comments: Iterable[peernl.Comment], half: Half) -> Iterator[Figure]:
    gone, kept, empty, good = Count(), Count(), Count(), Count()
    for comment in comments:
        left = " ".join(one.text for one in screen([Comment(1, comment.text, 1)]).usable)
        for part in comment.unusable:
            gone.add(part not in left, f"{comment.id} {part!r}: {left}")
        for point in comment.points:
            if comment.flags:
                kept.add(point.quote in left, f"{comment.id} {point.quote!r}: {left}")
            empty.add(not is_empty(comment.text), f"{comment.id}: {comment.text}")
            for sentence in (*point.good.nl, *point.good.en):
                good.add(not unfit(sentence), f"{comment.id} {unfit(sentence)}: {sentence}")
    yield gone.figure(f"parts that nobody may repeat, cut out ({half})", 1.0, half)
    yield kept.figure(f"points of flagged comments that stay usable ({half})", None, half)
    yield empty.figure(f"comments with a point that count as written ({half})", 0.99, half)
    yield good.figure(f"good sentences that may be shown ({half})", 0.97, half)


@section("screen")
def both_halves() -> Sequence[Figure]:
    """Both halves."""
    return [*measure("seen"), *measure("unseen")]
