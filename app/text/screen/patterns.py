"""Patterns: who does what to whom, written so that a teacher can read them (lexicon/screen/README.md).

A file of patterns gives its reason. A pattern is a row of slots, each a choice of words, with gaps of a few
words between them. All of it stands in one clause unless a `~~` says that it may span a sentence. Every gap
is bounded, so that a search costs time in proportion to the length of the text.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

from app.text.screen.tokens import Token, disguised, tokens
from app.text.screen.word_sets import WordSets

DEFAULT_GAP = 3
WIDE_GAP = 8


class Found(NamedTuple):
    """What a pattern fits: text[start:end]."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A slot (`fits` is its number), or a gap of up to `gap` words when `fits` is -1."""

    fits: int
    gap: int = 0
    optional: bool = False


@dataclass(frozen=True, slots=True)
class _Pattern:
    before: tuple[_Part, ...]
    """What stands before the anchor, nearest first."""
    after: tuple[_Part, ...]
    needed: frozenset[int]
    begins: bool
    ends: bool
    wide: bool
    """May leave its clause, though never its sentence."""
    reach: int
    """How many words behind its last slot it covers too: a gap at the end, which look-alikes have."""


class PatternFile:
    """The patterns of one reason, with the look-alikes that they must leave alone."""

    def __init__(self, reason: str, lines: Iterable[str], sets: WordSets) -> None:
        """`lines` are those of a file; the sets that it defines are its own."""
        self._reason = reason
        self._sets = sets
        self._wanted: dict[int, list[_Pattern]] = {}
        self._certain: dict[int, list[_Pattern]] = {}
        self._guards: dict[int, list[_Pattern]] = {}
        self._alone: set[int] = set()
        for line in sets.define(lines, reason):
            index = {"! ": self._guards, "+ ": self._certain}.get(line[:2])
            for row in _rows((line if index is None else line[2:]).split()):
                self._add(row, self._wanted if index is None else index)

    def _add(self, row: Sequence[str], index: dict[int, list[_Pattern]]) -> None:
        begins, ends = row[0] == "<", row[-1] == ">"
        parts = [self._part(item) for item in row if item not in {"<", ">"}]
        reach = parts.pop().gap if parts[-1].fits < 0 else 0
        slots = [at for at, part in enumerate(parts) if part.fits >= 0 and not part.optional]
        if not slots:
            raise ValueError(f"a pattern needs a slot: {' '.join(row)!r}")
        anchor = min(slots, key=lambda at: (self._sets.is_common(parts[at].fits), at))
        number = parts[anchor].fits
        if len(parts) == 1 and not (begins or ends) and index is self._wanted:
            self._alone.add(number)
        pattern = _Pattern(
            before=tuple(reversed(parts[:anchor])),
            after=tuple(parts[anchor + 1 :]),
            needed=frozenset(parts[at].fits for at in slots),
            begins=begins,
            ends=ends,
            wide="~~" in row,
            reach=reach,
        )
        index.setdefault(number, []).append(pattern)

    def _part(self, item: str) -> _Part:
        if item.startswith("~"):
            width = item.lstrip("~")
            return _Part(-1, int(width) if width else WIDE_GAP if item == "~~" else DEFAULT_GAP)
        bare = item.removesuffix("?")
        return _Part(self._sets.slot(bare, self._reason), optional=bare != item)

    def search(self, read: "Read") -> list[Found]:
        """Everything that a pattern fits and that no look-alike overlaps."""
        found = _search(self._wanted, read)
        for token, slots in read.strong:
            if slots & self._alone:
                found.append(Found(token.start, token.end))
        if found:
            excused = _Intervals(_search(self._guards, read))
            found = [one for one in found if not excused.touch(one)]
        return sorted({*found, *_search(self._certain, read)})


class Read:
    """A text as the patterns see it: made once, searched by each file."""

    def __init__(self, text: str, sets: WordSets) -> None:
        self.tokens = tokens(text)
        self.slots = [sets.slots_of(token.forms) for token in self.tokens]
        self.strong = [
            (token, slots) for token in disguised(text) if (slots := sets.strong_slots_of(token.forms))
        ]
        for first, second in zip(self.tokens, self.tokens[1:], strict=False):
            joined = sets.strong_slots_of((first.forms[0] + second.forms[0],), exactly=True)
            if joined and first.clause == second.clause:
                pair = Token(first.start, second.end, (), first.clause, first.sentence)
                self.strong.append((pair, joined))
        self.clause_of = _bounds([token.clause for token in self.tokens])
        self.sentence_of = _bounds([token.sentence for token in self.tokens])
        self._here = {at: frozenset().union(*self.slots[at[0] : at[1]]) for at in set(self.clause_of)}
        self._around = {at: frozenset().union(*self.slots[at[0] : at[1]]) for at in set(self.sentence_of)}

    def words_near(self, pattern: _Pattern, at: int) -> frozenset[int]:
        """The slots that words fit in the clause, or sentence, in which this pattern would have to stand."""
        return self._around[self.sentence_of[at]] if pattern.wide else self._here[self.clause_of[at]]


