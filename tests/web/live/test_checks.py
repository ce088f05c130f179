"""The check of many viewers, on a real database: whatever ends a right ends the stream, and news is found."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import ColumnElement, delete, func, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import ApiToken, LoginSession, User
from app.accounts.principal import Credential
from app.core.events import SEQ_STRIDE
from app.evaluations.models import EvaluationTeacher, Participant
from app.jobs import service as jobs
from app.jobs.models import Job
from app.jobs.service import Order
from tests.support.cast import Cast, Person
from tests.support.classes import must_claim
from tests.support.eventually import MAX_WAIT_SECONDS
from tests.support.plans import listening
from tests.support.web import Web, serving
from tests.web.live.test_streams import BASE, queue, stream
from web.live import reauthorise
from web.live.reauthorise import Watch, check_all
from web.live.subscription import Topic, Viewer


def watching(person: Person, topic: Topic, job: Job, *, cookie: bool = False) -> Watch:
    """Somebody who was let in and was told all of the job."""
    shown = Credential.of("session", person.cookie) if cookie else Credential.of("token", person.token)
    user = person.principal if cookie else replace(person.principal, session_key=None)
    return Watch(Viewer(topic), user, shown, {job.id: job.seq})


async def crowd(web: Web) -> tuple[dict[str, Watch], Job]:
    """Everybody who may watch the pupil's job, in every way that they may."""
    cast, job = web.cast, (await queue(web)).job
    one = Topic(cast.school_id, job_id=job.id)
    student = Topic(cast.school_id, job.evaluation_id, job.student_id)
    return {
        "pupil, job": watching(cast.student, one, job),
        "pupil, page": watching(cast.student, student, job, cookie=True),
        "teacher, job": watching(cast.owner, one, job),
        "teacher, page": watching(cast.owner, student, job, cookie=True),
        "admin, job": watching(cast.admin, one, job),
        "admin, page": watching(cast.admin, student, job, cookie=True),
    }, job


async def ended(web: Web, watches: dict[str, Watch]) -> set[str]:
    """Check them all; who may look no longer. Nobody is told to look again."""
    async with web.units() as uow:
        await check_all(uow.session, list(watches.values()))
    assert not any(watch.viewer.take_missed() for watch in watches.values())
    return {name for name, watch in watches.items() if watch.viewer.ended}


async def test_nobody_is_bothered_who_may_look_and_was_told_all(web: Web) -> None:
    watches, _ = await crowd(web)
    assert await ended(web, watches) == set()


Change = Callable[[Cast], tuple[type, ColumnElement[bool], dict[str, object] | None]]

