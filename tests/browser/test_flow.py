"""The whole product: web, worker and demo model as processes, teacher and pupil in a browser each."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

import peernl
from app.accounts.passwords import Passwords
from app.evaluations.models import FeedbackEntry
from app.settings import DEMO_MODEL, load
from tests.support.cast import PASSWORD, Cast, Person, make_cast
from tests.support.services import ROOT
from tests.support.web import cheap_hasher, open_units

ARRIVAL = 60_000
"""Milliseconds that a summary may take on a busy machine; the demo model itself takes some ten seconds."""


@dataclass(frozen=True, slots=True)
class Product:
    """Where it runs, and who is in it."""

    url: str
    cast: Cast

    @property
    def course(self) -> str:
        return f"/evaluations/{self.cast.course.evaluation_id}"

    @property
    def own(self) -> str:
        return f"{self.course}/students/{self.cast.student.id}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@contextmanager
def process(arguments: list[str], environ: Mapping[str, str], log: Path) -> Iterator[None]:
    """A process of ours that ends with the block, children included."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=dict(environ),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        os.killpg(started.pid, 9)
        started.wait()


async def write_cast(environ: Mapping[str, str]) -> Cast:
    """The cast, with comments that the demo model knows; of others it says nothing."""
    clear = (one for one in peernl.comments().values() if not (one.flags or one.identifiers or one.unusable))
    known = [one.text for one in clear if one.lang == "nl" and len(one.points) > 1]
    async with open_units(load(environ)) as units:
        cast = await make_cast(units, await Passwords(cheap_hasher()).hash(PASSWORD))
        async with units() as uow:
            for entry_id, comment in zip(cast.course.entry_ids, known, strict=False):
                await uow.session.execute(
                    update(FeedbackEntry).where(FeedbackEntry.id == entry_id).values(comment=comment)
                )
        return cast


@pytest.fixture
def product(environ: dict[str, str], tmp_path: Path) -> Iterator[Product]:
    """Everything that `terugblik up` starts, on a fresh database with the cast in it."""
    model, port = free_port(), free_port()
    addresses = {"OLLAMA_BASE_URL": f"http://127.0.0.1:{model}", "OLLAMA_MODEL": DEMO_MODEL}
    environ |= {**addresses, "PORT": str(port), "HOST": "127.0.0.1"}
    with ThreadPoolExecutor(1) as thread:
        cast = thread.submit(asyncio.run, write_cast(environ)).result()
    url = f"http://127.0.0.1:{port}"
    worker = ["dramatiq", "workers.main", "--processes", "1", "--threads", "4", "--skip-logging"]
    with ExitStack() as running:
        for name, arguments in {
            "model": ["app.embedded.demo_model", "--port", str(model)],
            "web": ["web.main"],
            "worker": worker,
        }.items():
            running.enter_context(process(arguments, environ, tmp_path / name))
        wait(lambda: answers(f"{url}/health"), "the web process does not answer")
        wait(lambda: b"worker_ready" in (tmp_path / "worker").read_bytes(), "the worker is not ready")
        yield Product(url, cast)


@contextmanager
def logged_in(browser: Browser, product: Product, person: Person, *, script: bool = True) -> Iterator[Page]:
    """A browser of its own in which this person has logged in through the form."""
    context = browser.new_context(base_url=product.url, locale="nl-NL", java_script_enabled=script)
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("E-mailadres").fill(person.email)
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Inloggen").click()
    expect(page).to_have_url(f"{product.url}/evaluations")
    yield page
    context.close()


def test_a_teacher_starts_a_class_and_a_pupil_watches_it_arrive(browser: Browser, product: Product) -> None:
    with (
        logged_in(browser, product, product.cast.owner) as teacher,
        logged_in(browser, product, product.cast.student) as student,
    ):
        # The visit itself would start it; here the teacher must.
        asked = f"asked {product.url}{product.own}/queue"
        student.evaluate("(key) => sessionStorage.setItem(key, 'yes')", asked)
        student.goto(product.own)
        expect(student.locator("[data-connection]")).to_have_attribute("data-state", "live")
        student.evaluate("window.loadedOnce = true")
        teacher.goto(product.course)
        teacher.get_by_role("button", name="Start voor 1 leerling").click()
        expect(teacher.locator("#counts")).to_contain_text("1 van 1 klaar", timeout=ARRIVAL)
        expect(teacher.locator(f"#job-{product.cast.student.id}")).to_contain_text("Klaar")
        expect(teacher.locator(f"#sum-{product.cast.student.id}")).to_contain_text("Voorbeeldtekst")
        expect(student.locator("#summary li").first).to_be_visible()
        expect(student.get_by_text("Klopt dit niet?")).to_be_visible()
        assert student.evaluate("window.loadedOnce")
        live = student.locator("#summary").inner_text()
        student.reload()
        assert student.locator("#summary").inner_text() == live


def test_a_pupil_s_visit_is_enough(browser: Browser, product: Product) -> None:
    with logged_in(browser, product, product.cast.student) as student:
        student.goto(product.own)
        expect(student.locator("#summary li").first).to_be_visible(timeout=ARRIVAL)
        expect(student.get_by_text("Klopt dit niet?")).to_be_visible(timeout=ARRIVAL)
        assert "Fatima" not in student.locator("#summary").inner_text()


def test_without_javascript_forms_and_reloads_do(browser: Browser, product: Product) -> None:
    with logged_in(browser, product, product.cast.student, script=False) as student:
        student.goto(product.own)
        student.get_by_role("button", name="Maak mijn samenvatting").click()
        expect(student).to_have_url(re.compile(re.escape(product.own)))
        deadline = time.monotonic() + ARRIVAL / 1000
        while student.get_by_text("Klopt dit niet?").is_hidden():
            assert time.monotonic() < deadline
            student.get_by_role("link", name="Ververs deze pagina").click()
        assert student.locator("#summary li").count() > 0
