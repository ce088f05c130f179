"""The demo schools of a first `up`, imported from the files in `demo/`, and large schools on request."""

import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from app.accounts import schools, users
from app.accounts.models import School, User
from app.accounts.passwords import Passwords
from app.accounts.principal import Principal, Role
from app.accounts.users import NewUser
from app.audit.service import CommandLine
from app.core.locale import Locale
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.evaluations import access, service
from app.evaluations.seed import Words, seed
from app.imports import service as import_service
from app.imports.parsing.read import read
from app.imports.preview import Upload

FILES = Path(__file__).parent / "demo"

DEMO_PASSWORD = "kijk-eens-terug"  # noqa: S105 - printed by `up`, and only ever set in a database without schools
"""Of every demo login."""


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A person to log in as."""

    role: Role
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class DemoLogins:
    """Who can log in. `created` is whether this call made them."""

    created: bool
    logins: tuple[DemoLogin, ...]


@dataclass(frozen=True, slots=True)
class DemoEvaluation:
    """An evaluation and its files, in the order in which they are imported."""

    title: str
    course: str
    files: tuple[str, ...]
    locale: Locale | None = None
    """The language of its students; None for the school's."""


TEACHER = NewUser("teacher", "docent@demo.example", "Marijke", "van der", "Meer")
ADMIN = NewUser("admin", "beheer@demo.example", "Peter", "", "Oosterhuis")
STUDENT = NewUser("pupil", "leerling@demo.example", "Sanne", "de", "Vries", number="140286", class_name="V3A")
"""A student of the first evaluation; its files have her number and address."""
OTHER_TEACHER = NewUser("teacher", "docent@elders.example", "Karel", "", "Zandstra")

EVALUATIONS = (
    DemoEvaluation("Podcast over de buurt", "Informatica", ("v3a-leerlingen.csv", "v3a-feedback.csv")),
    DemoEvaluation(
        "Maquette van een groene wijk", "Aardrijkskunde", ("h2b-students.csv", "h2b-feedback.csv")
    ),
    DemoEvaluation("Charity website", "Computing", ("y9c-evaluation.json",), locale="en"),
)
OTHER_SCHOOL_EVALUATIONS = (DemoEvaluation("Een brug van spaghetti", "Techniek", ("elders-feedback.csv",)),)


async def create(units: UnitOfWorkFactory, passwords: Passwords) -> DemoLogins:
    """Make both demo schools in one transaction, if the database has no school.

    Otherwise nothing is made, because somebody may have removed the demo on purpose. `logins` then holds the
    people whose demo password still works.
    """
    async with units() as uow:
        if await schools.list_all(uow.session):
            return DemoLogins(created=False, logins=await _working_logins(uow, passwords))
        password_hash = await passwords.hash(DEMO_PASSWORD)
        school = await schools.create(uow, slug="demo", name="Demo")
        teacher = await _add(uow, school, TEACHER, password_hash)
        await _add(uow, school, ADMIN, password_hash)
        await _add(uow, school, STUDENT, password_hash)
        await _import(uow, teacher, EVALUATIONS)
        elsewhere = await schools.create(uow, slug="elders", name="Elders")
        await _import(uow, await _add(uow, elsewhere, OTHER_TEACHER, password_hash), OTHER_SCHOOL_EVALUATIONS)
    return DemoLogins(created=True, logins=tuple(_login(person) for person in _people()))


async def create_large(
    units: UnitOfWorkFactory, passwords: Passwords, *, students: int, classes: int
) -> DemoLogins:
    """Make a school of `students` and `classes` evaluations, with a teacher of them all and an admin.

    Returns both logins, with a new password. Raises BadInput for an impossible size, and Conflict when there
    is a demo school of this size.
    """
    slug = f"demo-{students}-{classes}"
    password = secrets.token_urlsafe(12)
    password_hash = await passwords.hash(password)
    teacher = NewUser("teacher", f"docent@{slug}.example", "Docent", "", slug.capitalize())
    admin = NewUser("admin", f"beheer@{slug}.example", "Beheer", "", slug.capitalize())
    async with units() as uow:
        school = await schools.create(uow, slug=slug, name=f"Demo {students}")
        owner = await _add(uow, school, teacher, password_hash)
        await _add(uow, school, admin, password_hash)
        await seed(uow.session, school.id, owner.user_id, students=students, classes=classes, words=_words())
    logins = tuple(DemoLogin(person.role, str(person.email), password) for person in (teacher, admin))
    return DemoLogins(created=True, logins=logins)


def _people() -> tuple[NewUser, ...]:
    return TEACHER, ADMIN, STUDENT, OTHER_TEACHER


def _login(person: NewUser) -> DemoLogin:
    return DemoLogin(person.role, str(person.email), DEMO_PASSWORD)


async def _working_logins(uow: UnitOfWork, passwords: Passwords) -> tuple[DemoLogin, ...]:
    working = []
    for person in _people():
        user = await users.find_by_email(uow.session, str(person.email))
        if user is not None and (await passwords.verify(DEMO_PASSWORD, user.password_hash)).right:
            working.append(_login(person))
    return tuple(working)


async def _add(uow: UnitOfWork, school: School, person: NewUser, password_hash: str) -> Principal:
    """Add a person who can log in."""
    user: User = await users.create(uow, CommandLine(school.id), replace(person, password_hash=password_hash))
    return Principal(user.id, school.id, person.role, user.name, "nl")


async def _import(uow: UnitOfWork, teacher: Principal, classes: tuple[DemoEvaluation, ...]) -> None:
    """Import the files of these evaluations as if the teacher had uploaded them."""
    for one in classes:
        evaluation_id: int | None = None
        for name in one.files:
            upload = Upload((FILES / name).read_bytes(), name, one.title, one.course, evaluation_id)
            evaluation_id = (await import_service.import_now(uow, teacher, upload)).evaluation_id
        if one.locale is None or evaluation_id is None:
            continue
        evaluation = await access.managed_evaluation(uow.session, teacher, evaluation_id)
        for student in await service.participants(uow.session, evaluation):
            await users.set_locale(uow, student.student_id, one.locale)


def _words() -> Words:
    """The names and comments of the first evaluation, for a large school."""
    people, feedback = (read((FILES / name).read_bytes(), name) for name in EVALUATIONS[0].files)
    return Words(
        given_names=[person.name.given for person in people.people],
        family_names=[person.name.family for person in people.people],
        comments=[entry.comment for entry in feedback.entries if entry.comment and entry.kind == "peer"],
    )
