"""The check of many streams, on a real database: a stream ends with its user's rights, and news is found."""

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
from app.summaries import orders
from app.summaries.orders import SummaryOrder
from tests.support.cast import Cast, Person
from tests.support.classes import must_claim
from tests.support.eventually import MAX_WAIT_SECONDS
from tests.support.plans import listening
from tests.support.web import Web, serving
from tests.web.live.test_streams import BASE, queue, stream
from web.live import reauthorise
from web.live.reauthorise import OpenStream, check_all
from web.live.subscription import Subscription, Topic


def open_stream(person: Person, topic: Topic, job: Job, *, cookie: bool = False) -> OpenStream:
    """A stream whose user may see the topic, and that was sent the newest state of the job."""
    shown = (
        Credential.from_secret("session", person.cookie)
        if cookie
        else Credential.from_secret("token", person.token)
    )
    user = person.principal if cookie else replace(person.principal, session_key=None)
    return OpenStream(Subscription(topic), user, shown, {job.id: job.seq})


async def crowd(web: Web) -> tuple[dict[str, OpenStream], Job]:
    """A stream of everybody who may see the student's job, for each way in which they may."""
    cast, job = web.cast, (await queue(web)).job
    one = Topic(cast.school_id, job_id=job.id)
    student = Topic(cast.school_id, job.evaluation_id, job.student_id)
    return {
        "pupil, job": open_stream(cast.student, one, job),
        "pupil, page": open_stream(cast.student, student, job, cookie=True),
        "teacher, job": open_stream(cast.owner, one, job),
        "teacher, page": open_stream(cast.owner, student, job, cookie=True),
        "admin, job": open_stream(cast.admin, one, job),
        "admin, page": open_stream(cast.admin, student, job, cookie=True),
    }, job


async def ended(web: Web, streams: dict[str, OpenStream]) -> set[str]:
    """The names of the streams that end when all are checked. None is refreshed."""
    async with web.units() as uow:
        await check_all(uow.session, list(streams.values()))
    assert not any(stream.subscription.take_refresh_request() for stream in streams.values())
    return {name for name, stream in streams.items() if stream.subscription.ended}


async def test_a_stream_with_rights_and_without_news_is_left_alone(web: Web) -> None:
    streams, _ = await crowd(web)
    assert await ended(web, streams) == set()


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
async def test_only_streams_whose_user_lost_the_right_end(web: Web, name: str) -> None:
    change, losers = CHANGES[name]
    streams, _ = await crowd(web)
    async with web.units() as uow:
        await _make(uow.session, *change(web.cast))
    assert await ended(web, streams) == losers


async def _make(
    session: AsyncSession, table: type, where: ColumnElement[bool], values: dict[str, object] | None
) -> None:
    statement = delete(table) if values is None else update(table).values(values)
    await session.execute(statement.where(where))


async def test_a_stream_without_the_newest_state_is_refreshed(web: Web) -> None:
    streams, _ = await crowd(web)
    await must_claim(web.units)
    async with web.units() as uow:
        await check_all(uow.session, list(streams.values()))
    assert all(
        stream.subscription.take_refresh_request() and not stream.subscription.ended
        for stream in streams.values()
    )


async def test_a_new_job_of_a_pupil_is_news_for_the_page(web: Web) -> None:
    streams, job = await crowd(web)
    cast = web.cast
    async with web.units() as uow:
        await jobs.cancel(uow, cast.school_id, job.id)
        order = SummaryOrder(cast.school_id, cast.course.evaluation_id, [cast.student.id], 1, None)
        await orders.queue(uow, order)
    pages = [
        replace(stream, sent={job.id: 9 * SEQ_STRIDE}) for name, stream in streams.items() if "page" in name
    ]
    async with web.units() as uow:
        await check_all(uow.session, pages)
    assert all(stream.subscription.take_refresh_request() for stream in pages)


async def test_a_stream_about_an_evaluation_is_always_refreshed(web: Web) -> None:
    _, job = await crowd(web)
    stream = open_stream(web.cast.owner, Topic(web.cast.school_id, job.evaluation_id), job)
    async with web.units() as uow:
        await check_all(uow.session, [stream])
    assert stream.subscription.take_refresh_request()


async def test_more_streams_take_no_more_statements(web: Web) -> None:
    streams, job = await crowd(web)
    everybody = [*streams.values()] * 50
    sent: list[int] = []
    for some in (list(streams.values()), everybody):
        async with web.units() as uow:
            with listening() as heard:
                await check_all(uow.session, [replace(stream, sent={job.id: job.seq}) for stream in some])
        sent.append(len(heard.statements))
    assert sent[0] == sent[1] <= 6


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every stream is due at once."""
    monkeypatch.setattr(reauthorise, "RECHECK_INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr(reauthorise, "GATHER_INTERVAL_SECONDS", 0.05)


@pytest.mark.usefixtures("impatient")
class TestStreams:
    """The same over real HTTP."""

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

    async def test_the_check_finds_a_change_without_event(self, web: Web) -> None:
        job = (await queue(web)).job
        async with (
            serving(web.app) as url,
            stream(url, f"{BASE}/jobs/{job.id}/events", web.cast.student) as events,
            asyncio.timeout(MAX_WAIT_SECONDS),
        ):
            await anext(events)
            async with web.units() as uow:  # a change without any event
                await uow.session.execute(update(Job).values(seq=Job.seq + SEQ_STRIDE))
            _, found = await anext(events)
            assert found["seq"] == job.seq + SEQ_STRIDE
