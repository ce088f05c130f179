"""Undo of imports: exactly what was made goes, what was replaced returns, or nothing happens."""

import pytest

from app.core.errors import Conflict, Forbidden, NotFound
from tests.app.imports.files import TEAM, feedback, large, roster
from tests.support.school import School


async def test_undo_of_a_new_evaluation_leaves_no_trace(school: School) -> None:
    before = await school.everything()
    run = await school.import_now(TEAM, title="Water")
    undone = await school.undo(run.id)
    assert await school.everything() == before
    assert (undone.state, undone.created, undone.evaluation_id) == ("undone", {}, None)


async def test_undo_of_an_extension_puts_back_what_it_replaced(school: School) -> None:
    first = await school.import_now(TEAM, title="Water")
    before = await school.everything()
    second = feedback(
        "Ada Bos,Bo Smit,peer,Inzet,1,Je was nooit op tijd",
        "Ada Bos,Bo Smit,peer,Planning,4,Goede planning",
        "Dirk Pol,Bo Smit,peer,Inzet,4,Fijne samenwerking",
        "Sven Storm,Bo Smit,peer,Inzet,4,Prima",
    )
    run = await school.import_now(second, evaluation_id=first.evaluation_id)
    assert run.counts["entries_changed"] == 1
    assert await school.everything() != before
    await school.undo(run.id)
    assert await school.everything() == before


async def test_undo_makes_the_summaries_of_the_retold_stale(school: School) -> None:
    first = await school.import_now(TEAM, title="Water")
    run = await school.import_now(
        feedback("Ada Bos,Bo Smit,peer,Inzet,1,Anders"), evaluation_id=first.evaluation_id
    )
    sql = "SELECT revision FROM participant JOIN user_account ON id = student_id WHERE given_name = 'Bo'"
    before = int(str(await school.value(sql)))
    await school.undo(run.id)
    assert await school.value(sql) == before + 1


async def test_undo_takes_back_completed_people_and_moves(school: School) -> None:
    first = await school.import_now(roster("Ada Bos,,101,4A,Team 1", "Bo Smit,,102,4A,Team 1"), title="Water")
    before = await school.everything()
    run = await school.import_now(
        roster("Ada Bos,ada@brug.example,101,5A,Team 2"), evaluation_id=first.evaluation_id
    )
    assert await school.value("SELECT class_name FROM user_account WHERE number = '101'") == "5A"
    await school.undo(run.id)
    assert await school.everything() == before


async def test_a_pupil_who_comes_back_never_meets_an_old_revision(school: School) -> None:
    first = await school.import_now(TEAM, title="Water")
    sql = (
        "SELECT revision FROM participant JOIN user_account ON id = student_id "
        "WHERE given_name = 'Sven' AND evaluation_id = :e"
    )
    again = feedback("Sven Storm,Bo Smit,peer,Inzet,4,Prima")
    run = await school.import_now(again, evaluation_id=first.evaluation_id)
    # As if a minute had passed since, and some comments had changed.
    await school.run(
        "UPDATE participant SET revision = greatest(revision - 60, 7) WHERE evaluation_id = :e",
        e=first.evaluation_id,
    )
    old = int(str(await school.value(sql, e=first.evaluation_id)))
    await school.undo(run.id)
    await school.import_now(again, evaluation_id=first.evaluation_id)
    assert int(str(await school.value(sql, e=first.evaluation_id))) > old


async def test_a_later_import_must_be_undone_first(school: School) -> None:
    first = await school.import_now(TEAM, title="Water")
    second = await school.import_now(roster("Dirk Pol,,,,"), evaluation_id=first.evaluation_id)
    before = await school.everything()
    with pytest.raises(Conflict, match="later import"):
        await school.undo(first.id)
    assert await school.everything() == before
    await school.undo(second.id)
    await school.undo(first.id)


@pytest.mark.parametrize(
    "later",
    [
        "INSERT INTO participant (evaluation_id, student_id) "
        "SELECT :e, id FROM user_account WHERE number = '101'",
        "UPDATE user_account SET password_hash = 'x' WHERE number = '101'",
        "UPDATE user_account SET code = 'x', code_until = now() WHERE number = '101'",
        "UPDATE user_account SET role = 'teacher' WHERE number = '101'",
    ],
)
async def test_people_who_are_in_use_by_now_are_not_taken_away(school: School, later: str) -> None:
    run = await school.import_now(roster("Ada Bos,,101,4A,Team 1"), title="Water")
    parameters = {"e": school.cast.course.evaluation_id} if ":e" in later else {}
    await school.run(later, **parameters)
    before = await school.everything()
    with pytest.raises(Conflict, match="1 of the people"):
        await school.undo(run.id)
    assert await school.everything() == before


async def test_a_released_evaluation_is_reopened_first(school: School) -> None:
    run = await school.import_now(TEAM, title="Water")
    await school.run("UPDATE evaluation SET state = 'released' WHERE id = :e", e=run.evaluation_id)
    with pytest.raises(Conflict, match="released"):
        await school.undo(run.id)


async def test_a_run_is_undone_once_and_a_preview_never(school: School) -> None:
    run = await school.import_now(TEAM, title="Water")
    await school.undo(run.id)
    with pytest.raises(Conflict):
        await school.undo(run.id)
    with pytest.raises(Conflict):
        await school.undo((await school.preview(TEAM, title="Water")).id)


async def test_undo_is_for_who_imported_and_for_admins(school: School) -> None:
    cast = school.cast
    run = await school.import_now(TEAM, title="Water")
    for person, error in (
        (cast.colleague, NotFound),
        (cast.stranger, NotFound),
        (cast.stranger_admin, NotFound),
        (cast.student, Forbidden),
    ):
        with pytest.raises(error):
            await school.undo(run.id, person.principal)
    assert (await school.undo(run.id, cast.admin.principal)).state == "undone"


async def test_undo_of_many_changes_is_exact(school: School) -> None:
    first = await school.import_now(large(40), title="Groot")
    before = await school.everything()
    run = await school.import_now(large(40, "Anders dan eerst"), evaluation_id=first.evaluation_id)
    assert run.counts["entries_changed"] == 240
    await school.undo(run.id)
    assert await school.everything() == before
