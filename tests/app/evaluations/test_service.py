"""Lists, policy, teachers, material, quotes, and who wrote what."""

import pytest

from app.core.errors import BadInput, Conflict, Forbidden, NotFound
from app.core.unit_of_work import UnitOfWork
from app.evaluations import access, material_repository, service
from app.evaluations.access import AuthorisedStudent, ManagedEvaluation
from app.evaluations.read_models import MaterialRows
from app.evaluations.service import EvaluationChange
from tests.support.cast import Person
from tests.support.school import School, counted_statements


async def material(school: School) -> MaterialRows:
    """The student's, as it is read for a summary."""
    cast = school.cast
    async with school.units() as uow:
        found = await material_repository.material(
            uow.session, cast.school_id, cast.course.evaluation_id, cast.student.id
        )
    assert found is not None
    return found


async def managed(school: School, uow: UnitOfWork, person: Person | None = None) -> ManagedEvaluation:
    """The course, for its owner or for somebody else who may manage it."""
    user = (person or school.cast.owner).principal
    return await access.managed_evaluation(uow.session, user, school.cast.course.evaluation_id)


async def student_for(school: School, uow: UnitOfWork, person: Person) -> AuthorisedStudent:
    """The cast's student, for somebody who may see the student."""
    cast = school.cast
    return await access.visible_student(
        uow.session, person.principal, cast.course.evaluation_id, cast.student.id
    )


async def revisions(school: School) -> list[int]:
    """Of the course's pupils."""
    rows = await school.rows(
        "SELECT revision FROM participant WHERE evaluation_id = :e ORDER BY student_id",
        e=school.cast.course.evaluation_id,
    )
    return [int(str(row[0])) for row in rows]


async def test_everybody_lists_exactly_the_evaluations_they_may_see(school: School) -> None:
    cast = school.cast
    async with school.units() as uow:
        for part, person in cast.everyone().items():
            page = await service.list_evaluations(uow.session, person.principal)
            seen = {row.evaluation_id for row in page.evaluations}
            at_home = cast.course if person.principal.school_id == cast.school_id else cast.elsewhere
            assert seen == (set() if part == "colleague" else {at_home.evaluation_id}), part


async def test_the_list_counts_for_staff_and_not_for_pupils(school: School) -> None:
    async with school.units() as uow:
        owner = await service.list_evaluations(uow.session, school.cast.owner.principal)
        student = await service.list_evaluations(uow.session, school.cast.student.principal)
    assert (owner.evaluations[0].student_count, owner.evaluations[0].with_feedback_count) == (3, 1)
    assert (student.evaluations[0].student_count, student.evaluations[0].with_feedback_count) == (None, None)


async def test_the_list_pages_through_everything_once(school: School) -> None:
    await school.run(
        "INSERT INTO evaluation (school_id, title) SELECT :s, 'E' || n FROM generate_series(1, 6) n",
        s=school.cast.school_id,
    )
    seen: list[int] = []
    cursor = None
    async with school.units() as uow:
        while True:
            page = await service.list_evaluations(
                uow.session, school.cast.admin.principal, limit=3, cursor=cursor
            )
            seen += [row.evaluation_id for row in page.evaluations]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert len(seen) == len(set(seen)) == 7


async def test_a_new_minimum_makes_all_stale_and_a_new_title_none(school: School) -> None:
    before = await revisions(school)
    async with school.units() as uow:
        wanted = EvaluationChange(title="  Water  II ", state="closed")
        changed = await service.change(uow, await managed(school, uow), wanted)
    assert (changed.title, changed.state, changed.min_reviewers) == ("Water II", "closed", 2)
    assert await revisions(school) == before
    async with school.units() as uow:
        await service.change(uow, await managed(school, uow), EvaluationChange(min_reviewers=3))
    assert await revisions(school) == [revision + 1 for revision in before]
    async with school.units() as uow:
        await service.change(uow, await managed(school, uow), EvaluationChange(min_reviewers=3))
    assert await revisions(school) == [revision + 1 for revision in before]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (EvaluationChange(title=" "), "title"),
        (EvaluationChange(title="x" * 201), "title"),
        (EvaluationChange(course="x" * 201), "course"),
        (EvaluationChange(state="gone"), "state"),
        (EvaluationChange(release="never"), "release"),
        (EvaluationChange(show_quotes="all"), "show_quotes"),
        (EvaluationChange(min_reviewers=0), "min_reviewers"),
        (EvaluationChange(min_reviewers=21), "min_reviewers"),
    ],
)
async def test_a_value_that_is_not_allowed_is_refused_by_field(
    school: School, wanted: EvaluationChange, field: str
) -> None:
    with pytest.raises(BadInput) as caught:
        async with school.units() as uow:
            await service.change(uow, await managed(school, uow), wanted)
    assert caught.value.field == field


async def test_a_new_teacher_sees_the_evaluation_and_makes_summaries_stale(school: School) -> None:
    cast = school.cast
    before = await revisions(school)
    async with school.units() as uow:
        await service.add_teacher(uow, await managed(school, uow), cast.colleague.id)
    assert await revisions(school) == [revision + 1 for revision in before]
    async with school.units() as uow:
        details = await service.details(uow.session, await managed(school, uow, cast.colleague))
    assert {person.name for person in details.teachers} == {"Olga de Wit", "Karim Jansen"}
    assert (details.criteria, details.teams) == (("Samenwerken",), ("Team 1",))


