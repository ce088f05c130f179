"""Who may see what: every rule × every part of the cast × the own and the foreign evaluation."""

import ast
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.principal import Principal
from app.core.errors import AppError, Forbidden, NotFound
from app.evaluations import access
from app.evaluations.access import AccessRequest
from tests.rules.test_house_rules import PRODUCT, ROOT, offences, tree
from tests.support.school import School, counted_statements

Rule = Callable[[AsyncSession, Principal, int], Awaitable[object]]

RULES: dict[str, Rule] = {
    "visible": access.visible_evaluation,
    "managed": access.managed_evaluation,
    "taught": access.taught_evaluation,
}

MAY = {
    "visible": {"owner", "admin", "student", "classmate", "third"},
    "managed": {"owner", "admin"},
    "taught": {"owner"},
}
FORBIDDEN = {
    "visible": set(),
    "managed": {"student", "classmate", "third"},
    "taught": {"admin", "student", "classmate", "third"},
}


async def outcome(school: School, user: Principal, ask: Callable[[AsyncSession], Awaitable[object]]) -> str:
    """ok, 403 or 404."""
    async with school.units() as uow:
        try:
            await ask(uow.session)
        except AppError as error:
            return str(error.status)
    return "ok"


@pytest.mark.parametrize("name", RULES)
async def test_a_rule_lets_in_exactly_whom_it_names(school: School, name: str) -> None:
    rule, evaluation_id = RULES[name], school.cast.course.evaluation_id
    for part, person in school.cast.everyone().items():
        user = person.principal
        found = await outcome(school, user, lambda s, user=user: rule(s, user, evaluation_id))  # type: ignore[misc]
        expected = "ok" if part in MAY[name] else "403" if part in FORBIDDEN[name] else "404"
        assert found == expected, part


@pytest.mark.parametrize("name", RULES)
async def test_unknown_and_foreign_evaluations_are_answered_alike(school: School, name: str) -> None:
    for part in ("owner", "colleague", "admin", "student"):
        user = school.cast.everyone()[part].principal
        said = []
        for evaluation_id in (school.cast.elsewhere.evaluation_id, 999_999_999):
            async with school.units() as uow:
                with pytest.raises(NotFound) as caught:
                    await RULES[name](uow.session, user, evaluation_id)
            said.append(caught.value.detail)
        assert said[0] == said[1], part


async def test_an_admin_who_teaches_may_read_the_comments(school: School) -> None:
    course, admin = school.cast.course, school.cast.admin
    await school.run("INSERT INTO evaluation_teacher VALUES (:e, :u)", e=course.evaluation_id, u=admin.id)
    async with school.units() as uow:
        found = await access.taught_evaluation(uow.session, admin.principal, course.evaluation_id)
    assert found.id == course.evaluation_id


async def test_a_pupil_named_as_teacher_is_still_a_pupil(school: School) -> None:
    course, student = school.cast.course, school.cast.student
    await school.run("INSERT INTO evaluation_teacher VALUES (:e, :u)", e=course.evaluation_id, u=student.id)
    async with school.units() as uow:
        with pytest.raises(Forbidden):
            await access.taught_evaluation(uow.session, student.principal, course.evaluation_id)


async def test_a_pupil_is_visible_to_self_teacher_and_admin_only(school: School) -> None:
    cast, course = school.cast, school.cast.course
    for part, person in cast.everyone().items():
        user = person.principal
        found = await outcome(
            school,
            user,
            lambda s, user=user: access.visible_student(s, user, course.evaluation_id, cast.student.id),  # type: ignore[misc]
        )
        assert found == ("ok" if part in {"student", "owner", "admin"} else "404"), part


async def test_a_pupil_of_another_evaluation_is_unknown_in_this_one(school: School) -> None:
    cast = school.cast
    for student_id in (cast.stranger_student.id, cast.owner.id, 999_999_999):
        async with school.units() as uow:
            with pytest.raises(NotFound):
                await access.visible_student(
                    uow.session, cast.owner.principal, cast.course.evaluation_id, student_id
                )