CHANGES: dict[str, tuple[Change, set[str]]] = {
    "token withdrawn": (
        lambda cast: (ApiToken, ApiToken.user_id == cast.student.id, {"revoked_at": func.now()}),
        {"pupil, job"},
    ),
    "logged out": (
        lambda cast: (LoginSession, LoginSession.user_id == cast.owner.id, None),
        {"teacher, page"},
    ),
    "blocked": (
        lambda cast: (User, User.id == cast.student.id, {"blocked_at": func.now()}),
        {"pupil, job", "pupil, page"},
    ),
    "administrator no more": (
        lambda cast: (User, User.id == cast.admin.id, {"role": "teacher"}),
        {"admin, job", "admin, page"},
    ),
    "taken off the evaluation": (
        lambda cast: (EvaluationTeacher, EvaluationTeacher.user_id == cast.owner.id, None),
        {"teacher, job", "teacher, page"},
    ),
    "pupil removed": (
        lambda cast: (Participant, Participant.student_id == cast.student.id, None),
        {"pupil, job", "pupil, page", "teacher, page", "admin, page"},
    ),
    "job deleted": (
        lambda cast: (Job, Job.student_id == cast.student.id, None),
        {"pupil, job", "teacher, job", "admin, job"},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_whoever_may_look_no_longer_is_ended_and_nobody_else(web: Web, name: str) -> None:
    change, losers = CHANGES[name]
    watches, _ = await crowd(web)
    async with web.units() as uow:
        await _make(uow.session, *change(web.cast))
    assert await ended(web, watches) == losers


async def _make(
    session: AsyncSession, table: type, where: ColumnElement[bool], values: dict[str, object] | None
) -> None:
    statement = delete(table) if values is None else update(table).values(values)
    await session.execute(statement.where(where))


async def test_who_was_not_told_the_newest_state_looks_again(web: Web) -> None:
    watches, _ = await crowd(web)
    await must_claim(web.units)
    async with web.units() as uow:
        await check_all(uow.session, list(watches.values()))
    assert all(watch.viewer.take_missed() and not watch.viewer.ended for watch in watches.values())


async def test_a_new_job_of_a_pupil_is_news_for_the_page(web: Web) -> None:
    watches, job = await crowd(web)
    cast = web.cast
    async with web.units() as uow:
        await jobs.cancel(uow, cast.school_id, job.id)
        order = Order(cast.school_id, job.evaluation_id, [cast.student.id], lane=1, requested_by=None)
        await jobs.queue(uow, order)
    pages = [
        replace(watch, told={job.id: 9 * SEQ_STRIDE}) for name, watch in watches.items() if "page" in name
    ]
    async with web.units() as uow:
        await check_all(uow.session, pages)
    assert all(watch.viewer.take_missed() for watch in pages)


async def test_who_watches_a_class_looks_again(web: Web) -> None:
    _, job = await crowd(web)
    watch = watching(web.cast.owner, Topic(web.cast.school_id, job.evaluation_id), job)
    async with web.units() as uow:
        await check_all(uow.session, [watch])
    assert watch.viewer.take_missed()


async def test_more_viewers_take_no_more_statements(web: Web) -> None:
    watches, job = await crowd(web)
    everybody = [*watches.values()] * 50
    sent: list[int] = []
    for batch in (list(watches.values()), everybody):
        async with web.units() as uow:
            with listening() as heard:
                await check_all(uow.session, [replace(watch, told={job.id: job.seq}) for watch in batch])
        sent.append(len(heard.statements))
    assert sent[0] == sent[1] <= 6


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Viewers are due at once."""
    monkeypatch.setattr(reauthorise, "RECHECK_EVERY", 0.0)
    monkeypatch.setattr(reauthorise, "GATHER", 0.05)


@pytest.mark.usefixtures("impatient")
class TestStreams:
    """The same over real HTTP, with a keeper in a hurry."""

    @pytest.mark.parametrize("whole_class", [True, False])
    async def test_a_teacher_s_stream_ends_when_they_are_taken_off(
        self, web: Web, *, whole_class: bool
    ) -> None:
        job = (await queue(web)).job
        topic = f"evaluation/{job.evaluation_id}" if whole_class else f"jobs/{job.id}"
        async with (
            serving(web.app) as url,
            stream(url, f"{BASE}/{topic}/events", web.cast.owner) as events,
            asyncio.timeout(MAX_WAIT_SECONDS),
        ):
            await anext(events)
            async with web.units() as uow:
                gone = delete(EvaluationTeacher).where(EvaluationTeacher.user_id == web.cast.owner.id)
                await uow.session.execute(gone)
            async for name, _ in events:
                assert name != "end"

    async def test_what_no_event_told_is_told_by_the_check(self, web: Web) -> None:
        job = (await queue(web)).job
        async with (
            serving(web.app) as url,
            stream(url, f"{BASE}/jobs/{job.id}/events", web.cast.student) as events,
            asyncio.timeout(MAX_WAIT_SECONDS),
        ):
            await anext(events)
            async with web.units() as uow:  # a change of which nobody publishes anything
                await uow.session.execute(update(Job).values(seq=Job.seq + SEQ_STRIDE))
            _, told = await anext(events)
            assert told["seq"] == job.seq + SEQ_STRIDE
