"""Writing an examined import, with everything that is needed to take it back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import bulk_writes as people_writes
from app.accounts.principal import Principal
from app.core.errors import Conflict
from app.core.recordset import Rows
from app.evaluations import bulk_writes, repository
from app.imports.diff import KnownEntry, WantedEntry
from app.imports.preview import Examination

POLICY = ("release", "min_reviewers", "show_quotes")


@dataclass(slots=True)
class Made:
    """What an import made, as `import_run.created` keeps it. Lists of ids, and rows of what was before."""

    evaluation: int | None = None
    users: list[int] = field(default_factory=list)
    completed: list[dict[str, Any]] = field(default_factory=list)
    """user_id; email, number, aliases that were added; class_name that was set, class_was before."""
    teams: list[int] = field(default_factory=list)
    criteria: list[int] = field(default_factory=list)
    participants: list[int] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    """student_id, team_id before."""
    replaced: list[dict[str, Any]] = field(default_factory=list)
    """id, reviewee_id, and score, comment, written_at and import_run_id before."""

    def as_json(self) -> dict[str, Any]:
        """For the column."""
        return asdict(self)


class _Writer:
    """One import being written; the steps follow each other in `run`."""

    def __init__(self, session: AsyncSession, user: Principal, found: Examination, run_id: int) -> None:
        self.session = session
        self.user = user
        self.found = found
        self.run_id = run_id
        self.made = Made()
        self.evaluation_id = found.evaluation.id if found.evaluation else 0
        self.fresh: dict[int, int] = {}
        """Negative id of the examination → id of the person that was made for it."""

    async def run(self) -> None:
        """1. The evaluation. 2. People. 3. Their places. 4. Entries. 5. Counts and revisions."""
        if self.found.evaluation is None and self.found.into_evaluation:
            await self._add_evaluation()
        await self._add_people()
        await self._complete_people()
        if not self.found.into_evaluation:
            return
        teams = await self._teams()
        await self._places(teams)
        await self._entries(await self._criteria())
        await bulk_writes.recount_feedback(self.session, self.evaluation_id)
        await self._raise_revisions()

    async def _add_evaluation(self) -> None:
        policy = {name: value for name, value in self.found.school.policy.items() if name in POLICY}
        meta = self.found.understood.evaluation
        policy |= {name: getattr(meta, name) for name in POLICY if getattr(meta, name) is not None}
        values = {
            "school_id": self.user.school_id,
            "title": self.found.title,
            "course": self.found.course,
            "created_by": self.user.user_id,
        }
        self.evaluation_id = await bulk_writes.add_evaluation(self.session, values | policy)
        self.made.evaluation = self.evaluation_id
        if self.user.role == "teacher":
            await repository.add_teacher(self.session, self.evaluation_id, self.user.user_id)

    async def _add_people(self) -> None:
        new = self.found.matching.new
        if not new:
            return
        ids = await people_writes.reserve_user_ids(self.session, len(new))
        rows = [
            {
                "id": user_id,
                "given_name": person.name.given or person.name.full,
                "infix": person.name.infix,
                "family_name": person.name.family,
                "aliases": list(person.name.aliases),
                "email": person.email,
                "number": person.number,
                "class_name": person.class_name,
            }
            for user_id, person in zip(ids, new, strict=True)
        ]
        try:
            await people_writes.add_students(self.session, self.user.school_id, self.run_id, rows)
        except IntegrityError as fault:
            raise Conflict(
                "Somebody with one of these numbers or e-mail addresses was added just now; import again."
            ) from fault
        self.made.users = ids
        self.fresh = {-place: user_id for place, user_id in enumerate(ids, 1)}

    async def _complete_people(self) -> None:
        completions = self.found.matching.completions
        if not completions:
            return
        rows = [asdict(completion) for completion in completions]
        await people_writes.complete_students(self.session, self.user.school_id, rows)
        self.made.completed = [
            {**row, "class_was": self.found.known[row["user_id"]].class_name or None} for row in rows
        ]
        renamed = [completion.user_id for completion in completions if completion.aliases]
        if renamed:
            await bulk_writes.raise_revisions_around(self.session, self.user.school_id, renamed)

    async def _teams(self) -> Mapping[str, int]:
        """Name → id of all teams; those that are missing are made."""
        stored = self.found.stored_teams
        missing = [name for name in dict.fromkeys(self.found.teams.values()) if name not in stored]
        if not missing:
            return stored
        made = await bulk_writes.add_teams(self.session, self.evaluation_id, missing)
        self.made.teams = sorted(made.values())
        return {**stored, **made}

    async def _criteria(self) -> Mapping[str, int]:
        """Name → id of all criteria; those that are missing are made, in the order of the file."""
        stored = self.found.stored_criteria
        missing = [name for name in self.found.criteria if name not in stored]
        if not missing:
            return stored
        made = await bulk_writes.add_criteria(self.session, self.evaluation_id, missing, len(stored))
        self.made.criteria = sorted(made.values())
        return {**stored, **made}

    async def _places(self, teams: Mapping[str, int]) -> None:
        """Everybody but staff takes part; who takes part already may change teams."""
        new: dict[int, int | None] = {}
        moved: dict[int, int] = {}
        for index, found_id in self.found.ids.items():
            known = self.found.known.get(found_id)
            team = self.found.teams.get(index)
            if known is not None and not known.is_student:
                continue
            if known is None or not known.in_evaluation:
                new.setdefault(self._real(found_id), teams[team] if team else None)
            elif team and team != known.team and found_id not in moved:
                moved[found_id] = teams[team]
                before = self.found.stored_teams.get(known.team)
                self.made.moved.append({"student_id": found_id, "team_id": before})
        self.made.participants = sorted(new)
        if new:
            await bulk_writes.add_participants(self.session, self.evaluation_id, _places(new))
        if moved:
            await bulk_writes.move_participants(self.session, self.evaluation_id, _places(moved))

    async def _entries(self, criteria: Mapping[str, int]) -> None:
        plan = self.found.plan
        new = [self._entry(entry, criteria) for entry in plan.new]
        if new:
            await bulk_writes.add_entries(
                self.session, self.user.school_id, self.evaluation_id, self.run_id, new
            )
        changed = [
            {**self._said(wanted), "id": known.entry_id, "import_run_id": self.run_id}
            for known, wanted in plan.changed
        ]
        if changed:
            await bulk_writes.change_entries(self.session, self.evaluation_id, changed)
        self.made.replaced = [_before(known) for known, _ in plan.changed]

    async def _raise_revisions(self) -> None:
        """A new name must disappear from every summary of the evaluation; else only the retold are stale."""
        there = {person.user_id for person in self.found.known.values() if person.in_evaluation}
        staff_wrote = any(entry.reviewer_id in self.found.matching.staff for entry in self.found.plan.new)
        new_names = bool(self.made.participants) or staff_wrote
        stale = there if new_names else there & self.found.plan.retold
        if stale:
            await bulk_writes.raise_revisions(self.session, self.evaluation_id, sorted(stale))

    def _entry(self, entry: WantedEntry, criteria: Mapping[str, int]) -> dict[str, object]:
        return {
            **self._said(entry),
            "reviewer_id": self._real(entry.reviewer_id),
            "reviewee_id": self._real(entry.reviewee_id),
            "criterion_id": criteria[entry.criterion] if entry.criterion else None,
            "kind": entry.kind,
        }

    def _said(self, entry: WantedEntry) -> dict[str, object]:
        """A moment without a time zone is the school's local time."""
        moment = entry.written_at
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.found.school.time_zone))
        return {
            "score": None if entry.score is None else str(entry.score),
            "comment": entry.comment,
            "written_at": _iso(moment),
        }

    def _real(self, found_id: int) -> int:
        return self.fresh.get(found_id, found_id)


async def write(session: AsyncSession, user: Principal, found: Examination, run_id: int) -> tuple[int, Made]:
    """Write an import; the id of the evaluation (0: none) and what was made.

    A bounded number of statements, whatever the size of the file. Raises Conflict.
    """
    writer = _Writer(session, user, found, run_id)
    await writer.run()
    return writer.evaluation_id, writer.made


def _places(rows: Mapping[int, int | None] | Mapping[int, int]) -> Rows:
    return [{"student_id": student_id, "team_id": team_id} for student_id, team_id in rows.items()]


def _before(known: KnownEntry) -> dict[str, Any]:
    return {
        "id": known.entry_id,
        "reviewee_id": known.reviewee_id,
        "score": None if known.score is None else str(known.score),
        "comment": known.comment,
        "written_at": _iso(known.written_at),
        "import_run_id": known.import_run_id,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
