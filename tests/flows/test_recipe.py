"""The README's recipe for a school, word for word: it ends with a teacher who is logged in."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from app.settings import load
from tests.support.one_task import in_one_task
from tests.support.services import ROOT
from tests.support.web import serving
from web.main import create_app

PASSWORD = "een goed wachtwoord"
ADDED = re.compile(
    r"^Added (\S+) \((admin|teacher)\)\.\nOne-time code: (\S+)\n.* at (\S+) within 7 days\.$", re.M
)


def recipe() -> str:
    """The shell commands of the README's section on running it for a school."""
    section = (ROOT / "README.md").read_text().partition("\n## Running it for a school\n")[2]
    found = re.search(r"```sh\n(terugblik school add .*?)```", section, re.S)
    assert found, "the README has no recipe any more"
    return found[1]


def follow(environ: dict[str, str], folder: Path) -> str:
    """Run the recipe with a real shell in a folder of its own; returns what it printed."""
    define = f'terugblik() {{ "{sys.executable}" -m app.cli "$@"; }}\n'
    path = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["sh", "-e", "-c", define + recipe()],
        cwd=folder,
        env=environ | path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@asynccontextmanager
async def logged_in(code: str, page: str, email: str) -> AsyncIterator[httpx.AsyncClient]:
    """Set the password with the code on the page that the command named, and log in, as a browser does."""
    base = page.removesuffix("/password")
    async with httpx.AsyncClient(base_url=base, headers={"Origin": base}, follow_redirects=True) as client:
        assert (await client.get(page)).status_code == 200
        answer = await client.post(page, data={"email": email, "code": code, "password": PASSWORD})
        assert answer.url.path == "/login", answer.text
        answer = await client.post("/login", data={"email": email, "password": PASSWORD})
        assert answer.url.path == "/evaluations", answer.text
        yield client


async def test_the_recipe_ends_with_a_teacher_who_sees_the_class(
    environ: dict[str, str], tmp_path: Path
) -> None:
    app = create_app(load(environ))
    async with in_one_task(app.lifespan()), serving(app) as base:
        port = base.rpartition(":")[2]
        printed = await asyncio.to_thread(follow, environ | {"PORT": port}, tmp_path)
        people = {role: (code, page, email) for email, role, code, page in ADDED.findall(printed)}
        assert people.keys() == {"admin", "teacher"}
        async with logged_in(*people["teacher"]) as teacher:
            listed = (await teacher.get("/evaluations")).text
            assert "Project Water" in listed
            [number] = set(re.findall(r'href="/evaluations/(\d+)"', listed))
            shown = await teacher.get(f"/evaluations/{number}")
            assert all(name in shown.text for name in ("Aya Hassan", "Bram Scholten", "Lotte de Bruin"))
        async with logged_in(*people["admin"]) as admin:
            assert "youssef.amrani@debrug.example" in (await admin.get("/people")).text
