"""The dashboard over HTTP: what each role sees of which school, and what can be done from it."""

import re
from collections.abc import Sequence

import pytest
from sqlalchemy import select, text

from app.audit.models import AuditEvent
from app.jobs.models import Job
from app.jobs.sql import workers
from app.monitoring.schemas import QueueCounts, QueueOut
from app.monitoring.time_series import MINUTES, History
from app.summaries import orders
from app.summaries.orders import SummaryOrder
from tests.support.cast import Course
from tests.support.web import Web
from tests.web.pages.dashboard_cases import HISTORY, IDLE, NOTHING, QUEUES, WORKERS
from tests.web.pages.writing import fail_next
from web.pages.monitoring.page import JOBS_PER_PAGE, dashboard
from web.pages.monitoring.view import Mood

PAGE = "/monitoring"


async def queue(
    web: Web, course: Course | None = None, students: Sequence[int] = (), lane: int = 1
) -> list[Job]:
    """Jobs of a course, by default one for the pupil."""
    cast = web.cast
    there = course or cast.course
    school = cast.school_id if there is cast.course else cast.other_school_id
    order = SummaryOrder(
        school, there.evaluation_id, list(students) or [cast.student.id], lane, requested_by=None
    )
    async with web.units() as uow:
        return [queued.job for queued in (await orders.queue(uow, order)).values()]


async def states(web: Web) -> list[str]:
    async with web.units() as uow:
        return sorted(await uow.session.scalars(select(Job.state)))


@pytest.fixture
async def worker_present(web: Web) -> None:
    """A worker is there and reaches the model."""
    async with web.units() as uow:
        await workers.beat(uow.session, "one", ("high", "normal", "low"), 0, model_reachable=True)


@pytest.mark.parametrize(
    ("mood", "queues", "history"),
    [
        ("nobody", QUEUES, History((0,) * MINUTES, (None,) * MINUTES, {}, None, ())),
        ("away", QUEUES, History((0,) * MINUTES, (None,) * MINUTES, {}, None, WORKERS[2:])),
        ("busy", (*QUEUES[:2], QueueOut("ai-summaries-low", 1, 0, 0, False, 0, 120)), HISTORY),
        ("normal", QUEUES, HISTORY),
        ("quiet", IDLE, NOTHING),
    ],
)
def test_the_mood_is_the_worst_that_holds(mood: Mood, queues: tuple[QueueOut, ...], history: History) -> None:
    assert dashboard(QueueCounts(list(queues)), history).verdict.mood == mood


async def test_a_teacher_reads_a_word_and_the_own_jobs(web: Web, worker_present: None) -> None:
    (job,) = await queue(web)
    async with web.units() as uow:
        await uow.session.execute(
            text(
                "UPDATE job SET state = 'completed', created_at = now() - interval '40 seconds',"
                " started_at = now(), completed_at = now()"
            )
        )
    await queue(web, students=[web.cast.third.id])
    async with web.by_cookie(web.cast.owner) as owner, web.by_cookie(web.cast.colleague) as colleague:
        page = (await owner.get(PAGE)).text
        other = (await colleague.get(PAGE)).text
    assert "Normaal; langzaamste vandaag 40 s" in page
    assert f'href="/jobs/{job.id}"' in page
    assert "Normaal; langzaamste vandaag 40 s" in other
    assert "Fatima el Amrani" not in other, "she is in no class of this colleague"
    assert "Doorstroming" not in page
    assert "Pauzeren" not in page


async def test_an_operator_sees_lanes_workers_and_causes_of_the_own_school(
    web: Web, worker_present: None
) -> None:
    await queue(web)
    await fail_next(web.units, "model_slow")
    await queue(web, web.cast.elsewhere, [web.cast.stranger_student.id])
    await queue(web, students=[web.cast.third.id], lane=0)
    async with web.by_cookie(web.cast.admin) as admin:
        page = (await admin.get(PAGE)).text
        assert re.findall(r'id="lane-(\w+)" data-part>\s*<div><dt>wachten</dt><dd>(\d+)', page) == [
            ("high", "1"),
            ("normal", "0"),
            ("low", "0"),
        ]
        assert "Noor" not in page
        assert f"{PAGE}?status=failed&amp;cause=model_slow" in page
        failed = (await admin.get(PAGE, params={"status": "failed", "cause": "model_slow"})).text
        assert "Fatima el Amrani" in failed
        assert "Roos van Dijk" not in failed
        assert 'data-snapshot="/monitoring?status=failed&amp;cause=model_slow"' in failed
        assert "Geen opdracht past" in (await admin.get(PAGE, params={"lane": "low"})).text
        assert (await admin.get(PAGE, params={"cursor": "nonsense"})).status_code == 400


