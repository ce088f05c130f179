"""procrastinate: the queue is in PostgreSQL, and the worker is asynchronous."""

import asyncio
import os
from functools import cache

import httpx
from procrastinate import App, PsycopgConnector
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from tests.benchmarks.peers.work import database_url, note_queued, summarise_async, wanted

app = App(connector=PsycopgConnector(conninfo=os.environ["DATABASE_URL"]))
engine = create_async_engine(database_url("asyncpg"), pool_size=16)


@cache
def http() -> httpx.AsyncClient:
    """One client for the process, made on its loop."""
    return httpx.AsyncClient(trust_env=False)


@app.task(name="summarise_one")
async def summarise_one(job: str, evaluation: int, student: int) -> None:
    """The job."""
    await summarise_async(engine, http(), job, evaluation, student)


async def main() -> None:
    """Queue what standard input names."""
    jobs = wanted()
    note_queued(create_engine(database_url("psycopg")), jobs)
    rows = [{"job": job, "evaluation": evaluation, "student": student} for job, evaluation, student in jobs]
    async with app.open_async():
        await app.configure_task("summarise_one").batch_defer_async(*rows)


if __name__ == "__main__":
    asyncio.run(main())
