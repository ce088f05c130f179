"""The demo schools: complete, made once, and only in a database without schools."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text

from app.accounts.passwords import Passwords
from app.core.errors import BadInput, Conflict
from app.core.unit_of_work import UnitOfWorkFactory
from app.embedded import demo_school
from app.embedded.demo_school import DEMO_PASSWORD
from app.settings import Settings
from tests.support.web import cheap_hasher, open_units


@pytest.fixture
async def units(settings: Settings) -> AsyncIterator[UnitOfWorkFactory]:
    """Units of work on a new database without schools."""
    async with open_units(settings) as opened:
        yield opened


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    """Passwords with a cheap hash."""
    passwords = Passwords(cheap_hasher())
    yield passwords
    passwords.close()


async def rows(units: UnitOfWorkFactory, sql: str) -> list[tuple[object, ...]]:
    """All rows of a query."""
    async with units() as uow:
        return [tuple(row) for row in await uow.session.execute(text(sql))]


CONTENT = """
SELECT school.slug, evaluation.title, count(*), count(team_id), min(reviewer_count), sum(feedback_count)
FROM evaluation JOIN school ON school.id = school_id JOIN participant ON evaluation_id = evaluation.id
GROUP BY evaluation.id, school.slug ORDER BY evaluation.id
"""


async def test_a_first_run_makes_the_schools_with_all_their_evaluations(
    units: UnitOfWorkFactory, passwords: Passwords
) -> None:
    made = await demo_school.create(units, passwords)
    assert made.created
    assert [(one.role, one.email) for one in made.logins] == [
        ("teacher", "docent@demo.example"),
        ("admin", "beheer@demo.example"),
        ("pupil", "leerling@demo.example"),
        ("teacher", "docent@elders.example"),
    ]
    content = await rows(units, CONTENT)
    assert [row[:4] for row in content] == [
        ("demo", "Podcast over de buurt", 28, 28),
        ("demo", "Maquette van een groene wijk", 28, 28),
        ("demo", "Charity website", 28, 28),
        ("elders", "Een brug van spaghetti", 3, 3),
    ]
    assert all(int(str(row[5])) > 5 for row in content)
    assert await rows(units, "SELECT problems FROM import_run WHERE problems <> '[]'") == []
    assert await rows(units, "SELECT count(*) FROM team GROUP BY evaluation_id ORDER BY evaluation_id") == [
        (7,),
        (7,),
        (7,),
        (1,),
    ]


async def test_the_demo_student_is_reviewed_in_the_first_evaluation(
    units: UnitOfWorkFactory, passwords: Passwords
) -> None:
    await demo_school.create(units, passwords)
    found = await rows(
        units,
        "SELECT evaluation_id, reviewer_count FROM participant JOIN user_account ON id = student_id "
        "WHERE email = 'leerling@demo.example'",
    )
    (first,) = await rows(units, "SELECT min(id) FROM evaluation")
    assert found == [(first[0], 3)]


async def test_the_students_of_the_english_evaluation_read_english(
    units: UnitOfWorkFactory, passwords: Passwords
) -> None:
    await demo_school.create(units, passwords)
    sql = "SELECT class_name, count(*) FROM user_account WHERE locale = 'en' GROUP BY 1"
    assert await rows(units, sql) == [("9C", 28)]


async def test_a_second_run_changes_nothing_and_names_the_logins_that_work(
    units: UnitOfWorkFactory, passwords: Passwords
) -> None:
    first = await demo_school.create(units, passwords)
    before = await rows(units, CONTENT)
    again = await demo_school.create(units, passwords)
    assert (again.created, again.logins) == (False, first.logins)
    async with units() as uow:
        changed = await passwords.hash("iets heel anders")
        await uow.session.execute(
            text("UPDATE user_account SET password_hash = :h WHERE role = 'admin'"), {"h": changed}
        )
    third = await demo_school.create(units, passwords)
    assert [one.role for one in third.logins] == ["teacher", "pupil", "teacher"]
    assert await rows(units, CONTENT) == before


async def test_a_database_with_a_school_gets_no_demo(units: UnitOfWorkFactory, passwords: Passwords) -> None:
    async with units() as uow:
        await uow.session.execute(text("INSERT INTO school (slug, name) VALUES ('ons', 'Ons')"))
    made = await demo_school.create(units, passwords)
    assert (made.created, made.logins) == (False, ())
    assert await rows(units, "SELECT slug FROM school") == [("ons",)]


async def test_a_large_school_is_consistent(units: UnitOfWorkFactory, passwords: Passwords) -> None:
    made = await demo_school.create_large(units, passwords, students=203, classes=8)
    assert await rows(units, "SELECT count(*) FROM participant") == [(203,)]
    assert await rows(units, "SELECT count(*) FROM evaluation_teacher") == [(8,)]
    wrong = await rows(
        units,
        "SELECT student_id FROM participant p WHERE (feedback_count, reviewer_count) <> (SELECT count(*), "
        "count(DISTINCT reviewer_id) FROM feedback_entry f WHERE f.evaluation_id = p.evaluation_id "
        "AND f.reviewee_id = p.student_id)",
    )
    assert wrong == []
    assert made.logins[0].password != DEMO_PASSWORD
    with pytest.raises(Conflict):
        await demo_school.create_large(units, passwords, students=203, classes=8)
    with pytest.raises(BadInput):
        await demo_school.create_large(units, passwords, students=3, classes=8)
