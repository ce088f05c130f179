"""Collecting entries: the checks that every format shares, each a problem of its own row and of no other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.imports.parsing.cells import clean, one_line, parse_date, parse_score
from app.imports.parsing.names import match_key
from app.imports.parsing.problems import Code, Params, Problem
from app.imports.parsing.types import SCORE_MAX, SCORE_MIN, Entry, Kind

MAX_COMMENT = 10_000
MAX_CRITERION = 200

_KINDS: Mapping[str, Kind] = {
    "peer": "peer",
    "peers": "peer",
    "medeleerling": "peer",
    "teamgenoot": "peer",
    "groepsgenoot": "peer",
    "self": "self",
    "self assessment": "self",
    "zelf": "self",
    "zelfbeoordeling": "self",
    "zelfevaluatie": "self",
}


def knows_kind(text: str) -> bool:
    """Whether this is a word for peer or self, or nothing at all."""
    return not text or match_key(text) in _KINDS


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as the file has it: who by their places in the list of people, the rest as text."""

    row: int
    reviewer: int
    reviewee: int
    kind: str = ""
    criterion: str = ""
    score: str = ""
    comment: str = ""
    created_at: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What the file calls these fields, for problems."""


class Collector:
    """Takes entries one by one; keeps the good ones, and the problems of the others."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.problems: list[Problem] = []
        self._criteria: dict[str, str] = {}
        self._rows: dict[tuple[int, int, str | None, Kind], Entry] = {}

    @property
    def criteria(self) -> tuple[str, ...]:
        """In order of first appearance, each as it was written first."""
        return tuple(self._criteria.values())

    def criterion(self, text: str) -> str | None:
        """The criterion of this name, whatever its case and spaces; None for no name."""
        name = one_line(text)[:MAX_CRITERION]
        return self._criteria.setdefault(match_key(name) or name, name) if name else None

    def add(self, raw: RawEntry) -> None:
        """Checks one entry."""
        kind = self._kind(raw)
        if kind is None:
            return
        score, comment = self._score(raw), self._comment(raw)
        if score is None and comment is None:
            self._problem(raw, Code.NOTHING_SAID)
            return
        if (
            len(raw.criterion) > MAX_CRITERION
            and match_key(raw.criterion[:MAX_CRITERION]) not in self._criteria
        ):
            self._problem(raw, Code.TEXT_CUT, "criterion", {"limit": MAX_CRITERION})
        criterion = self.criterion(raw.criterion)
        date = self._date(raw)
        self._keep(raw, Entry(raw.reviewer, raw.reviewee, criterion, score, comment, kind, date, raw.row))

    def _problem(self, raw: RawEntry, code: Code, name: str = "", params: Params | None = None) -> None:
        self.problems.append(Problem(code, raw.row, raw.titles.get(name, name), params or {}))

    def _keep(self, raw: RawEntry, entry: Entry) -> None:
        identity = (entry.reviewer, entry.reviewee, entry.criterion, entry.kind)
        first = self._rows.setdefault(identity, entry)
        if first is entry:
            self.entries.append(entry)
            return
        same = (first.score, first.comment) == (entry.score, entry.comment)
        code = Code.DUPLICATE_SAME if same else Code.DUPLICATE_DIFFERS
        self._problem(raw, code, params={"other": first.row})

    def _kind(self, raw: RawEntry) -> Kind | None:
        """What it says, or what follows from who it is about when it says nothing."""
        own = raw.reviewer == raw.reviewee
        said = _KINDS.get(match_key(raw.kind)) if raw.kind else ("self" if own else "peer")
        if said is None:
            self._problem(raw, Code.UNKNOWN_TYPE, "kind")
        elif said == "self" and not own:
            self._problem(raw, Code.SELF_ABOUT_OTHER, "kind")
            return None
        elif said == "peer" and own:
            self._problem(raw, Code.PEER_ABOUT_SELF, "kind")
            return "self"
        return said

    def _score(self, raw: RawEntry) -> Decimal | None:
        if not raw.score.strip():
            return None
        score = parse_score(raw.score)
        if score is None:
            self._problem(raw, Code.SCORE_NOT_NUMBER, "score")
        elif not SCORE_MIN <= score <= SCORE_MAX:
            self._problem(raw, Code.SCORE_OUT_OF_RANGE, "score", {"low": SCORE_MIN, "high": SCORE_MAX})
            return None
        return score

    def _comment(self, raw: RawEntry) -> str | None:
        comment = clean(raw.comment)
        if len(comment) > MAX_COMMENT:
            self._problem(raw, Code.TEXT_CUT, "comment", {"limit": MAX_COMMENT})
        return comment[:MAX_COMMENT].rstrip() or None

    def _date(self, raw: RawEntry) -> datetime | None:
        if not raw.created_at.strip():
            return None
        date = parse_date(raw.created_at)
        if date is None:
            self._problem(raw, Code.DATE_NOT_UNDERSTOOD, "created_at")
        return date
