"""The same people in every test of access: owner, colleague, admin, pupils, strangers of another school."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import schools, sessions_repository, tokens, users
from app.accounts.models import School
from app.accounts.principal import Principal, Role
from app.accounts.users import NewUser
from app.audit.models import AuditEvent
from app.audit.service import CommandLine
from app.core.ids import fingerprint, new_secret
from app.core.locale import Locale
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.evaluations.models import (
    Criterion,
    Evaluation,
    EvaluationTeacher,
    FeedbackEntry,
    Participant,
    Team,
)

PASSWORD = "een goed wachtwoord"
CANARY = "kanariepietje"
"""A word that is in one comment only, and may turn up in no log, message, metric or error."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in twice: with an API token and with a session cookie."""

    principal: Principal
    email: str
    token: str
    cookie: str

    @property
    def id(self) -> int:
        """The user's id, which is the student_id of a pupil."""
        return self.principal.user_id


@dataclass(frozen=True, slots=True)
class Course:
    """An evaluation with its team, criterion and comments."""

    evaluation_id: int
    team_id: int
    criterion_id: int
    entry_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody. `pupil` has comments of two classmates; `stranger` teaches `elsewhere` at another school."""

    school_id: int
    owner: Person
    colleague: Person
    admin: Person
    student: Person
    classmate: Person
    third: Person
    course: Course
    other_school_id: int
    stranger: Person
    stranger_admin: Person
    stranger_student: Person
    elsewhere: Course

    def everyone(self) -> dict[str, Person]:
        """All persons by the name of their part."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in found.items() if isinstance(value, Person)}


async def make_cast(units: UnitOfWorkFactory, password_hash: str | None = None) -> Cast:
    """Write everybody to the database; `password_hash` is that of PASSWORD, for tests that log in with it."""
    async with units() as uow:
        school = await schools.create(uow, slug="de-brug", name="De Brug")
        other = await schools.create(uow, slug="elders", name="Elders", locale="en")
        make = _Maker(uow, password_hash)
        owner = await make.person(school, "teacher", "Olga", "de", "Wit", "owner@brug.example")
        colleague = await make.person(school, "teacher", "Karim", "", "Jansen", "colleague@brug.example")
        admin = await make.person(school, "admin", "Anna", "", "Beheer", "admin@brug.example")
        student = await make.person(school, "pupil", "Fatima", "el", "Amrani", "pupil@brug.example")
        classmate = await make.person(school, "pupil", "Sven", "", "Storm", "classmate@brug.example")
        third = await make.person(school, "pupil", "Roos", "van", "Dijk", "third@brug.example")
        stranger = await make.person(other, "teacher", "Sam", "", "Else", "stranger@elders.example")
        stranger_admin = await make.person(other, "admin", "Ada", "", "Else", "admin@elders.example")
        stranger_student = await make.person(other, "pupil", "Noor", "", "Else", "pupil@elders.example")
        cast = Cast(
            school_id=school.id,
            owner=owner,
            colleague=colleague,
            admin=admin,
            student=student,
            classmate=classmate,
            third=third,
            course=await make_course(uow.session, owner, (student, classmate, third), "Project Water"),
            other_school_id=other.id,
            stranger=stranger,
            stranger_admin=stranger_admin,
            stranger_student=stranger_student,
            elsewhere=await make_course(uow.session, stranger, (stranger_student,), "Elsewhere"),
        )
        await uow.session.execute(delete(AuditEvent))  # a test sees only what it did itself
        return cast


class _Maker:
    """Adds persons with a token and a login session each."""

    def __init__(self, uow: UnitOfWork, password_hash: str | None) -> None:
        self._uow = uow
        self._password_hash = password_hash

    async def person(
        self, school: School, role: Role, given: str, infix: str, family: str, email: str
    ) -> Person:
        """A person of a school."""
        new = NewUser(
            role=role,
            email=email,
            given_name=given,
            infix=infix,
            family_name=family,
            password_hash=self._password_hash,
        )
        user = await users.create(self._uow, CommandLine(school.id), new)
        token = await tokens.create(self._uow, CommandLine(school.id), user.id, "test")
        cookie = new_secret()
        await sessions_repository.add(
            self._uow.session, fingerprint(cookie), user.id, timedelta(hours=1), "test"
        )
        locale: Locale = "en" if school.locale == "en" else "nl"
        principal = Principal(
            user.id, school.id, role, user.name, locale, session_key=fingerprint(cookie).hex()
        )
        return Person(principal, email, token.secret, cookie)


COMMENTS = (
    f"Je was altijd op tijd en hielp iedereen, {CANARY}.",
    "De planning was onduidelijk, daar mag je meer op letten.",
)


async def make_course(
    session: AsyncSession, teacher: Person, students: tuple[Person, ...], title: str
) -> Course:
    """An evaluation of this teacher, with one team in which everybody wrote about the first pupil."""
    evaluation = Evaluation(
        school_id=teacher.principal.school_id, title=title, course="Natuurkunde", created_by=teacher.id
    )
    session.add(evaluation)
    await session.flush()
    team = Team(evaluation_id=evaluation.id, name="Team 1")
    criterion = Criterion(evaluation_id=evaluation.id, name="Samenwerken")
    session.add_all([team, criterion, EvaluationTeacher(evaluation_id=evaluation.id, user_id=teacher.id)])
    await session.flush()
    reviewee, *reviewers = students
    entries = [
        FeedbackEntry(
            school_id=teacher.principal.school_id,
            evaluation_id=evaluation.id,
            reviewer_id=reviewer.id,
            reviewee_id=reviewee.id,
            criterion_id=criterion.id,
            comment=comment,
        )
        for reviewer, comment in zip(reviewers, COMMENTS, strict=False)
    ]
    session.add_all(entries)
    session.add_all(
        Participant(
            evaluation_id=evaluation.id,
            student_id=person.id,
            team_id=team.id,
            feedback_count=len(entries) if person is reviewee else 0,
            reviewer_count=len(entries) if person is reviewee else 0,
        )
        for person in students
    )
    await session.flush()
    return Course(evaluation.id, team.id, criterion.id, tuple(entry.id for entry in entries))
