"""Reading an upload and comparing it with what is there: all that an import decides, nothing written."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.errors import BadInput
from app.evaluations import access
from app.evaluations.access import ManagedEvaluation
from app.evaluations.models import Criterion, Team
from app.evaluations.service import checked_course, checked_title
from app.imports import repository
from app.imports.diff import EntryPlan, KnownEntry, as_stored, criterion_key, plan_entries, team_key
from app.imports.issues import Issue
from app.imports.parsing.problems import Problem, Severity
from app.imports.parsing.read import read
from app.imports.parsing.types import Understood
from app.imports.people_matching import KnownPerson, Matching, match_people
from app.imports.repository import SchoolFacts

MOST_PROBLEMS = 500
"""Problems that are kept and shown; beyond that the file is wrong as a whole, and a count says enough."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, and where it is to go: into an evaluation that exists, or into a new one of this title.

    Without either, a file with people only adds them to the school.
    """

    data: bytes
    file_name: str
    title: str = ""
    course: str = ""
    evaluation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """What a file says, who is meant by it, and what it would change.

    People who are still to be made have negative ids: -1 is the first of `matching.new`.
    """

    understood: Understood
    school: SchoolFacts
    evaluation: ManagedEvaluation | None
    title: str
    course: str
    matching: Matching
    known: Mapping[int, KnownPerson]
    ids: Mapping[int, int]
    stored_teams: Mapping[str, int]
    stored_criteria: Mapping[str, int]
    teams: Mapping[int, str]
    """Place in `understood.people` → team, as stored or to be made."""
    criteria: tuple[str, ...]
    plan: EntryPlan

    @property
    def into_evaluation(self) -> bool:
        """Whether there is or will be an evaluation; else only people are added to the school."""
        return self.evaluation is not None or bool(self.title)

    @property
    def problems(self) -> list[Problem | Issue]:
        """Everything to look at, by row."""
        found: list[Problem | Issue] = [*self.understood.problems, *self.matching.issues, *self.plan.issues]
        return sorted(found, key=lambda problem: problem.row or 0)

    def problems_as_dicts(self) -> list[dict[str, Any]]:
        """The first MOST_PROBLEMS, each with row, column, code, severity, message and params."""
        return [problem.as_dict() for problem in self.problems[:MOST_PROBLEMS]]

    def counts(self) -> dict[str, int]:
        """What was understood, in numbers."""
        problems, people = self.problems, self.understood.people
        errors = sum(problem.severity is Severity.ERROR for problem in problems)
        return {
            "rows": self.understood.rows,
            "people": len(people),
            "people_new": len(self.matching.new),
            "people_known": len(self.matching.known),
            "people_left_out": len(people) - len(self.ids),
            "teams": len(self.understood.teams),
            "criteria": len(self.criteria),
            "entries": len(self.plan.new) + len(self.plan.changed) + self.plan.same,
            "entries_new": len(self.plan.new),
            "entries_changed": len(self.plan.changed),
            "entries_same": self.plan.same,
            "errors": errors,
            "warnings": len(problems) - errors,
            "problems_more": max(0, len(problems) - MOST_PROBLEMS),
        }


async def examine(
    session: AsyncSession, user: Principal, upload: Upload, *, lock: bool = False
) -> Examination:
    """Read the file and compare. With `lock`, other imports into the school wait until this one has ended.

    Raises ImportRefused (a BadInput) for a file of which nothing can be used, BadInput, Forbidden, NotFound.
    """
    understood = await asyncio.to_thread(read, upload.data, upload.file_name)
    evaluation = None
    if upload.evaluation_id is not None:
        evaluation = await access.managed_evaluation(session, user, upload.evaluation_id)
    title, course = _heading(upload, understood, evaluation)
    school = await repository.school_facts(session, user.school_id, lock=lock)
    known = await repository.known_people(session, user.school_id, upload.evaluation_id)
    stored = _Stored({}, {}, [])
    if evaluation is not None:
        stored = await _stored(session, user.school_id, evaluation.id)
    return await asyncio.to_thread(  # five seconds with 20,000 pupils, in which others want to be served
        _compare,
        understood,
        stored,
        known,
        await _unusable_emails(session, user.school_id, understood, known),
        school=school,
        evaluation=evaluation,
        title=title,
        course=course,
    )


@dataclass(frozen=True, slots=True)
class _Stored:
    """What an evaluation holds already."""

    teams: Mapping[str, int]
    criteria: Mapping[str, int]
    entries: list[KnownEntry]


async def _stored(session: AsyncSession, school_id: int, evaluation_id: int) -> _Stored:
    return _Stored(
        teams=await repository.named_ids(session, Team, evaluation_id),
        criteria=await repository.named_ids(session, Criterion, evaluation_id),
        entries=await repository.known_entries(session, school_id, evaluation_id),
    )


async def _unusable_emails(
    session: AsyncSession, school_id: int, understood: Understood, known: list[KnownPerson]
) -> set[str]:
    here = {person.email for person in known}
    unknown = {person.email for person in understood.people} - here - {""}
    return await repository.emails_elsewhere(session, school_id, sorted(unknown)) if unknown else set()


def _heading(upload: Upload, understood: Understood, evaluation: ManagedEvaluation | None) -> tuple[str, str]:
    """Title and course of the evaluation; what the user typed goes before what the file says."""
    if evaluation is not None:
        return evaluation.title, evaluation.course
    title = upload.title.strip() or understood.evaluation.title
    course = checked_course(upload.course.strip() or understood.evaluation.course)
    if not title and understood.entries:
        raise BadInput("Give the evaluation a title.", field="title")
    return checked_title(title) if title else "", course


def _compare(
    understood: Understood,
    stored: _Stored,
    known: list[KnownPerson],
    unusable: set[str],
    *,
    school: SchoolFacts,
    evaluation: ManagedEvaluation | None,
    title: str,
    course: str,
) -> Examination:
    """Everything that needs no database."""
    names = as_stored(understood.teams, list(stored.teams), team_key)
    teams = {membership.person: names[membership.team] for membership in understood.memberships}
    criteria = as_stored(understood.criteria, list(stored.criteria), criterion_key)
    matching = match_people(understood.people, teams, known, unusable)
    ids = {**matching.known, **{new.index: -place for place, new in enumerate(matching.new, 1)}}
    return Examination(
        understood=understood,
        school=school,
        evaluation=evaluation,
        title=title,
        course=course,
        matching=matching,
        known={person.user_id: person for person in known},
        ids=ids,
        stored_teams=stored.teams,
        stored_criteria=stored.criteria,
        teams=teams,
        criteria=tuple(dict.fromkeys(criteria.values())),
        plan=plan_entries(understood, ids, matching.staff, criteria, stored.entries),
    )
