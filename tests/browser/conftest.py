"""A real Chromium, and a server that serves rendered pages and streams whose events the test writes."""

import inspect
import json
import os
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.support.eventually import MAX_WAIT_SECONDS
from tests.web.pages.cases import CASES
from web.middleware.security_headers import CONTENT_SECURITY_POLICY
from web.templating import STATIC, render, static_path

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass
class Stage:
    """What the server serves, and the requests that it got.

    `silent`: a stream is accepted but sends nothing, as behind some web filters of schools. `refusing`: a
    POST is answered with 503. `answering`: a POST is answered only while this is set.
    """

    pages: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    streams: list["queue.Queue[str | None]"] = field(default_factory=list)
    silent: bool = False
    refusing: bool = False
    answering: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def posts(self) -> list[str]:
        """The POST requests: path and body."""
        return [what for method, what in self.asked if method == "POST"]

    def show(self, name: str, path: str, locale: str = "nl") -> None:
        """Serve a case at a path."""
        case = CASES[name]
        self.pages[path] = render(
            case.template,
            "en" if locale == "en" else "nl",
            chrome=case.chrome("nl"),
            **case.context,
        )

    def send(self, event: str, data: object) -> None:
        """Send an event on every open stream."""
        for stream in self.streams:
            stream.put(f"event: {event}\ndata: {json.dumps(data)}\n\n")

    def patch(self, html: object) -> None:
        """Send parts of a page."""
        self.send("patch", {"seq": 1, "html": html})

    def cut(self) -> None:
        """Close every stream."""
        for stream in self.streams:
            stream.put(None)
        self.streams.clear()


class Server(ThreadingHTTPServer):
    """A server for a stage."""

    daemon_threads = True

    def __init__(self, stage: Stage) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.stage = stage
        stage.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Serves pages, static files and streams, with the content security policy of the product."""

    server: Server

    def do_GET(self) -> None:
        stage, path = self.server.stage, urlsplit(self.path).path
        stage.asked.append(("GET", self.path))
        if path.startswith("/live/"):
            self.stream(stage)
        elif path.startswith(static_path()):
            file = STATIC / path.removeprefix(static_path()).lstrip("/")
            self.answer(200, file.read_bytes(), TYPES[file.suffix])
        elif path in stage.pages:
            self.answer(200, stage.pages[path].encode())
        else:
            self.answer(404, b"")

    def do_POST(self) -> None:
        stage = self.server.stage
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        stage.asked.append(("POST", f"{self.path} {body}"))
        stage.answering.wait(5)
        self.answer(503 if stage.refusing else 200, b"<!doctype html><title>posted</title>")

    def answer(self, status: int, body: bytes, kind: str = "text/html; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        if kind in TYPES.values():
            self.send_header("Cache-Control", "max-age=3600")
        self.end_headers()
        self.wfile.write(body)

    def stream(self, stage: Stage) -> None:
        lines: queue.Queue[str | None] = queue.Queue()
        if not stage.silent:
            lines.put("event: ping\ndata: {}\n\n")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        stage.streams.append(lines)
        with suppress(OSError):
            while (line := lines.get()) is not None:
                self.wfile.write(line.encode())
                self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


def visit(page: Page, path: str) -> None:
    """Open a page and wait until its scripts have started."""
    page.goto(path)
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for a condition on the server, while the page goes on."""
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, inspect.getsource(condition)
        page.wait_for_timeout(10)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Its synchronous side keeps a loop running in this thread, so it ends before other tests go on."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium. Without one these tests are skipped, except where CI must not miss them."""
    if not os.path.exists(CHROMIUM):
        if os.environ.get("CI") == "true":
            pytest.fail("There is no chromium; install it, for these tests must run in CI.")
        pytest.skip("NO BROWSER TESTS: chromium is not installed (apt-get install chromium).")
    expect.set_options(timeout=MAX_WAIT_SECONDS * 1000)
    opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield opened
    opened.close()


@contextmanager
def playing() -> Iterator[Stage]:
    """A running server and its stage."""
    played = Stage()
    played.answering.set()
    server = Server(played)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield played
    played.answering.set()
    played.cut()
    server.shutdown()
    server.server_close()


@contextmanager
def opened(browser: Browser, stage: Stage) -> Iterator[Page]:
    """A new page. Script errors and breaches of the content security policy fail the test.

    A test that sends a form must wait for the page that answers: Chromium may never end the closing of a
    context in which a navigation is under way.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=stage.url)
    context.set_default_timeout(MAX_WAIT_SECONDS * 1000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
    )
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A server for this test alone."""
    with playing() as played:
        yield played


@pytest.fixture
def page(browser: Browser, stage: Stage) -> Iterator[Page]:
    """A page for this test alone."""
    with opened(browser, stage) as shown:
        yield shown
