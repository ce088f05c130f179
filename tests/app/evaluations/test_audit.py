"""What the audit trail keeps of changes to an evaluation: policy before and after, and who teaches it."""

from app.evaluations import access, service
from app.evaluations.service import EvaluationChange
from tests.support.school import School

EVENTS = "SELECT actor_id, action, subject, detail FROM audit_event ORDER BY id"


async def test_a_changed_policy_is_noted_with_its_values_and_a_title_without(school: School) -> None:
    cast, evaluation_id = school.cast, school.cast.course.evaluation_id
    wanted = EvaluationChange(title="Project Wind", min_reviewers=1, show_quotes="verbatim")
    for _ in range(2):  # the second time nothing changes
        async with school.units() as uow:
            evaluation = await access.managed_evaluation(uow.session, cast.owner.principal, evaluation_id)
            await service.change(uow, evaluation, wanted)
    assert await school.rows(EVENTS) == [
        (
            cast.owner.id,
            "evaluation.changed",
            f"evaluation:{evaluation_id}",
            {
                "fields": ["min_reviewers", "show_quotes", "title"],
                "min_reviewers": [2, 1],
                "show_quotes": ["none", "verbatim"],
            },
        )
    ]


async def test_naming_a_teacher_and_taking_one_off_is_noted(school: School) -> None:
    cast, evaluation_id = school.cast, school.cast.course.evaluation_id
    async with school.units() as uow:
        evaluation = await access.managed_evaluation(uow.session, cast.owner.principal, evaluation_id)
        await service.add_teacher(uow, evaluation, cast.colleague.id)
        evaluation = await access.managed_evaluation(uow.session, cast.colleague.principal, evaluation_id)
        await service.remove_teacher(uow, evaluation, cast.owner.id)
    subject = f"evaluation:{evaluation_id}"
    assert await school.rows(EVENTS) == [
        (cast.owner.id, "evaluation.teacher_added", subject, {"teacher_id": cast.colleague.id}),
        (cast.colleague.id, "evaluation.teacher_removed", subject, {"teacher_id": cast.owner.id}),
    ]
