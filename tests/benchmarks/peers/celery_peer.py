"""Celery on Redis; its pool of processes or of threads is chosen on the command line."""

import os
from functools import cache

import httpx
from celery import Celery
from sqlalchemy import Engine, create_engine

from tests.benchmarks.peers.work import database_url, note_queued, summarise, wanted

socket = os.environ["REDIS_URL"].removeprefix("unix://").partition("?")[0]
app = Celery("peer", broker=f"redis+socket://{socket}")
app.conf.update(task_ignore_result=True, worker_send_task_events=False, worker_hijack_root_logger=False)


@cache
def engine() -> Engine:
    """One pool for each process, made after the fork."""
    return create_engine(database_url("psycopg"), pool_size=16)


@cache
def http() -> httpx.Client:
    """One client for each process."""
    return httpx.Client(trust_env=False)


@app.task(name="summarise_one")
def summarise_one(job: str, evaluation: int, student: int) -> None:
    """The job."""
    summarise(engine(), http(), job, evaluation, student)


def main() -> None:
    """Queue what standard input names."""
    jobs = wanted()
    note_queued(engine(), jobs)
    with app.producer_pool.acquire(block=True) as producer:
        for one in jobs:
            summarise_one.apply_async(one, producer=producer)


if __name__ == "__main__":
    main()
