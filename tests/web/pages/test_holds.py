"""A held text, from the signal to the release, and a newer text beside the one a teacher worked on."""

from sqlalchemy import text

from tests.support.web import Web

SENTENCE = "Het is fijn wat je deed."


async def hold(web: Web) -> str:
    """A held draft for the student of the cast; returns the page's address."""
    cast = web.cast
    async with web.units() as uow:
        await uow.session.execute(
            text(
                "INSERT INTO summary (school_id, evaluation_id, student_id, state, locale, method,"
                " input_hash, revision, comments_used, comments_total, held_for, flags)"
                " SELECT school_id, :evaluation, :student, 'draft', 'nl', 'ai', '', 1, 2, 2,"
                """ '["self_harm"]', '[{"entry_id": 1, "reason": "self_harm"}]'"""
                " FROM evaluation WHERE id = :evaluation"
            ),
            {"evaluation": cast.course.evaluation_id, "student": cast.student.id},
        )
        await uow.session.execute(
            text(
                "INSERT INTO summary_sentence (summary_id, position, kind, text)"
                " SELECT id, 0, 'strength', :text FROM summary"
            ),
            {"text": SENTENCE},
        )
    return f"/evaluations/{cast.course.evaluation_id}/students/{cast.student.id}"


async def state(web: Web) -> tuple[object, ...]:
    """What is stored of the text."""
    async with web.units() as uow:
        columns = "state, held_for, seen_entries, approved_by IS NOT NULL"
        return tuple((await uow.session.execute(text(f"SELECT {columns} FROM summary"))).one())  # noqa: S608


async def test_a_held_text_is_read_by_nobody_until_a_teacher_has_looked(web: Web) -> None:
    address = await hold(web)
    async with web.by_cookie(web.cast.student) as student, web.by_cookie(web.cast.owner) as teacher:
        assert SENTENCE not in (await student.get(address)).text
        page = (await teacher.get(address)).text
        assert "data-held" in page
        assert "Signaal van zelfbeschadiging" in page
        assert "113" in page
        assert (await student.post(f"{address}/hold", data={"use": "yes"})).status_code == 403
        await teacher.post(f"{address}/release")
        assert await state(web) == ("draft", ["self_harm"], [], False), "releasing does not end a hold"
        answer = await teacher.post(f"{address}/hold", data={"use": "yes"})
        assert answer.status_code == 303
        assert await state(web) == ("released", [], [1], True)
        assert SENTENCE in (await student.get(address)).text
        assert (await teacher.post(f"{address}/hold", data={"use": "yes"})).status_code == 303


async def test_a_text_that_is_not_used_stays_unread(web: Web) -> None:
    address = await hold(web)
    async with web.by_cookie(web.cast.student) as student, web.by_cookie(web.cast.owner) as teacher:
        await teacher.post(f"{address}/hold", data={"use": "no"})
        assert await state(web) == ("draft", [], [1], False)
        assert SENTENCE not in (await student.get(address)).text


async def test_a_teacher_chooses_between_two_texts(web: Web) -> None:
    address = await hold(web)
    newer = "Je mag vaker op tijd komen."
    async with web.units() as uow:
        await uow.session.execute(
            text("UPDATE summary SET state = 'released', held_for = '[]', edited_at = now()")
        )
        await uow.session.execute(
            text(
                "INSERT INTO summary_version (summary_id, number, beside, facts, sentences)"
                """ SELECT id, 2, true, to_jsonb(summary) || '{"input_hash": ""}', jsonb_build_array("""
                " jsonb_build_object('position', 0, 'kind', 'growth', 'text', CAST(:text AS text),"
                " 'origin', 'model', 'quotes', '[]'::jsonb, 'entry_ids', '[]'::jsonb)) FROM summary"
            ),
            {"text": newer},
        )
    async with web.by_cookie(web.cast.student) as student, web.by_cookie(web.cast.owner) as teacher:
        page = (await teacher.get(address)).text
        assert newer in page
        assert newer not in (await student.get(address)).text
        await teacher.post(f"{address}/beside", data={"use": "yes"})
        shown = (await student.get(address)).text
        assert newer in shown
        assert SENTENCE not in shown
        assert (await teacher.post(f"{address}/beside", data={"use": "yes"})).status_code == 303
    async with web.units() as uow:
        kept = (await uow.session.execute(text("SELECT number, sentences FROM summary_version"))).one()
    assert kept.number == 1
    assert [one["text"] for one in kept.sentences] == [SENTENCE]
