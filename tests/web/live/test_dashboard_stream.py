"""The stream of the dashboard: numbers for the role, the jobs on the page, one count for all streams."""

import asyncio
import re

from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs import pause
from app.jobs.models import Job
from app.settings import LANES
from app.summaries import orders
from app.summaries.orders import SummaryOrder
from tests.support.cast import Course, Person
from tests.support.classes import must_claim
from tests.support.eventually import MAX_WAIT_SECONDS
from tests.support.web import Web, serving
from tests.web.live.test_streams import Sent, stream
from web.live.shared_cache import SharedCache

PAGE = "/live/monitoring"
OPERATOR = {"verdict", "trend", "workers", "causes"} | {
    f"{part}-{lane}" for lane in LANES for part in ("lane", "lane-act")
}


async def queue(web: Web, student: Person, course: Course | None = None) -> Job:
    """A job for this pupil."""
    there = course or web.cast.course
    order = SummaryOrder(
        student.principal.school_id, there.evaluation_id, [student.id], lane=1, requested_by=None
    )
    async with web.units() as uow:
        return (await orders.queue(uow, order))[student.id].job


def html(sent: Sent) -> dict[str, str]:
    """The parts in a patch."""
    name, data = sent
    assert name == "patch"
    return data["html"]  # type: ignore[return-value]


def waiting(part: str) -> int:
    """The number of waiting jobs in a lane."""
    found = re.search(r"<dt>wachten</dt><dd>(\d+)", part)
    assert found
    return int(found[1])


async def test_an_operator_sees_numbers_and_rows_move(web: Web) -> None:
    job = await queue(web, web.cast.student)
    async with serving(web.app) as url, stream(url, f"{PAGE}?jobs={job.id}", web.cast.admin) as events:
        first = html(await anext(events))
        assert first.keys() == OPERATOR
        assert waiting(first["lane-normal"]) == 1
        await must_claim(web.units)
        seen = first.copy()
        del seen["lane-high"]
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            while waiting(seen["lane-normal"]) or '"processing"' not in seen.get(f"at-{job.id}", ""):
                seen |= html(await anext(events))
        assert "lane-high" not in seen, "what has not changed is not sent again"


async def test_a_teacher_gets_the_verdict_and_only_newer_jobs_of_the_own_evaluations(web: Web) -> None:
    async with (
        serving(web.app) as url,
        stream(url, PAGE, web.cast.owner) as own,
        stream(url, PAGE, web.cast.colleague) as others,
        stream(url, PAGE, web.cast.stranger) as elsewhere,
    ):
        assert html(await anext(own)).keys() == {"verdict"}
        await anext(others)
        await anext(elsewhere)
        await queue(web, web.cast.student)
        await queue(web, web.cast.third)
        seen: dict[str, str] = {}
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            while "2 nieuwere" not in seen.get("newer", ""):
                seen |= html(await anext(own))
            assert html(await anext(others)).keys() == {"verdict"}
        await queue(web, web.cast.stranger_student, web.cast.elsewhere)
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            parts = html(await anext(elsewhere))
            while "newer" not in parts:
                parts |= html(await anext(elsewhere))
        assert "1 newer job" in parts["newer"]


async def test_jobs_of_others_are_not_shown_when_they_are_named(web: Web) -> None:
    theirs = await queue(web, web.cast.stranger_student, web.cast.elsewhere)
    unseen = await queue(web, web.cast.student)
    path = f"{PAGE}?jobs={theirs.id},{unseen.id}"
    async with serving(web.app) as url, stream(url, path, web.cast.colleague) as events:
        await anext(events)
        async with web.units() as uow:
            await pause.pause(uow, web.cast.school_id, 1, web.cast.admin.id)
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            parts = html(await anext(events))
        assert parts.keys() == {"verdict"}
        assert "gewone voorrang" in parts["verdict"]


async def test_all_streams_share_a_count() -> None:
    counted = 0
    now = 100.0

    async def count(_: AsyncSession, school_id: int) -> int:
        nonlocal counted
        counted += 1
        await asyncio.sleep(0)
        return school_id

    class NoSession(AsyncSession):
        async def __aexit__(self, *_: object) -> None:
            """There is nothing to close."""

    shared = SharedCache(NoSession, count, clock=lambda: now)
    assert await asyncio.gather(*(shared.get(7, since=now) for _ in range(200))) == [7] * 200
    assert counted == 1
    now = 100.4
    await asyncio.gather(*(shared.get(7, since=100.0) for _ in range(200)))
    assert counted == 1
    await asyncio.gather(*(shared.get(7, since=now) for _ in range(200)))
    assert counted == 2
