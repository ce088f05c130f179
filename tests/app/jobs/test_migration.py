"""Old jobs through the migration to jobs of any task and back: filled, found by their key, guarded."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import asyncpg
import pytest

from app.settings import load
from tests.support.services import ROOT, Servers

BEFORE, AFTER = "e07d4a6f1c93", "b84c1f5e2d39"

OLD_ROWS = """
INSERT INTO school (id, slug, name) OVERRIDING SYSTEM VALUE VALUES (1, 'a', 'A');
INSERT INTO user_account (id, school_id, role, given_name) OVERRIDING SYSTEM VALUE
VALUES (7, 1, 'pupil', 'P');
INSERT INTO evaluation (id, school_id, title) OVERRIDING SYSTEM VALUE VALUES (5, 1, 'E');
INSERT INTO school_lane (school_id, lane, last_rank) VALUES (1, 1, 40);
INSERT INTO job (id, school_id, evaluation_id, student_id, lane, rank, state, completed_at)
VALUES ('old-1', 1, 5, 7, 1, 1, 'completed', now()), ('old-2', 1, 5, 7, 1, 2, 'queued', NULL)
"""


@pytest.fixture
def old_environ(servers: Servers) -> Iterator[dict[str, str]]:
    """A database as it was before the migration."""
    name = "before_any_task"
    servers.admin("createdb", name)
    environ = servers.environ(name)
    migrate(environ, "upgrade", BEFORE)
    yield environ
    servers.admin("dropdb", "--force", name)


def migrate(environ: dict[str, str], direction: str, revision: str) -> None:
    """Run Alembic as the release does."""
    command = [sys.executable, "-m", "alembic", direction, revision]
    subprocess.run(command, cwd=ROOT, env=environ, check=True)


async def test_old_jobs_become_summaries_and_go_back(old_environ: dict[str, str]) -> None:
    url = load(old_environ).database.url.replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    await connection.execute(OLD_ROWS)
    await connection.close()
    await asyncio.to_thread(migrate, old_environ, "upgrade", AFTER)

    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT id, task, subject_key, waiting FROM job ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("old-1", "summary", "5:7", False),
        ("old-2", "summary", "5:7", True),
    ]
    assert await connection.fetchval("SELECT last_rank FROM school_lane WHERE school_id = 1") == 40
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute(
            "INSERT INTO job (id, task, subject_key, school_id, evaluation_id, student_id, lane, rank)"
            " VALUES ('twin', 'summary', '5:7', 1, 5, 7, 1, 3)"
        )
    await connection.execute(
        "INSERT INTO job (id, task, subject_key, lane, rank) VALUES ('other', 'errand', 'one', 1, 3);"
        "INSERT INTO school_lane (lane, last_rank) VALUES (1, 3)"
    )
    await connection.close()
    await asyncio.to_thread(migrate, old_environ, "downgrade", BEFORE)

    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT id, student_id, state FROM job ORDER BY id")
    assert [tuple(row) for row in rows] == [("old-1", 7, "completed"), ("old-2", 7, "queued")]
    assert await connection.fetchval("SELECT count(*) FROM school_lane") == 1
    await connection.close()
