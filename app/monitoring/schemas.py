"""What the HTTP API answers about health and numbers. All jobs are those of the caller's school."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.core.health import ConnectionState


class WorkerOut(msgspec.Struct):
    """A worker process. `current_job` is the job of the caller's school that it has run for longest."""

    name: str
    state: Literal["busy", "idle"]
    current_job: str | None
    queues: list[str]
    running: int
    started_at: datetime
    last_seen: datetime


class QueueOut(msgspec.Struct):
    """A lane now. `count` jobs may start; `oldest_seconds` is how long the first of them has waited."""

    name: str
    count: int
    processing: int
    retrying: Annotated[int, Meta(description="Failed attempts that wait for their next one.")]
    paused: Annotated[bool, Meta(description="Whether the school has paused the lane.")]
    held: Annotated[int, Meta(description="Jobs that wait for the lane to be resumed.")]
    oldest_seconds: int | None


class QueueCounts(msgspec.Struct):
    """The event `counts` of the queue's stream."""

    queues: list[QueueOut]


class Health(msgspec.Struct):
    """`degraded`: jobs are accepted and kept, but late or not shown live. `unhealthy`: they are not."""

    status: Literal["healthy", "degraded", "unhealthy"]
    redis: ConnectionState
    database: ConnectionState
    model: Annotated[
        Literal["reachable", "unreachable", "unknown"], Meta(description="As the workers see it.")
    ]
    workers: list[WorkerOut]
    queues: list[QueueOut]


class Spread(msgspec.Struct):
    """The median and the 95th percentile, in seconds."""

    p50: float
    p95: float


class LaneStats(msgspec.Struct):
    """A lane: its jobs now, and those that ended in the last 24 hours. A time is null when nothing ended."""

    name: str
    queued: int
    processing: int
    retrying: int
    held: int
    completed: int
    failed: int
    cancelled: int
    wait_seconds: Spread | None
    run_seconds: Spread | None


class Stats(msgspec.Struct):
    """Numbers of the last 24 hours; `throughput_per_minute` is the mean of the last five minutes."""

    lanes: list[LaneStats]
    throughput_per_minute: float
    failures: Annotated[dict[str, int], Meta(description="Failed jobs by cause.")]
    workers: list[WorkerOut]