class _Intervals:
    """Spans put together, so that whether one of them is touched is found without looking at each."""

    def __init__(self, spans: Iterable[Found]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for span in sorted(spans):
            if self._ends and span.start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], span.end)
            else:
                self._starts.append(span.start)
                self._ends.append(span.end)

    def touch(self, span: Found) -> bool:
        at = bisect_left(self._starts, span.end) - 1
        return at >= 0 and self._ends[at] > span.start


def _search(index: dict[int, list[_Pattern]], read: Read) -> list[Found]:
    found: list[Found] = []
    possible: dict[tuple[tuple[int, int], int], list[_Pattern]] = {}
    anchors: dict[frozenset[int], frozenset[int]] = {}
    for at, slots in enumerate(read.slots):
        if slots not in anchors:
            anchors[slots] = slots & index.keys()
        for number in anchors[slots]:
            key = (read.clause_of[at], number)
            if key not in possible:
                possible[key] = [one for one in index[number] if one.needed <= read.words_near(one, at)]
            found += _fits_at(possible[key], read, at)
    return found


def _fits_at(patterns: Iterable[_Pattern], read: Read, at: int) -> Iterator[Found]:
    """The patterns whose anchor is the token at `at`; all that they need stands near it."""
    for pattern in patterns:
        bounds = (read.sentence_of if pattern.wide else read.clause_of)[at]
        first = _walk(pattern.before, read.slots, at, -1, bounds)
        if pattern.begins:
            first = {one for one in first if one == read.clause_of[one][0]}
        if not first:
            continue
        last = _walk(pattern.after, read.slots, at, 1, bounds)
        if pattern.ends:
            last = {one for one in last if one == read.clause_of[one][1] - 1}
        if last:
            end = min(min(last) + pattern.reach, bounds[1] - 1)
            yield Found(read.tokens[max(first)].start, read.tokens[end].end)


def _walk(
    parts: tuple[_Part, ...], slots: Sequence[frozenset[int]], at: int, step: int, bounds: tuple[int, int]
) -> set[int]:
    """Where the outermost token of these parts can be, walking from the anchor; empty when none fits."""
    low, high = bounds
    reached = {at}
    ends = {at}
    for part in parts:
        if part.fits < 0:
            reached = {
                one + step * skipped
                for one in reached
                for skipped in range(part.gap + 1)
                if low <= one + step * skipped < high
            }
            continue
        fitting = {
            one + step for one in reached if low <= one + step < high and part.fits in slots[one + step]
        }
        reached = fitting | reached if part.optional else fitting
        ends = fitting | ends if part.optional else fitting
        if not reached:
            return set()
    return ends


def _bounds(groups: Sequence[int]) -> list[tuple[int, int]]:
    """For each place, where its group begins and ends."""
    bounds: list[tuple[int, int]] = []
    start = 0
    for at in range(1, len(groups) + 1):
        if at == len(groups) or groups[at] != groups[start]:
            bounds += [(start, at)] * (at - start)
            start = at
    return bounds


def _rows(items: Sequence[str]) -> Iterator[list[str]]:
    """The items of a line, with `{ a b }` written out in every order, and `a|>` as a word or the end."""
    if items[-1].endswith("|>"):
        yield from _rows([*items[:-1], items[-1].removesuffix("|>")])
        row = list(items[:-1])
        while row[-1].startswith("~"):
            row.pop()
        yield from _rows([*row, ">"])
        return
    opens = next((at for at, item in enumerate(items) if item.startswith("{")), None)
    if opens is None:
        yield list(items)
        return
    closes = items.index("}", opens)
    gap = f"~{items[opens][1:]}"
    inner = items[opens + 1 : closes]
    if gap == "~" and inner[0].isdigit():
        gap, inner = f"~{inner[0]}", inner[1:]
    for order in permutations(inner):
        row = [part for item in order for part in (item, gap)][:-1]
        for rest in _rows([*row, *items[closes + 1 :]]):
            yield [*items[:opens], *rest]
