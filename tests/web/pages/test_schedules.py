"""The pages of schedules over HTTP: making, changing, pausing, running and deleting one."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select, update

from app.evaluations.models import Evaluation
from app.jobs.models import Job
from app.scheduling import cron
from app.scheduling.models import Schedule
from app.scheduling.tick import RESULTS, tick
from tests.support.web import Web
from tests.web.pages.samples import QUEUED
from web.templating import environment


@pytest.fixture
async def teacher(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    async with web.by_cookie(web.cast.owner) as client:
        yield client


@pytest.fixture
def form(web: Web) -> dict[str, str]:
    """A form that is filled in well."""
    return {
        "name": "Voor de les",
        "evaluation_id": str(web.cast.course.evaluation_id),
        "rhythm": "own",
        "cron_expression": "30 6 * * 1-5",
        "timezone": "",
    }


async def made(client: httpx.AsyncClient, form: dict[str, str]) -> str:
    """The address of a schedule that this form makes."""
    answer = await client.post("/schedules", data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def after(client: httpx.AsyncClient, address: str, verb: str) -> str:
    """The page that a button leads to."""
    return (await client.get((await client.post(f"{address}/{verb}")).headers["location"])).text


async def stored(web: Web) -> Schedule:
    async with web.units() as uow:
        return (await uow.session.scalars(select(Schedule))).one()


async def test_without_schedules_the_page_explains(web: Web, teacher: httpx.AsyncClient) -> None:
    page = (await teacher.get("/schedules")).text
    assert "Nog geen schema’s" in page
    assert 'action="/schedules"' in page
    assert '<a href="/schedules" aria-current="page">' in page
    async with web.by_cookie(web.cast.colleague) as colleague:
        alone = (await colleague.get("/schedules")).text
    assert "Importeer eerst de feedback van een klas." in alone
    assert 'action="/schedules"' not in alone


async def test_a_schedule_is_made_and_shown_in_words(
    web: Web, teacher: httpx.AsyncClient, form: dict[str, str]
) -> None:
    address = await made(teacher, form)
    page = (await teacher.get(address)).text
    assert "Het schema is gemaakt." in page
    assert "Om 06:30, maandag t/m vrijdag" in page
    assert len(re.findall(r"<time [^>]*T06:30:00\+0[12]:00", page)) == 5
    assert "Het is nog niet uitgevoerd." in page
    listed = (await teacher.get("/schedules")).text
    assert f'<a href="{address}">Voor de les</a>' in listed
    assert "Project Water" in listed
    async with web.by_cookie(web.cast.colleague) as colleague:
        assert "Voor de les" not in (await colleague.get("/schedules")).text


@pytest.mark.parametrize(("rhythm", "expression"), [("nightly", "0 2 * * *"), ("weekly", "0 2 * * 0")])
async def test_a_rhythm_by_name(
    web: Web, teacher: httpx.AsyncClient, form: dict[str, str], rhythm: str, expression: str
) -> None:
    address = await made(teacher, form | {"rhythm": rhythm, "cron_expression": "left over"})
    schedule = await stored(web)
    assert (schedule.cron_expression, schedule.time_zone) == (expression, None)
    assert f'value="{rhythm}" checked' in (await teacher.get(address)).text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            {"cron_expression": "30 6 * * 8"},
            "Het vijfde veld, de dag van de week, is niet iets wat cron kent.",
        ),
        ({"cron_expression": "30 25 * * *"}, "Het tweede veld, het uur, is niet iets wat cron kent."),
        ({"cron_expression": "elke nacht"}, "Een uitdrukking heeft vijf velden"),
        ({"cron_expression": "1," * 60 + "1 * * * *"}, "Een uitdrukking heeft hoogstens 100 tekens."),
        ({"timezone": "Amersfoort"}, "Dat is geen tijdzone; schrijf haar als Europe/Amsterdam."),
        ({"name": " "}, "Geef het schema een naam van hoogstens 100 tekens."),
        ({"name": "n" * 101}, "Geef het schema een naam van hoogstens 100 tekens."),
        ({"evaluation_id": ""}, "Kies een evaluatie."),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    web: Web, teacher: httpx.AsyncClient, form: dict[str, str], wrong: dict[str, str], sentence: str
) -> None:
    address = await made(teacher, form)
    given = form | {"name": "Nieuwe naam", "timezone": "America/New_York"} | wrong
    for target in ("/schedules", f"{address}/edit"):
        answer = await teacher.post(target, data=given)
        assert answer.status_code == 400
        field = next(iter(wrong))
        problem = re.search(rf'id="{field}-error">.*?</p>', answer.text, re.DOTALL)
        assert problem
        assert sentence in problem[0]
        assert f'<a href="#{field}">{sentence}' in answer.text
        kept = [value for name, value in given.items() if name not in {"rhythm", "evaluation_id"} and value]
        assert all(f'value="{value}"' in answer.text for value in kept)
        assert 'value="own" checked' in answer.text
        if given["evaluation_id"]:
            assert f'value="{given["evaluation_id"]}" selected' in answer.text
    assert (await stored(web)).name == "Voor de les"


async def test_a_schedule_is_changed_and_keeps_its_pupils(
    web: Web, teacher: httpx.AsyncClient, form: dict[str, str]
) -> None:
    address = await made(teacher, form)
    async with web.units() as uow:
        await uow.session.execute(update(Schedule).values(student_ids=[web.cast.student.id]))
    changed = form | {"name": "Anders", "rhythm": "weekly", "timezone": "America/New_York"}
    answer = await teacher.post(f"{address}/edit", data=changed)
    page = (await teacher.get(answer.headers["location"])).text
    assert "Je wijzigingen zijn opgeslagen." in page
    assert "Om 02:00, alleen op zondag (America/New_York) · voor 1 leerling" in page
    schedule = await stored(web)
    assert (schedule.name, schedule.student_ids) == ("Anders", [web.cast.student.id])


async def test_pause_and_resume(web: Web, teacher: httpx.AsyncClient, form: dict[str, str]) -> None:
    address = await made(teacher, form)
    paused = await after(teacher, address, "pause")
    assert "Het schema is gepauzeerd" in paused
    assert "Geen zolang het schema gepauzeerd is." in paused
    assert f'action="{address}/resume"' in paused
    assert (await stored(web)).next_run_at is None
    resumed = await after(teacher, address, "resume")
    assert "Het schema is weer actief." in resumed
    assert f'action="{address}/pause"' in resumed
    assert (await stored(web)).next_run_at is not None


async def test_run_now_says_what_became_of_it(
    web: Web, teacher: httpx.AsyncClient, form: dict[str, str]
) -> None:
    address = await made(teacher, form)
    page = await after(teacher, address, "run")
    assert "1 samenvatting staat in de rij." in page
    assert "1 in de rij gezet, 0 al onderweg, 0 bijgewerkt." in page
    assert "met de hand" in page
    async with web.units() as uow:
        assert len(list(await uow.session.scalars(select(Job.id)))) == 1
        await uow.session.execute(update(Evaluation).values(state="closed"))
    page = await after(teacher, address, "run")
    assert "er is niets in de rij gezet; bij de laatste keer staat waarom." in page
    assert "De evaluatie is gesloten; er is niets in de rij gezet." in page
    assert "Project Water</option>" in page


async def test_a_run_by_plan_is_listed_too(
    web: Web, teacher: httpx.AsyncClient, form: dict[str, str]
) -> None:
    address = await made(teacher, form)
    assert await tick(web.units, datetime.now(UTC) + timedelta(days=7)) == 1
    page = (await teacher.get(address)).text
    assert "1 in de rij gezet, 0 al onderweg, 0 bijgewerkt." in page
    assert "met de hand" not in page


async def test_a_schedule_is_deleted(teacher: httpx.AsyncClient, form: dict[str, str]) -> None:
    address = await made(teacher, form)
    assert "data-confirm=" in (await teacher.get(address)).text
    page = await after(teacher, address, "delete")
    assert "Het schema is verwijderd." in page
    assert "Nog geen schema’s" in page
    assert (await teacher.get(address)).status_code == 404


@pytest.mark.parametrize("code", RESULTS)
def test_every_result_has_a_text_of_its_own(code: str) -> None:
    labels = environment("en").get_template("pages/schedules/_labels.html").module
    assert labels.result(code, QUEUED) == RESULTS[code].format(**QUEUED)  # type: ignore[attr-defined]


@pytest.mark.parametrize("expression", ["x * * * *", "* x * * *", "* * x * *", "* * * x *", "* * * * x"])
def test_every_field_of_an_expression_is_told_apart(expression: str) -> None:
    with pytest.raises(cron.CronFault) as caught:
        cron.parse(expression)
    codes = ("minute", "hour", "day-of-month", "month", "day-of-week")
    assert caught.value.code == codes[expression.split().index("x")]
