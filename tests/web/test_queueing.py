"""POST …/queue: what it asks of PostgreSQL, and when the workers are told."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from app.core.unit_of_work import UnitOfWork
from app.evaluations.models import Participant
from app.jobs.models import student_of
from app.jobs.sql import reads
from app.summaries import finish, inputs
from app.text.generate import stand_in
from tests.support.classes import must_claim
from tests.support.school import counted_statements
from tests.support.web import Web


def queue_path(web: Web) -> str:
    path = f"evaluation/{web.cast.course.evaluation_id}/student/{web.cast.student.id}"
    return f"/api/v1/feedback-summaries/{path}/queue"


async def test_one_statement_for_each_question(web: Web) -> None:
    """Who asks; may they, and about whom; a job that answers; the row; its place in line; the pace."""
    async with web.as_user(web.cast.owner) as teacher:
        with counted_statements() as sent:
            answer = await teacher.post(queue_path(web), json={})
    assert answer.status_code == 202
    assert answer.json()["position"] == 1
    assert len(sent) == 6, sent


async def write_summary(web: Web) -> None:
    """Be the worker that is lucky: the job in line ends with a summary that is no stand-in."""
    job, lease = await must_claim(web.units)
    async with web.units() as uow:
        reading = await inputs.read(uow.session, *student_of(job), "m")
        draft = replace(stand_in(reading.material), provisional=False)
        await finish.Written(job, reading, draft).store(uow, lease)


async def test_what_answers_is_the_live_job_and_else_the_one_whose_summary_still_holds(web: Web) -> None:
    async with web.as_user(web.cast.owner) as teacher:

        async def ask(*, force: bool = False) -> tuple[int, str]:
            answer = await teacher.post(queue_path(web), json={"force": force})
            return answer.status_code, answer.json()["job_id"]

        first = await ask()
        assert first[0] == 202
        assert await ask() == (200, first[1])
        await write_summary(web)
        assert await ask() == (200, first[1])
        forced = await ask(force=True)
        assert forced[0] == 202
        assert await ask() == await ask(force=True) == (200, forced[1])
        await write_summary(web)
        async with web.units() as uow:
            await uow.session.execute(update(Participant).values(revision=Participant.revision + 1))
        assert (await ask())[0] == 202


async def test_the_work_begins_before_its_place_in_line_is_counted(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the counting cannot hold up the job, nor the school's other calls that wait for its lane's row."""
    order: list[str] = []
    send, position = UnitOfWork._send, reads.position

    async def noted_send(uow: UnitOfWork) -> None:
        await send(uow)
        order.append("sent")

    async def noted_position(*given: object) -> int | None:
        order.append("counted")
        return await position(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(UnitOfWork, "_send", noted_send)
    monkeypatch.setattr(reads, "position", noted_position)
    async with web.as_user(web.cast.owner) as teacher:
        answer = await teacher.post(queue_path(web), json={})
    assert answer.status_code == 202
    assert order == ["sent", "counted"]
