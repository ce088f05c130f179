"""taskiq on Redis lists, which are its fastest and acknowledge nothing."""

import asyncio
import os

import httpx
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from taskiq import TaskiqEvents, TaskiqState
from taskiq_redis import ListQueueBroker

from tests.benchmarks.peers.work import database_url, note_queued, summarise_async, wanted

broker = ListQueueBroker(os.environ["REDIS_URL"], socket_timeout=None)
engine = create_async_engine(database_url("asyncpg"), pool_size=16)
clients: list[httpx.AsyncClient] = []


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def open_client(_state: TaskiqState) -> None:
    """One client for each process."""
    clients.append(httpx.AsyncClient(trust_env=False))


@broker.task(task_name="summarise_one")
async def summarise_one(job: str, evaluation: int, student: int) -> None:
    """The job."""
    await summarise_async(engine, clients[0], job, evaluation, student)


async def main() -> None:
    """Queue what standard input names."""
    jobs = wanted()
    note_queued(create_engine(database_url("psycopg")), jobs)
    await broker.startup()
    for job, evaluation, student in jobs:
        await summarise_one.kiq(job, evaluation, student)
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(main())
