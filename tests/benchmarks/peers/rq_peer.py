"""RQ: a process forked for every job. `work` is the worker script that its documentation advises for speed.

It imports everything before it forks; the design that Terugblik replaces did not, which took 0.6 s a job.
"""

import os
import sys

import httpx
import redis
from rq import Queue, Worker
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from tests.benchmarks.peers.work import database_url, note_queued, summarise, wanted

engine = create_engine(database_url("psycopg"), poolclass=NullPool)  # connections do not survive a fork
connection = redis.Redis.from_url(os.environ["REDIS_URL"])
queue = Queue("summaries", connection=connection)


def summarise_one(job: str, evaluation: int, student: int) -> None:
    """The job."""
    with httpx.Client(trust_env=False) as http:
        summarise(engine, http, job, evaluation, student)


def main() -> None:
    """`work`, or queue what standard input names."""
    if sys.argv[1] == "work":
        Worker([queue], connection=connection).work()
        return
    jobs = wanted()
    note_queued(engine, jobs)
    queue.enqueue_many(
        [Queue.prepare_data("tests.benchmarks.peers.rq_peer.summarise_one", args=one) for one in jobs]
    )


if __name__ == "__main__":
    main()
