"""POST …/queue: what it asks of PostgreSQL, and when the workers are told."""

import pytest

from app.core.unit_of_work import UnitOfWork
from app.jobs import queries
from tests.app.evaluations.conftest import counted_statements
from tests.support.web import Web


def queue_path(web: Web) -> str:
    place = f"evaluation/{web.cast.course.evaluation_id}/student/{web.cast.pupil.id}"
    return f"/api/v1/feedback-summaries/{place}/queue"


async def test_one_statement_for_each_question(web: Web) -> None:
    """Who asks; may they, and about whom; a live job; a fresh one; the row; its place in line; the pace."""
    async with web.as_user(web.cast.owner) as teacher:
        with counted_statements() as sent:
            answer = await teacher.post(queue_path(web), json={})
    assert answer.status_code == 202
    assert answer.json()["position"] == 1
    assert len(sent) == 7, sent


async def test_the_work_begins_before_its_place_in_line_is_counted(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the counting cannot hold up the job, nor the school's other calls that wait for its lane's row."""
    order: list[str] = []
    send, position = UnitOfWork._send, queries.position

    async def noted_send(uow: UnitOfWork) -> None:
        await send(uow)
        order.append("sent")

    async def noted_position(*given: object) -> int | None:
        order.append("counted")
        return await position(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(UnitOfWork, "_send", noted_send)
    monkeypatch.setattr(queries, "position", noted_position)
    async with web.as_user(web.cast.owner) as teacher:
        answer = await teacher.post(queue_path(web), json={})
    assert answer.status_code == 202
    assert order == ["sent", "counted"]
