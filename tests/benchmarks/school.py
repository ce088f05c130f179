"""One school with a class, its teacher, and the application over it: whose view the benchmarks take."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from sqlalchemy import text

from app.accounts import tokens, users
from app.accounts.passwords import Passwords
from app.accounts.principal import Principal
from app.accounts.users import NewUser
from app.audit.service import CommandLine
from app.core.unit_of_work import UnitOfWorkFactory
from app.evaluations.models import EvaluationTeacher
from app.settings import Settings
from tests.support.classes import SchoolClass, make_class
from tests.support.web import BASE, cheap_hasher, open_units
from web.main import create_app

API = "/api/v1/feedback-summaries"


@dataclass(frozen=True, slots=True)
class School:
    """`client` is the teacher's, logged in, in this process. Each pupil of `some` has a finished job."""

    client: httpx.AsyncClient
    units: UnitOfWorkFactory
    some: SchoolClass
    teacher: Principal
    token: str

    def finished(self, index: int) -> str:
        """The id of a pupil's finished job."""
        return f"summary-{self.some.evaluation_id}-{self.some.students[index]}-FINISHED"


async def make_school(units: UnitOfWorkFactory, students: int) -> tuple[SchoolClass, Principal, str]:
    """A class, and its teacher with a token; each pupil's job is finished, and its summary stored."""
    some = await make_class(units, "measured", students)
    async with units() as uow:
        new = NewUser(role="teacher", email="teacher@measured.invalid", given_name="Mies")
        teacher = await users.create(uow, CommandLine(some.school_id), new)
        token = await tokens.create(uow, CommandLine(some.school_id), teacher.id, "benchmark")
        uow.session.add(EvaluationTeacher(evaluation_id=some.evaluation_id, user_id=teacher.id))
        for statement in _HISTORY:
            await uow.session.execute(text(statement), {"evaluation": some.evaluation_id})
        principal = Principal(teacher.id, some.school_id, "teacher", teacher.name, "nl")
    return some, principal, token.secret


@asynccontextmanager
async def open_school(settings: Settings, students: int) -> AsyncIterator[School]:
    """The application on a fresh database with such a school in it."""
    app = create_app(settings, passwords=Passwords(cheap_hasher()))
    async with app.lifespan(), open_units(settings) as units:
        some, teacher, token = await make_school(units, students)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
            yield School(client, units, some, teacher, token)


_HISTORY = (
    """
    INSERT INTO job (id, task, subject_key, school_id, evaluation_id, student_id, lane, rank, state,
                     attempt, progress, created_at, started_at, completed_at, seq)
    SELECT 'summary-' || evaluation_id || '-' || student_id || '-FINISHED', 'summary',
           evaluation_id || ':' || student_id, evaluation.school_id,
           evaluation_id, student_id, 1, 1, 'completed', 1, 100, now() - interval '2 hours',
           now() - interval '119 minutes', now() - interval '118 minutes', 2000000
    FROM participant JOIN evaluation ON evaluation.id = evaluation_id WHERE evaluation_id = :evaluation
    """,
    """
    INSERT INTO summary (school_id, evaluation_id, student_id, job_id, state, locale, method, input_hash,
                         revision, comments_used, comments_total)
    SELECT school_id, evaluation_id, student_id, id, 'released', 'nl', 'ai', '', 1, 2, 2
    FROM job WHERE evaluation_id = :evaluation
    """,
    """
    INSERT INTO summary_sentence (summary_id, position, kind, text)
    SELECT id, n, 'strength', 'Je was altijd op tijd en hielp iedereen.'
    FROM summary, generate_series(0, 3) AS n WHERE evaluation_id = :evaluation
    """,
)
