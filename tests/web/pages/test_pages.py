"""The pages over HTTP: what each role sees and does not see, and what the forms do."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import insert, select, update

from app.accounts.models import User
from app.audit.models import AuditEvent
from app.evaluations.models import Evaluation, Participant
from app.jobs.models import Job
from app.summaries.models import Summary
from tests.support.cast import CANARY
from tests.support.web import Web
from tests.web.pages.writing import SENTENCES, fail_next, write_next


@pytest.fixture
async def teacher(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    async with web.by_cookie(web.cast.owner) as client:
        yield client


@pytest.fixture
async def student(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    async with web.by_cookie(web.cast.student) as client:
        yield client


@pytest.fixture
def course(web: Web) -> str:
    return f"/evaluations/{web.cast.course.evaluation_id}"


@pytest.fixture
def own(web: Web, course: str) -> str:
    return f"{course}/students/{web.cast.student.id}"


async def set_policy(web: Web, release: str) -> None:
    async with web.units() as uow:
        await uow.session.execute(update(Evaluation).values(release=release))


async def job_states(web: Web) -> list[str]:
    async with web.units() as uow:
        return list(await uow.session.scalars(select(Job.state).order_by(Job.created_at)))


async def the_summary(web: Web) -> Summary:
    async with web.units() as uow:
        return (await uow.session.scalars(select(Summary))).one()


async def notice_after(client: httpx.AsyncClient, answer: httpx.Response) -> str:
    """The notice on the page after a form was sent."""
    assert answer.status_code == 303, answer.text
    page = await client.get(answer.headers["location"])
    found = re.search(r'<div class="notice[^>]*>.*?<p>(.*?)</p>', page.text, re.DOTALL)
    assert found
    return " ".join(found[1].split())


async def test_a_visit_changes_nothing_and_the_form_asks(
    web: Web, student: httpx.AsyncClient, own: str
) -> None:
    page = await student.get(own)
    assert "Maak mijn samenvatting" in page.text
    assert await job_states(web) == []
    assert (await student.post(f"{own}/queue")).headers["location"] == own
    assert await job_states(web) == ["queued"]
    waiting = await student.get(own)
    assert "in de rij, als 1e aan de beurt" in waiting.text.lower()
    assert f'data-live="/live{own}"' in waiting.text


async def test_a_pupil_reads_the_own_summary_and_no_comment(
    web: Web, student: httpx.AsyncClient, own: str
) -> None:
    await student.post(f"{own}/queue")
    await write_next(web.units)
    page = (await student.get(own)).text
    assert all(sentence.text in page for sentence in SENTENCES)
    assert "Gemaakt met AI. AI kan fouten maken." in page
    assert CANARY not in page
    assert "data-live" not in page


async def test_a_summary_of_older_feedback_offers_to_be_made_again(
    web: Web, student: httpx.AsyncClient, own: str
) -> None:
    await student.post(f"{own}/queue")
    await write_next(web.units)
    async with web.units() as uow:
        await uow.session.execute(update(Participant).values(revision=Participant.revision + 1))
    assert "De feedback is veranderd sinds dit werd gemaakt." in (await student.get(own)).text
    await student.post(f"{own}/queue")
    assert await job_states(web) == ["completed", "queued"]


async def test_a_failed_summary_can_be_tried_again(web: Web, student: httpx.AsyncClient, own: str) -> None:
    await student.post(f"{own}/queue")
    await fail_next(web.units)
    page = (await student.get(own)).text
    assert "Het is deze keer niet gelukt." in page
    assert f'formaction="{own}/queue"' in page


async def test_under_review_a_pupil_waits_for_the_teacher(
    web: Web, student: httpx.AsyncClient, teacher: httpx.AsyncClient, own: str
) -> None:
    await set_policy(web, "reviewed")
    assert "In voorbereiding" in (await student.get(own)).text
    assert (await student.post(f"{own}/queue")).status_code == 403
    await teacher.post(f"{own}/queue")
    await write_next(web.units)
    hidden = (await student.get(own)).text
    assert "In voorbereiding" in hidden
    assert SENTENCES[0].text not in hidden
    assert await notice_after(teacher, await teacher.post(f"{own}/approve")) == (
        "Goedgekeurd. De leerling ziet de samenvatting zodra je haar vrijgeeft."
    )
    assert SENTENCES[0].text not in (await student.get(own)).text
    await teacher.post(f"{own}/release")
    assert SENTENCES[0].text in (await student.get(own)).text


async def test_release_of_a_class_takes_what_is_approved_only(
    web: Web, teacher: httpx.AsyncClient, course: str, own: str
) -> None:
    await set_policy(web, "reviewed")
    await teacher.post(f"{own}/queue")
    await write_next(web.units)
    assert (await notice_after(teacher, await teacher.post(f"{course}/release"))).startswith(
        "0 samenvattingen"
    )
    await teacher.post(f"{own}/approve")
    assert (await notice_after(teacher, await teacher.post(f"{course}/release"))).startswith("1 samenvatting")
    assert (await the_summary(web)).state == "released"


async def test_a_teacher_starts_a_class(web: Web, teacher: httpx.AsyncClient, course: str) -> None:
    before = (await teacher.get(course)).text
    assert "Start voor 1 leerling" in before
    answer = await teacher.post(f"{course}/queue", data={"all": "1", "priority": "low"})
    assert await notice_after(teacher, answer) == "1 samenvatting staat in de rij."
    async with web.units() as uow:
        assert (await uow.session.scalars(select(Job.lane))).one() == 2
    after = (await teacher.get(course)).text
    assert "In de rij" in after
    assert "notice" not in after


async def test_a_second_click_starts_nothing_twice(web: Web, teacher: httpx.AsyncClient, course: str) -> None:
    for _ in range(2):
        await teacher.post(f"{course}/queue", data={"student_id": str(web.cast.student.id)})
    assert await job_states(web) == ["queued"]


async def test_a_selection_is_started_cancelled_and_made_again(
    web: Web, teacher: httpx.AsyncClient, course: str
) -> None:
    chosen = {"student_id": [str(web.cast.student.id), str(web.cast.third.id)]}
    await teacher.post(f"{course}/queue", data=chosen)
    answer = await teacher.post(f"{course}/cancel", data={"student_id": str(web.cast.third.id)})
    assert await notice_after(teacher, answer) == "1 samenvatting is geannuleerd."
    assert sorted(await job_states(web)) == ["cancelled", "queued"]
    await write_next(web.units)
    answer = await teacher.post(f"{course}/queue", data={"student_id": str(web.cast.student.id)})
    assert "1 bleef zoals hij is" in await notice_after(teacher, answer)
    await teacher.post(f"{course}/queue", data={"student_id": str(web.cast.student.id), "force": "1"})
    assert sorted(await job_states(web)) == ["cancelled", "completed", "queued"]


async def test_nothing_selected_is_said(teacher: httpx.AsyncClient, course: str) -> None:
    answer = await teacher.post(f"{course}/queue", data={})
    assert await notice_after(teacher, answer) == "Er was niemand geselecteerd, dus er is niets gedaan."


async def test_cancel_all_and_retry_failed(
    web: Web, teacher: httpx.AsyncClient, course: str, own: str
) -> None:
    await teacher.post(f"{own}/queue")
    assert "1 samenvatting is" in await notice_after(
        teacher, await teacher.post(f"{course}/cancel", data={"all": "1"})
    )
    await teacher.post(f"{own}/queue")
    await fail_next(web.units)
    assert "vraagt aandacht" in (await teacher.get(course)).text
    assert "1 mislukte" in await notice_after(teacher, await teacher.post(f"{course}/retry-failed"))
    assert await job_states(web) == ["cancelled", "failed", "queued"]


async def test_search_and_filter_are_in_the_address(
    web: Web, teacher: httpx.AsyncClient, course: str
) -> None:
    found = (await teacher.get(course, params={"q": "storm"})).text
    assert "Sven Storm" in found
    assert "Roos van Dijk" not in found
    assert f'data-snapshot="{course}?q=storm"' in found
    little = (await teacher.get(course, params={"show": "too_little"})).text
    assert "Fatima el Amrani" not in little
    assert "Niemand past bij deze zoekopdracht" in (await teacher.get(course, params={"q": "zzz"})).text


async def test_a_teacher_reads_a_summary_beside_its_sources(
    web: Web, teacher: httpx.AsyncClient, own: str
) -> None:
    await teacher.post(f"{own}/queue")
    await write_next(web.units, flagged=2)
    page = (await teacher.get(own)).text
    assert CANARY in page
    assert 'href="#source-1"' in page
    assert "Kwetsende taal" in page
    assert "1 zin afgekeurd bij het nakijken" in page
    assert "Sven Storm" not in page


async def test_who_wrote_it_is_shown_once_and_written_down(
    web: Web, teacher: httpx.AsyncClient, own: str
) -> None:
    page = (await teacher.post(f"{own}/authors")).text
    assert "Sven Storm" in page
    async with web.units() as uow:
        events = (await uow.session.scalars(select(AuditEvent))).all()
    assert [(event.actor_id, event.action) for event in events] == [
        (web.cast.owner.id, "reviewer_names.read")
    ]
    assert "Sven Storm" not in (await teacher.get(own)).text


async def test_a_teacher_edits(
    web: Web, teacher: httpx.AsyncClient, student: httpx.AsyncClient, own: str
) -> None:
    await teacher.post(f"{own}/queue")
    await write_next(web.units)
    await teacher.post(f"{own}/edit", data={"text-0": "Je helpt je team.", "text-1": ""})
    page = (await student.get(own)).text
    assert "Je helpt je team." in page
    assert SENTENCES[1].text not in page
    assert SENTENCES[2].text in page


async def test_a_pupil_says_that_it_is_not_right(
    web: Web, student: httpx.AsyncClient, teacher: httpx.AsyncClient, course: str, own: str
) -> None:
    await student.post(f"{own}/queue")
    await write_next(web.units)
    assert (await notice_after(student, await student.post(f"{own}/dispute"))).startswith("Dank je.")
    assert "Leerling herkent zich niet" in (await teacher.get(course)).text
    assert "De leerling herkent zich niet in deze samenvatting." in (await teacher.get(own)).text


async def test_a_job_s_page_tells_its_attempts(web: Web, teacher: httpx.AsyncClient, own: str) -> None:
    await teacher.post(f"{own}/queue")
    await fail_next(web.units, "model_slow")
    async with web.units() as uow:
        job_id = (await uow.session.scalars(select(Job.id))).one()
    page = (await teacher.get(f"/jobs/{job_id}")).text
    assert "Definitief mislukt" in page
    assert "Het model deed er te lang over." in page
    assert "Fatima el Amrani" in page
    again = await teacher.post(f"/jobs/{job_id}/retry")
    assert again.headers["location"] not in {f"/jobs/{job_id}", ""}
    assert await notice_after(teacher, await teacher.post(f"{again.headers['location']}/cancel")) == (
        "1 samenvatting is geannuleerd."
    )


async def test_what_is_no_longer_possible_leads_back_with_a_word(
    web: Web, teacher: httpx.AsyncClient, own: str
) -> None:
    await teacher.post(f"{own}/queue")
    await write_next(web.units)
    async with web.units() as uow:
        job_id = (await uow.session.scalars(select(Job.id))).one()
    answer = await teacher.post(f"/jobs/{job_id}/cancel")
    assert answer.headers["location"] == f"/jobs/{job_id}"
    assert (await notice_after(teacher, answer)).startswith("Dat kon niet meer")


async def test_lists(web: Web, teacher: httpx.AsyncClient, student: httpx.AsyncClient, own: str) -> None:
    assert "0 van 1 klaar" in (await teacher.get("/evaluations")).text
    assert "Nog niet gemaakt" in (await student.get("/evaluations")).text
    await student.post(f"{own}/queue")
    assert "Onderweg" in (await student.get("/evaluations")).text
    await write_next(web.units)
    assert "1 van 1 klaar" in (await teacher.get("/evaluations")).text
    assert "Klaar om te lezen" in (await student.get("/evaluations")).text


async def test_an_administrator_runs_a_class_but_reads_no_comment(web: Web, course: str, own: str) -> None:
    async with web.by_cookie(web.cast.admin) as admin:
        page = (await admin.get(course)).text
        assert "Fatima el Amrani" in page
        assert f'href="{own}"' not in page
        refused = await admin.get(own)
        assert refused.status_code == 403
        assert CANARY not in refused.text
        assert (await admin.post(f"{own}/authors")).status_code == 403


async def test_a_large_class_comes_in_pages(web: Web, teacher: httpx.AsyncClient, course: str) -> None:
    evaluation = web.cast.course.evaluation_id
    async with web.units() as uow:
        people = [
            {"school_id": web.cast.school_id, "role": "pupil", "given_name": f"Kind{n:02}"} for n in range(45)
        ]
        made = await uow.session.scalars(insert(User).returning(User.id), people)
        rows = [{"evaluation_id": evaluation, "student_id": student} for student in made]
        await uow.session.execute(insert(Participant), rows)
    first = (await teacher.get(course)).text
    assert "Pagina 1 van 2" in first
    assert first.count('type="checkbox" name="student_id"') == 40
    second = (await teacher.get(course, params={"page": "2"})).text
    assert "Pagina 2 van 2" in second
    assert second.count('type="checkbox" name="student_id"') == 8
