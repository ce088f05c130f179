"""The work that every peer does for one summary, with a synchronous and with an asynchronous SQLAlchemy.

Each step is a statement of its own, as in an application: mark as begun, read the comments, ask the model,
store the text, mark as completed; with progress committed in between, for those who poll. Nothing is leased,
fenced or checked. Which jobs are wanted comes as lines on standard input.
"""

import os
import sys
from collections.abc import Sequence

import httpx
from sqlalchemy import Connection, Engine, text
from sqlalchemy.ext.asyncio import AsyncEngine

ASKED = "Vat samen wat teamgenoten over deze leerling schreven."
"""The model stub knows by this that one answer is the whole summary."""

SCHEMA = (
    """
    CREATE TABLE peer_job (
        id text PRIMARY KEY, evaluation_id bigint NOT NULL, student_id bigint NOT NULL,
        status text NOT NULL DEFAULT 'queued', progress smallint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(), started_at timestamptz, completed_at timestamptz)
    """,
    """
    CREATE TABLE peer_summary (
        evaluation_id bigint NOT NULL, student_id bigint NOT NULL, summary_text text NOT NULL,
        feedback_count int NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (evaluation_id, student_id))
    """,
)
QUEUE = text("INSERT INTO peer_job (id, evaluation_id, student_id) VALUES (:id, :evaluation, :student)")
BEGIN = text("UPDATE peer_job SET status = 'processing', progress = 10, started_at = now() WHERE id = :id")
PROGRESS = text("UPDATE peer_job SET progress = :progress WHERE id = :id")
READ = text(
    """
    SELECT comment FROM feedback_entry
    WHERE evaluation_id = :evaluation AND reviewee_id = :student AND comment IS NOT NULL ORDER BY id
    """
)
STORE = text(
    """
    INSERT INTO peer_summary (evaluation_id, student_id, summary_text, feedback_count)
    VALUES (:evaluation, :student, :text, :count)
    ON CONFLICT (evaluation_id, student_id) DO UPDATE
    SET summary_text = excluded.summary_text, feedback_count = excluded.feedback_count, created_at = now()
    """
)
END = text("UPDATE peer_job SET status = 'completed', progress = 100, completed_at = now() WHERE id = :id")


def wanted() -> list[tuple[str, int, int]]:
    """(job, evaluation, pupil) of the lines on standard input."""
    rows = (line.split() for line in sys.stdin)
    return [(job, int(evaluation), int(student)) for job, evaluation, student in rows]


def question(comments: Sequence[str]) -> dict[str, object]:
    """One request to the model."""
    said = [{"role": "system", "content": ASKED}, {"role": "user", "content": "\n".join(comments)}]
    return {"model": os.environ["OLLAMA_MODEL"], "messages": said, "stream": False}


def chat_url() -> str:
    """Where it is sent."""
    return os.environ["OLLAMA_BASE_URL"] + "/api/chat"


def database_url(driver: str) -> str:
    """The database for a driver of SQLAlchemy."""
    return os.environ["DATABASE_URL"].replace("postgresql://", f"postgresql+{driver}://")


def summarise(engine: Engine, http: httpx.Client, job: str, evaluation: int, student: int) -> None:
    """With progress committed on the way, for those who poll."""
    at = {"evaluation": evaluation, "student": student}
    with engine.begin() as connection:
        connection.execute(BEGIN, {"id": job})
    with engine.begin() as connection:
        comments = list(connection.scalars(READ, at))
        _progress(connection, job, 30)
    answer = http.post(chat_url(), json=question(comments)).raise_for_status().json()
    with engine.begin() as connection:
        _progress(connection, job, 80)
    with engine.begin() as connection:
        connection.execute(STORE, {**at, "text": answer["message"]["content"], "count": len(comments)})
        connection.execute(END, {"id": job})


def _progress(connection: Connection, job: str, percent: int) -> None:
    connection.execute(PROGRESS, {"id": job, "progress": percent})


async def summarise_async(
    engine: AsyncEngine, http: httpx.AsyncClient, job: str, evaluation: int, student: int
) -> None:
    """The same."""
    at = {"evaluation": evaluation, "student": student}
    async with engine.begin() as connection:
        await connection.execute(BEGIN, {"id": job})
    async with engine.begin() as connection:
        comments = list(await connection.scalars(READ, at))
        await connection.execute(PROGRESS, {"id": job, "progress": 30})
    response = await http.post(chat_url(), json=question(comments))
    answer = response.raise_for_status().json()
    async with engine.begin() as connection:
        await connection.execute(PROGRESS, {"id": job, "progress": 80})
    async with engine.begin() as connection:
        text_of = {**at, "text": answer["message"]["content"], "count": len(comments)}
        await connection.execute(STORE, text_of)
        await connection.execute(END, {"id": job})


def note_queued(engine: Engine, jobs: Sequence[tuple[str, int, int]]) -> None:
    """Write down what is wanted before it is sent to the queue."""
    rows = [{"id": job, "evaluation": evaluation, "student": student} for job, evaluation, student in jobs]
    with engine.begin() as connection:
        connection.execute(QUEUE, rows)
