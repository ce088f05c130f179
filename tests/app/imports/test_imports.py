"""Preview, apply and idempotence of imports, on a real database."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.errors import BadInput, Conflict, Forbidden, NotFound
from app.evaluations import access, service
from app.imports import repository
from app.imports import service as import_service
from app.imports.models import ImportRun
from app.imports.preview import Upload
from tests.app.imports.files import TEAM, feedback, large, roster
from tests.support.eventually import eventually
from tests.support.school import School, counted_statements


async def places(school: School, evaluation_id: int | None) -> dict[str, tuple[int, int]]:
    """Given name → comments received, people who wrote them."""
    rows = await school.rows(
        "SELECT given_name, feedback_count, reviewer_count FROM participant "
        "JOIN user_account ON id = student_id WHERE evaluation_id = :e",
        e=evaluation_id,
    )
    return {str(name): (int(str(n)), int(str(m))) for name, n, m in rows}


async def revisions(school: School, evaluation_id: int | None) -> dict[str, int]:
    """Given name → revision."""
    rows = await school.rows(
        "SELECT given_name, revision FROM participant JOIN user_account ON id = student_id "
        "WHERE evaluation_id = :e",
        e=evaluation_id,
    )
    return {str(name): int(str(revision)) for name, revision in rows}


async def test_a_preview_says_what_it_understood_and_writes_nothing_else(school: School) -> None:
    before = await school.everything()
    run = await school.preview(TEAM, title="Water")
    assert await school.everything() == before
    assert (run.state, run.format, run.title) == ("previewed", "long_csv", "Water")
    assert run.counts["people_new"] == 3
    assert run.counts["entries_new"] == 5
    assert run.problems == []


async def test_a_problem_names_its_row_and_costs_only_that_row(school: School) -> None:
    run = await school.preview(TEAM + "Ada Bos,,peer,Inzet,4,Voor wie is dit?\n", title="Water")
    assert [(problem["row"], problem["severity"]) for problem in run.problems] == [(7, "error")]
    assert "Voor wie" not in str(run.problems)
    assert run.counts["entries_new"] == 5


async def test_applying_makes_the_evaluation_with_its_people_counts_and_teacher(school: School) -> None:
    run = await school.apply((await school.preview(TEAM, title="Water")).id)
    assert run.state == "applied"
    assert run.payload is None
    assert await places(school, run.evaluation_id) == {"Bo": (2, 2), "Ada": (1, 1), "Cas": (0, 0)}
    async with school.units() as uow:
        evaluation = await access.managed_evaluation(
            uow.session, school.cast.owner.principal, run.evaluation_id or 0
        )
        details = await service.details(uow.session, evaluation)
    assert [teacher.user_id for teacher in details.teachers] == [school.cast.owner.id]
    assert details.criteria == ("Inzet",)
    assert (details.student_count, details.with_feedback_count) == (3, 2)


async def test_the_same_file_again_changes_nothing(school: School) -> None:
    run = await school.import_now(TEAM, title="Water")
    before, stale = await school.everything(), await revisions(school, run.evaluation_id)
    again = await school.import_now(TEAM, evaluation_id=run.evaluation_id)
    assert await school.everything() == before
    assert await revisions(school, run.evaluation_id) == stale
    assert again.counts["entries_same"] == 5


async def test_a_changed_comment_makes_only_its_reviewee_stale(school: School) -> None:
    run = await school.import_now(TEAM, title="Water")
    before = await revisions(school, run.evaluation_id)
    changed = TEAM.replace("Je hielp goed", "Je hielp iedereen goed")
    again = await school.import_now(changed, evaluation_id=run.evaluation_id)
    assert await revisions(school, run.evaluation_id) == {**before, "Ada": before["Ada"] + 1}
    assert again.counts["entries_changed"] == 1


async def test_a_changed_score_makes_no_summary_stale(school: School) -> None:
    run = await school.import_now(TEAM, title="Water")
    before = await revisions(school, run.evaluation_id)
    await school.import_now(TEAM.replace(",5,", ",2,"), evaluation_id=run.evaluation_id)
    assert await revisions(school, run.evaluation_id) == before
    assert await school.value("SELECT count(*) FROM feedback_entry WHERE score = 2") == 1


async def test_a_new_name_makes_all_summaries_stale(school: School) -> None:
    run = await school.import_now(TEAM, title="Water")
    before = await revisions(school, run.evaluation_id)
    await school.import_now(roster("Storm Vos,,,,Team 1"), evaluation_id=run.evaluation_id)
    after = await revisions(school, run.evaluation_id)
    assert {name: after[name] - before[name] for name in before} == {"Ada": 1, "Bo": 1, "Cas": 1}


async def test_people_of_the_school_are_found_again_and_not_made_twice(school: School) -> None:
    data = feedback("Sven Storm,Fatima el Amrani,peer,Inzet,4,Goed")
    run = await school.import_now(data, title="Tweede")
    assert (run.counts["people_known"], run.counts["people_new"]) == (2, 0)
    assert set(await places(school, run.evaluation_id)) == {"Sven", "Fatima"}


async def test_namesakes_cost_their_rows_and_nobody_gets_anothers_feedback(school: School) -> None:
    await school.run(
        "INSERT INTO user_account (school_id, role, given_name, family_name) "
        "VALUES (:s, 'pupil', 'Ada', 'Bos'), (:s, 'pupil', 'Ada', 'Bos')",
        s=school.cast.school_id,
    )
    run = await school.import_now(TEAM, title="Water")
    assert set(await places(school, run.evaluation_id)) == {"Bo", "Cas"}
    left_out = [p["row"] for p in run.problems if p["code"] == "person_left_out"]
    assert left_out == [2, 4, 6]


async def test_a_roster_adds_people_and_teams_without_feedback(school: School) -> None:
    data = roster("Ada Bos,ada@brug.example,101,4A,Team 1", "Bo Smit,,102,4A,Team 1")
    run = await school.import_now(data, title="Water")
    assert await school.rows(
        "SELECT number, email, class_name, team.name FROM participant "
        "JOIN user_account u ON u.id = student_id JOIN team ON team.id = team_id "
        "WHERE participant.evaluation_id = :e ORDER BY number",
        e=run.evaluation_id,
    ) == [("101", "ada@brug.example", "4A", "Team 1"), ("102", None, "4A", "Team 1")]
    untitled = await school.import_now(roster("Cas Mol,,103,4A,"))
    assert untitled.evaluation_id is None
    assert await school.value("SELECT class_name FROM user_account WHERE number = '103'") == "4A"


async def test_numbered_teams_are_one_whatever_a_file_calls_them(school: School) -> None:
    run = await school.import_now(
        roster("Ada Bos,,101,4A,1", "Bo Smit,,102,4A,Projectgroep X"), title="Water"
    )
    data = "team,from_student_name,to_student_name,comment\nGroep 1,Ada Bos,Ada Bos,Ik was er\n"
    again = await school.import_now(data, evaluation_id=run.evaluation_id)
    assert again.created["moved"] == again.created["teams"] == []


async def test_a_nickname_that_comes_later_is_added_and_makes_every_summary_around_stale(
    school: School,
) -> None:
    course = school.cast.course.evaluation_id
    before = await revisions(school, course)
    data = "name,student_number\nFatima (Fati) el Amrani,101\n"
    run = await school.import_now(data)
    assert await school.value("SELECT aliases FROM user_account WHERE number = '101'") == ["Fati"]
    assert await revisions(school, course) == {name: one + 1 for name, one in before.items()}
    await school.undo(run.id)
    assert await school.value("SELECT aliases FROM user_account WHERE given_name = 'Fatima'") == []


async def test_feedback_without_a_title_is_refused(school: School) -> None:
    with pytest.raises(BadInput) as caught:
        await school.preview(TEAM)
    assert caught.value.field == "title"


async def test_an_address_of_another_school_does_not_stop_the_import(school: School) -> None:
    run = await school.import_now(roster("Ada Bos,stranger@elders.example,101,4A,"))
    assert [problem["code"] for problem in run.problems] == ["email_unusable"]
    assert await school.value("SELECT email FROM user_account WHERE number = '101'") is None


async def test_written_at_is_the_schools_time(school: School) -> None:
    data = "from_student_name,to_student_name,comment,created_at\nAda Bos,Bo Smit,Goed,12-07-2026 10:00\n"
    await school.import_now(data, title="Water")
    stored = await school.value(
        "SELECT to_char(written_at AT TIME ZONE 'UTC', 'HH24:MI') FROM feedback_entry WHERE comment = 'Goed'"
    )
    assert stored == "08:00"


async def test_a_moment_with_a_time_zone_keeps_it(school: School) -> None:
    data = (
        '{"format": "terugblik", "version": 1, "evaluation": {"title": "W"}, "people": '
        '[{"id": "a", "name": "Ada Bos"}, {"id": "b", "name": "Bo Smit"}], "entries": [{"reviewer": "a", '
        '"reviewee": "b", "comment": "Goed", "written_at": "2026-07-12T10:00:00Z"}]}'
    )
    await school.import_now(data)
    stored = await school.value(
        "SELECT to_char(written_at AT TIME ZONE 'UTC', 'HH24:MI') FROM feedback_entry WHERE comment = 'Goed'"
    )
    assert stored == "10:00"


async def test_the_schools_policy_holds_for_new_evaluations(school: School) -> None:
    await school.run(
        """UPDATE school SET policy = '{"min_reviewers": 3, "release": "reviewed", "other": 1}' """
        "WHERE id = :s",
        s=school.cast.school_id,
    )
    run = await school.import_now(TEAM, title="Water")
    assert await school.rows(
        "SELECT min_reviewers, release FROM evaluation WHERE id = :e", e=run.evaluation_id
    ) == [(3, "reviewed")]


async def test_of_two_who_apply_one_run_at_once_one_wins_and_the_other_is_told(school: School) -> None:
    run = await school.preview(TEAM, title="Water")
    outcomes = await asyncio.gather(school.apply(run.id), school.apply(run.id), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Conflict, ImportRun}
    assert await school.value("SELECT count(*) FROM evaluation WHERE title = 'Water'") == 1


async def test_a_run_that_is_being_applied_is_refused_at_once(school: School) -> None:
    run = await school.preview(TEAM, title="Water")
    async with school.units() as busy:
        await busy.session.execute(text("SELECT 1 FROM import_run WHERE id = :r FOR UPDATE"), {"r": run.id})
        with pytest.raises(Conflict, match="busy"):
            await school.apply(run.id)


async def test_imports_into_one_school_wait_for_each_other(school: School) -> None:
    run = await school.preview(roster("Ada Bos,ada@brug.example,101,4A,"))
    waiting = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'"
    )

    async def waits() -> bool:
        return await school.value(waiting) == 1

    async with school.units() as first:
        await repository.school_facts(first.session, school.cast.school_id, lock=True)
        second = asyncio.create_task(school.apply(run.id))
        await eventually(waits)
        await first.session.execute(
            text(
                "INSERT INTO user_account (school_id, role, given_name, family_name, number) "
                "VALUES (:s, 'pupil', 'Ada', 'Bos', '101')"
            ),
            {"s": school.cast.school_id},
        )
    assert (await second).counts["people_known"] == 1


async def test_only_the_own_school_and_the_own_hands_touch_a_run(school: School) -> None:
    cast = school.cast
    run = await school.preview(TEAM, title="Water")
    for person, error in (
        (cast.colleague, NotFound),
        (cast.stranger, NotFound),
        (cast.stranger_admin, NotFound),
        (cast.student, Forbidden),
    ):
        with pytest.raises(error):
            async with school.units() as uow:
                await import_service.apply(uow, person.principal, run.id)
    async with school.units() as uow:
        assert [seen.id for seen in await import_service.list_runs(uow.session, cast.admin.principal)] == [
            run.id
        ]
        assert await import_service.list_runs(uow.session, cast.colleague.principal) == []


async def test_a_teacher_cannot_import_into_an_evaluation_of_somebody_else(school: School) -> None:
    cast = school.cast
    for person in (cast.colleague, cast.stranger, cast.stranger_admin):
        with pytest.raises(NotFound):
            await school.import_now(TEAM, user=person.principal, evaluation_id=cast.course.evaluation_id)


async def test_a_dry_run_writes_nothing_at_all(school: School) -> None:
    before = await school.everything()
    async with school.units() as uow:
        found = await import_service.dry_run(
            uow.session, school.cast.owner.principal, Upload(TEAM.encode(), "x.csv", "Water")
        )
    assert found.counts()["entries_new"] == 5
    assert await school.everything() == before
    assert await school.value("SELECT count(*) FROM import_run") == 0


async def test_a_preview_that_nobody_confirms_is_forgotten(school: School) -> None:
    old = await school.preview(TEAM, title="Water")
    await school.run("UPDATE import_run SET created_at = now() - interval '25 hours'")
    new = await school.preview(TEAM, title="Water")
    assert await school.rows("SELECT id FROM import_run") == [(new.id,)]
    with pytest.raises(NotFound):
        await school.apply(old.id)


async def test_the_number_of_statements_does_not_grow_with_the_file(school: School) -> None:
    sent = []
    for students in (8, 200):
        with counted_statements() as statements:
            await school.import_now(large(students), title="Groot")
        sent.append(len(statements))
    assert sent[0] == sent[1] <= 20
