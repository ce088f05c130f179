"""What an import would write: a file's entries against those that are there. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.evaluations.read_models import Kind
from app.imports.issues import Issue, IssueCode
from app.imports.parsing.names import match_key
from app.imports.parsing.types import Understood


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry that is stored, and the import that it came with."""

    entry_id: int
    reviewer_id: int
    reviewee_id: int
    criterion: str | None
    kind: str
    score: Decimal | None
    comment: str | None
    written_at: datetime | None
    import_run_id: int | None


@dataclass(frozen=True, slots=True)
class WantedEntry:
    """An entry of the file, with user ids; a person who is still to be made has a negative one."""

    reviewer_id: int
    reviewee_id: int
    criterion: str | None
    kind: Kind
    score: Decimal | None
    comment: str | None
    written_at: datetime | None
    row: int


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """Entries to add, entries to change with what they were, and how many stay as they are."""

    new: tuple[WantedEntry, ...]
    changed: tuple[tuple[KnownEntry, WantedEntry], ...]
    same: int
    issues: tuple[Issue, ...]

    @property
    def retold(self) -> frozenset[int]:
        """Ids of the pupils about whom a comment is new, gone or different."""
        added = {entry.reviewee_id for entry in self.new if entry.comment}
        changed = {entry.reviewee_id for known, entry in self.changed if known.comment != entry.comment}
        return frozenset(added | changed)


_Key = tuple[int, int, str | None, str]


_NUMBERED_TEAM = re.compile(r"(?:team|groep|groepje|group|projectgroep|projectteam) ?(\d{1,3})")


def criterion_key(name: str) -> str:
    """Equal for names that differ in case, accents or spaces only."""
    return match_key(name) or name


def team_key(name: str) -> str:
    """As `criterion_key`; and "Groep 1", "Team 1" and "1" are one team, for rosters number theirs."""
    key = criterion_key(name)
    numbered = _NUMBERED_TEAM.fullmatch(key)
    return numbered[1] if numbered else key


def as_stored(names: Sequence[str], stored: Sequence[str], key: Callable[[str], str]) -> dict[str, str]:
    """The file's names of teams or criteria → the stored ones, where `key` is the same."""
    known = {key(name): name for name in stored}
    return {name: known.setdefault(key(name), name) for name in names}


def plan_entries(
    understood: Understood,
    ids: Mapping[int, int],
    staff: Set[int],
    criteria: Mapping[str, str],
    stored: Sequence[KnownEntry],
) -> EntryPlan:
    """Compare. `ids` is by place in `understood.people`; who is not in it is left out, entries included."""
    known = {(e.reviewer_id, e.reviewee_id, e.criterion, e.kind): e for e in stored}
    seen: dict[_Key, int] = {}
    issues: list[Issue] = []
    new: list[WantedEntry] = []
    changed: list[tuple[KnownEntry, WantedEntry]] = []
    same = 0
    for wanted in _wanted(understood, ids, staff, criteria, issues):
        key = (wanted.reviewer_id, wanted.reviewee_id, wanted.criterion, wanted.kind)
        if key in seen:
            issues.append(Issue(IssueCode.SAME_AFTER_MATCHING, wanted.row, params={"other": seen[key]}))
            continue
        seen[key] = wanted.row
        there = known.get(key)
        if there is None:
            new.append(wanted)
        elif (there.score, there.comment) != (wanted.score, wanted.comment):
            changed.append((there, wanted))
        else:
            same += 1
    return EntryPlan(tuple(new), tuple(changed), same, tuple(issues))


def _wanted(
    understood: Understood,
    ids: Mapping[int, int],
    staff: Set[int],
    criteria: Mapping[str, str],
    issues: list[Issue],
) -> list[WantedEntry]:
    """The entries whose people are all clear; a doubt for each other one."""
    wanted: list[WantedEntry] = []
    for entry in understood.entries:
        unclear = [index for index in (entry.reviewer, entry.reviewee) if index not in ids]
        if unclear:
            other = understood.people[unclear[0]].row or 0
            issues.append(Issue(IssueCode.PERSON_LEFT_OUT, entry.row, params={"other": other}))
            continue
        reviewer_id, reviewee_id = ids[entry.reviewer], ids[entry.reviewee]
        if reviewee_id in staff:
            name = understood.people[entry.reviewee].label
            issues.append(Issue(IssueCode.IS_STAFF, entry.row, params={"name": name}))
            continue
        wanted.append(
            WantedEntry(
                reviewer_id=reviewer_id,
                reviewee_id=reviewee_id,
                criterion=criteria[entry.criterion] if entry.criterion else None,
                kind="self" if reviewer_id == reviewee_id else "peer",
                score=entry.score,
                comment=entry.comment,
                written_at=entry.created_at,
                row=entry.row,
            )
        )
    return wanted