async def test_a_student_beside_the_comments_is_for_the_teachers_only(school: School) -> None:
    cast, course = school.cast, school.cast.course
    forbidden = {"admin", "student", "classmate", "third"}
    for part, person in cast.everyone().items():
        user = person.principal
        found = await outcome(
            school,
            user,
            lambda s, user=user: access.taught_student(s, user, course.evaluation_id, cast.student.id),  # type: ignore[misc]
        )
        assert found == ("ok" if part == "owner" else "403" if part in forbidden else "404"), part


async def test_a_schedule_gets_an_evaluation_of_its_school_only(school: School) -> None:
    cast, course = school.cast, school.cast.course
    async with school.units() as uow:
        own = await access.scheduled_evaluation(uow.session, cast.school_id, course.evaluation_id, None)
        foreign = await access.scheduled_evaluation(
            uow.session, cast.other_school_id, course.evaluation_id, cast.stranger.id
        )
    assert own is not None
    assert (own.id, own.state, own.user_id) == (course.evaluation_id, "open", None)
    assert foreign is None


@pytest.mark.parametrize("name", ["visible", "managed", "taught"])
async def test_a_rule_is_one_statement(school: School, name: str) -> None:
    cast, course = school.cast, school.cast.course
    async with school.units() as uow:
        with counted_statements() as sent:
            found = await RULES[name](uow.session, cast.owner.principal, course.evaluation_id)
            student = await access.taught_student(
                uow.session, cast.owner.principal, course.evaluation_id, cast.student.id
            )
    assert len(sent) == 2
    assert isinstance(found, access.AuthorisedEvaluation)
    assert (found.title, found.user_id, found.teaches) == ("Project Water", cast.owner.id, True)
    assert (student.name, student.reviewer_count) == ("Fatima el Amrani", 2)
    assert student.evaluation.id == found.id


AUTHORISED = {
    name
    for name, value in vars(access).items()
    if isinstance(value, type) and issubclass(value, access.AuthorisedEvaluation | access.AuthorisedStudent)
}


def test_only_the_rules_make_authorised_values() -> None:
    def makes(path: Path) -> Iterator[int]:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
                name = called.id if isinstance(called, ast.Name) else called
                if name in AUTHORISED:
                    yield node.lineno

    assert len(AUTHORISED) == 5
    home = ROOT / "app" / "evaluations" / "access.py"
    assert list(makes(home))
    assert offences([path for path in PRODUCT if path != home], makes) == []


async def test_many_claims_at_once_are_judged_as_each_alone(school: School) -> None:
    cast = school.cast
    claims = {
        AccessRequest(person.principal, course.evaluation_id, student_id)
        for person in cast.everyone().values()
        for course in (cast.course, cast.elsewhere)
        for student_id in (cast.student.id, cast.classmate.id, cast.stranger_student.id, cast.owner.id)
    }
    async with school.units() as uow:
        good = await access.still_good(uow.session, claims)
    alone = {
        claim for claim in claims if await outcome(school, claim.user, partial(_visible, claim=claim)) == "ok"
    }
    assert good == alone
    assert 0 < len(good) < len(claims)


async def test_a_claim_on_an_evaluation_alone_is_its_people_s(school: School) -> None:
    evaluation_id = school.cast.course.evaluation_id
    people = {part: person.principal for part, person in school.cast.everyone().items()}
    async with school.units() as uow:
        claims = {
            AccessRequest(user, evaluation_id, None) for user in people.values() if user.role != "admin"
        }
        good = await access.still_good(uow.session, claims)
    assert {claim.user for claim in good} == {people[part] for part in MAY["visible"] - {"admin"}}


async def _visible(session: AsyncSession, *, claim: AccessRequest) -> object:
    assert claim.student_id is not None
    return await access.visible_student(session, claim.user, claim.evaluation_id, claim.student_id)
