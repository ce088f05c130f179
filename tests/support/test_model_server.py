"""The scripted model itself: in a thread, and as a process that is told what to do over HTTP."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.support import model_scripts as scripts
from tests.support.eventually import MAX_WAIT_SECONDS, eventually
from tests.support.model_server import ModelServer

BODY = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "vraag"}]}


def ask(url: str) -> httpx.Response:
    return httpx.post(f"{url}/api/chat", json=BODY, timeout=MAX_WAIT_SECONDS)


def test_in_a_thread_with_scripts_that_follow_each_other() -> None:
    with ModelServer.in_thread() as server:
        server.script = scripts.say("steeds")
        server.following.append(scripts.status(500))
        assert ask(server.url).status_code == 500
        assert "steeds" in ask(server.url).text
        asyncio.run(eventually(lambda: server.count("finished") == 2))
        assert server.calls[0].prompt.user == "vraag"


@pytest.fixture
def process() -> Iterator[str]:
    """The base URL of a scripted model in a process of its own."""
    command = [sys.executable, "-m", "tests.support.model_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield running.stdout.readline().split()[-1]
        running.terminate()


def test_as_a_process_with_its_control(process: str) -> None:
    control = {"script": {"text": "steeds"}, "following": [{"status": 429}]}
    httpx.post(f"{process}/control", json=control).raise_for_status()
    assert ask(process).status_code == 429
    assert "steeds" in ask(process).text
    stats = httpx.get(f"{process}/control/stats").json()
    assert stats["finished"] == 2
    assert stats["open"] == stats["left"] == 0


def test_a_wrong_script_is_refused(process: str) -> None:
    assert httpx.post(f"{process}/control", json={"scriptt": {}}).status_code == 400