async def test_pages_follow_each_other_without_a_gap(web: Web, worker_present: None) -> None:
    async with web.units() as uow:
        await uow.session.execute(
            text(
                """
                INSERT INTO job (id, task, subject_key, school_id, evaluation_id, student_id, lane, rank,
                                 state, created_at, completed_at)
                SELECT 'job-' || (1000 + number), 'summary',
                       CAST(:evaluation AS bigint) || ':' || CAST(:student AS bigint),
                       :school, :evaluation, :student, 1, number, 'failed',
                       now() - (number / 2) * interval '1 second', now()
                FROM generate_series(1, 60) AS number
                """
            ),
            {
                "school": web.cast.school_id,
                "evaluation": web.cast.course.evaluation_id,
                "student": web.cast.student.id,
            },
        )
    seen: list[str] = []
    address = PAGE
    async with web.by_cookie(web.cast.admin) as admin:
        while address:
            page = (await admin.get(address)).text
            found = re.findall(r'name="job_id" value="([^"]+)"', page)
            assert len(found) <= JOBS_PER_PAGE
            assert len(page.encode()) < 50_000
            seen += found
            following = re.search(r'rel="next" href="([^"]+)"', page)
            address = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 60


async def test_a_selection_is_cancelled_and_tried_again(web: Web, worker_present: None) -> None:
    cast = web.cast
    made = await queue(web, students=[cast.student.id, cast.classmate.id, cast.third.id])
    chosen = {"job_id": [job.id for job in made[:2]], "status": "queued"}
    async with web.by_cookie(cast.admin) as admin:
        answer = await admin.post(f"{PAGE}/cancel", data=chosen)
        assert answer.headers["location"] == f"{PAGE}?status=queued"
        assert await states(web) == ["cancelled", "cancelled", "queued"]
        answer = await admin.post(f"{PAGE}/cancel", data=chosen)
        assert answer.status_code == 303, "ended jobs stay as they are, and that is no error"
        await admin.post(f"{PAGE}/retry", data={"job_id": [job.id for job in made]})
        assert await states(web) == ["cancelled", "cancelled", "queued", "queued", "queued"]
        nothing = await admin.post(f"{PAGE}/cancel", data={})
        assert "Er was geen opdracht geselecteerd" in (await admin.get(nothing.headers["location"])).text


async def test_one_job_of_another_school_in_a_selection_stops_it_all(web: Web) -> None:
    (mine,) = await queue(web)
    (theirs,) = await queue(web, web.cast.elsewhere, [web.cast.stranger_student.id])
    async with web.by_cookie(web.cast.admin) as admin:
        answer = await admin.post(f"{PAGE}/cancel", data={"job_id": [mine.id, theirs.id]})
    assert answer.status_code == 404
    assert await states(web) == ["queued", "queued"]


async def test_a_lane_is_paused_and_resumed_and_pupils_are_told_kindly(
    web: Web, worker_present: None
) -> None:
    cast = web.cast
    (job,) = await queue(web)
    own = f"/evaluations/{cast.course.evaluation_id}/students/{cast.student.id}"
    async with web.by_cookie(cast.admin) as admin, web.by_cookie(cast.student) as student:
        answer = await admin.post(f"{PAGE}/lanes/normal/pause")
        page = (await admin.get(answer.headers["location"])).text
        assert "De rij is gepauzeerd voor jouw school." in page
        assert "Je school heeft gepauzeerd: gewone voorrang." in " ".join(page.split())
        assert "Wacht: de rij is gepauzeerd" in page
        assert "Je school heeft het maken van samenvattingen even stilgezet." in (await student.get(own)).text
        status = await student.get(f"/api/v1/feedback-summaries/jobs/{job.id}/status")
        body = status.json()
        assert (body["status"], body["held"], body["position"], body["eta_seconds"]) == (
            "queued", True, None, None,
        )  # fmt: skip
        await admin.post(f"{PAGE}/lanes/normal/resume")
        assert "als 1e aan de beurt" in (await student.get(own)).text
        assert (await admin.post(f"{PAGE}/lanes/none/pause")).status_code == 404
    async with web.units() as uow:
        events = list(await uow.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))
    assert events == ["lane.paused", "lane.resumed"]


async def test_the_page_changes_nothing(web: Web, worker_present: None) -> None:
    await queue(web)
    async with web.units() as uow:
        before = (await uow.session.execute(text("SELECT * FROM job"))).all()
    async with web.by_cookie(web.cast.admin) as admin:
        assert (await admin.get(PAGE)).status_code == 200
    async with web.units() as uow:
        assert (await uow.session.execute(text("SELECT * FROM job"))).all() == before


async def test_a_pupil_may_not_look(web: Web) -> None:
    async with web.by_cookie(web.cast.student) as client:
        assert (await client.get(PAGE)).status_code == 403
