"""Audit events: who, what, to what and at which school, and no text that somebody typed."""

import pytest

from app.audit.actions import Action
from app.audit.service import CommandLine, Detail, UserActor, note
from tests.support.school import School

EVENTS = "SELECT school_id, actor_id, action, subject, detail FROM audit_event ORDER BY id"


async def test_an_event_says_who_did_what_to_what_at_which_school(school: School) -> None:
    cast = school.cast
    async with school.units() as uow:
        note(uow, cast.admin.principal, Action.PERSON_BLOCKED, ("user", cast.owner.id), sessions=2)
        note(uow, UserActor(cast.school_id, cast.owner.id), Action.LANE_PAUSED, ("lane", "high"))
    owner, admin = cast.owner.id, cast.admin.id
    assert await school.rows(EVENTS) == [
        (cast.school_id, admin, "person.blocked", f"user:{owner}", {"sessions": 2}),
        (cast.school_id, owner, "lane.paused", "lane:high", {}),
    ]


async def test_the_command_line_is_nobody_and_says_so(school: School) -> None:
    async with school.units() as uow:
        note(uow, CommandLine(school.cast.school_id), Action.SCHOOL_ADDED, ("school", 7))
    assert await school.rows("SELECT actor_id, detail FROM audit_event") == [(None, {"via": "cli"})]


async def test_an_action_that_is_rolled_back_leaves_no_event(school: School) -> None:
    async def fail_after_noting() -> None:
        async with school.units() as uow:
            note(uow, school.cast.admin.principal, Action.IMPORT_APPLIED, ("import", 1))
            await uow.session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_noting()
    assert await school.value("SELECT count(*) FROM audit_event") == 0


@pytest.mark.parametrize(
    "value", ["Fatima el Amrani", "https://hooks.example/?key=1", "", ["ok", "niet goed"]]
)
async def test_a_text_is_refused(school: School, value: Detail) -> None:
    with pytest.raises(ValueError, match="'what' of an audit event is a text"):
        async with school.units() as uow:
            note(uow, school.cast.admin.principal, Action.WEBHOOK_CHANGED, ("webhook", 1), what=value)
    assert await school.value("SELECT count(*) FROM audit_event") == 0


async def test_ids_numbers_and_words_of_a_closed_set_are_kept(school: School) -> None:
    async with school.units() as uow:
        note(
            uow,
            school.cast.owner.principal,
            Action.EVALUATION_CHANGED,
            ("evaluation", 3),
            fields=["release", "min_reviewers"],
            release=("automatic", "reviewed"),
            min_reviewers=(2, 1),
        )
    assert await school.value("SELECT detail FROM audit_event") == {
        "fields": ["release", "min_reviewers"],
        "release": ["automatic", "reviewed"],
        "min_reviewers": [2, 1],
    }