async def test_a_pupil_or_a_stranger_cannot_be_named_as_teacher(school: School) -> None:
    cast = school.cast
    for person in (cast.student, cast.stranger):
        with pytest.raises(NotFound):
            async with school.units() as uow:
                await service.add_teacher(uow, await managed(school, uow), person.id)


async def test_the_last_teacher_cannot_leave(school: School) -> None:
    cast, evaluation_id = school.cast, school.cast.course.evaluation_id
    with pytest.raises(Conflict):
        async with school.units() as uow:
            await service.remove_teacher(uow, await managed(school, uow), cast.owner.id)
    assert (
        await school.value(
            "SELECT count(*) FROM evaluation_teacher WHERE evaluation_id = :e", e=evaluation_id
        )
        == 1
    )


async def test_material_is_everything_in_one_query(school: School) -> None:
    cast = school.cast
    with counted_statements() as sent:
        found = await material(school)
    assert len(sent) == 1
    assert [comment.entry_id for comment in found.comments] == list(cast.course.entry_ids)
    assert [comment.reviewer_id for comment in found.comments] == [cast.classmate.id, cast.third.id]
    assert {comment.criterion for comment in found.comments} == {"Samenwerken"}
    assert {person.name for person in found.roster} == {
        "Olga de Wit",
        "Fatima el Amrani",
        "Sven Storm",
        "Roos van Dijk",
    }
    assert (found.locale, found.min_reviewers) == ("nl", 2)


async def test_material_speaks_the_pupils_language_before_the_schools(school: School) -> None:
    await school.run("UPDATE user_account SET locale = 'en' WHERE id = :u", u=school.cast.student.id)
    assert (await material(school)).locale == "en"


async def test_material_names_whoever_wrote_though_not_in_the_class(school: School) -> None:
    cast = school.cast
    await school.run(
        "INSERT INTO feedback_entry (school_id, evaluation_id, reviewer_id, reviewee_id, comment) "
        "VALUES (:s, :e, :r, :p, 'Netjes')",
        s=cast.school_id,
        e=cast.course.evaluation_id,
        r=cast.colleague.id,
        p=cast.student.id,
    )
    assert "Karim Jansen" in {person.name for person in (await material(school)).roster}


async def test_material_of_another_school_is_unknown(school: School) -> None:
    cast = school.cast
    async with school.units() as uow:
        found = await material_repository.material(
            uow.session, cast.other_school_id, cast.course.evaluation_id, cast.student.id
        )
    assert found is None


async def test_quotes_are_the_teachers_and_by_default_not_the_pupils(school: School) -> None:
    cast = school.cast
    async with school.units() as uow:
        found = await service.quotes(uow.session, await student_for(school, uow, cast.owner))
        assert len(found.comments) == 2
        for person in (cast.student, cast.admin):
            student = await student_for(school, uow, person)
            with pytest.raises(Forbidden):
                await service.quotes(uow.session, student)


async def test_a_pupil_gets_quotes_when_allowed_released_and_enough(school: School) -> None:
    cast, evaluation_id = school.cast, school.cast.course.evaluation_id

    async def allowed(**policy: object) -> bool:
        sets = ", ".join(f"{name} = :{name}" for name in policy)
        await school.run(f"UPDATE evaluation SET {sets} WHERE id = :e", e=evaluation_id, **policy)  # noqa: S608
        async with school.units() as uow:
            student = await student_for(school, uow, cast.student)
            try:
                found = await service.quotes(uow.session, student)
            except Forbidden:
                return False
        return len(found.comments) == 2

    assert not await allowed(show_quotes="paraphrased")
    assert await allowed(show_quotes="verbatim")
    assert not await allowed(release="reviewed")
    assert await allowed(state="released")
    assert not await allowed(min_reviewers=3)


async def test_who_wrote_a_comment_is_told_and_written_down(school: School) -> None:
    cast, course = school.cast, school.cast.course
    async with school.units() as uow:
        evaluation = await access.taught_evaluation(uow.session, cast.owner.principal, course.evaluation_id)
        names = await service.reviewer_names(uow, evaluation, course.entry_ids[:1])
    assert [(name.entry_id, name.name) for name in names] == [(course.entry_ids[0], "Sven Storm")]
    assert await school.rows("SELECT actor_id, action, subject, detail FROM audit_event") == [
        (
            cast.owner.id,
            "reviewer_names.read",
            f"evaluation:{course.evaluation_id}",
            {"entry_ids": [course.entry_ids[0]]},
        )
    ]


async def test_who_wrote_a_comment_is_not_said_across_evaluations(school: School) -> None:
    cast, course = school.cast, school.cast.course
    async with school.units() as uow:
        elsewhere = await access.taught_evaluation(
            uow.session, cast.stranger.principal, cast.elsewhere.evaluation_id
        )
        with pytest.raises(NotFound):
            await service.reviewer_names(uow, elsewhere, course.entry_ids)
    assert await school.value("SELECT count(*) FROM audit_event") == 0
