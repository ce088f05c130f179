"""One line and one count for every way in which an attempt can end, with its three durations."""

from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from app.core.unit_of_work import UnitOfWorkFactory
from app.jobs import service, sweeper, telemetry
from tests.support.classes import make_class, must_claim, order, pass_time, queue

WAITED, RAN = timedelta(seconds=20), timedelta(seconds=7)


def ended(outcome: str, cause: str = "") -> float:
    """How often an attempt in the normal lane has ended so."""
    labels = {"lane": "normal", "outcome": outcome, "cause": cause}
    return REGISTRY.get_sample_value("terugblik_jobs_ended_total", labels) or 0.0


async def attempt(
    units: UnitOfWorkFactory, ending: str, max_retries: int = 3
) -> list[MutableMapping[str, Any]]:
    """A job that waited for WAITED, ran for RAN and then ended so; what was logged of it."""
    some = await make_class(units, "a", 3)
    with structlog.contextvars.bound_contextvars(request_id="asked-for-1"):
        await queue(units, order(some, some.students[:1], max_retries=max_retries))
    await pass_time(units, WAITED)
    _, lease = await must_claim(units)
    await pass_time(units, timedelta(seconds=31) if ending == "expire" else RAN)
    with capture_logs() as lines:
        async with units() as uow:
            if ending == "complete":
                await service.complete(uow, lease)
            elif ending in {"retry", "fail"}:
                await service.fail(uow, lease, "model_slow", retryable=ending == "retry")
            elif ending == "hand_back":
                await service.hand_back(uow, lease)
            elif ending == "cancel":
                await service.cancel(uow, some.school_id, lease.job_id)
            else:
                await sweeper.sweep(uow, {})
    return [line for line in lines if line.get("job_id") == lease.job_id]


@pytest.mark.parametrize(
    ("ending", "outcome", "cause"),
    [
        ("complete", "completed", ""),
        ("retry", "retry", "model_slow"),
        ("fail", "failed", "model_slow"),
        ("hand_back", "handed_back", ""),
        ("cancel", "cancelled", ""),
    ],
)
async def test_every_end_is_one_line_with_three_durations(
    units: UnitOfWorkFactory, ending: str, outcome: str, cause: str
) -> None:
    before = ended(outcome, cause)
    (line,) = await attempt(units, ending)
    assert (line["event"], line["outcome"], line["cause"]) == ("attempt_ended", outcome, cause or None)
    assert (line["request_id"], line["attempt"]) == ("asked-for-1", 1)
    assert line["school_id"] > 0
    assert line["waited"] == pytest.approx(20, abs=2)
    assert line["ran"] == pytest.approx(7, abs=2)
    assert line["total"] == pytest.approx(line["waited"] + line["ran"], abs=0.002)
    assert ended(outcome, cause) == before + 1


@pytest.mark.parametrize(("max_retries", "outcome"), [(3, "lease_lost"), (0, "failed")])
async def test_an_attempt_whose_worker_was_lost_is_logged_too(
    units: UnitOfWorkFactory, max_retries: int, outcome: str
) -> None:
    before = ended(outcome, "worker_lost")
    (line,) = await attempt(units, "expire", max_retries)
    assert (line["outcome"], line["cause"], line["attempt"]) == (outcome, "worker_lost", 1)
    assert line["ran"] == pytest.approx(31, abs=2)
    assert ended(outcome, "worker_lost") == before + 1


async def test_a_retry_counts_its_wait_from_the_first_asking(units: UnitOfWorkFactory) -> None:
    await attempt(units, "retry")
    await pass_time(units, timedelta(minutes=2))
    async with units() as uow:
        await sweeper.sweep(uow, {})
    _, lease = await must_claim(units)
    with capture_logs() as lines:
        async with units() as uow:
            await service.complete(uow, lease)
    (line,) = (line for line in lines if line.get("job_id") == lease.job_id)
    assert (line["attempt"], line["outcome"]) == (2, "completed")
    assert line["waited"] == pytest.approx(20 + 7 + 120, abs=3)


async def test_a_job_cancelled_in_line_has_waited_and_not_run(units: UnitOfWorkFactory) -> None:
    some = await make_class(units, "a", 3)
    await queue(units, order(some, some.students[:1]))
    await pass_time(units, WAITED)
    with capture_logs() as lines:
        async with units() as uow:
            await service.cancel_evaluation(uow, some.school_id, some.evaluation_id)
    (line,) = (line for line in lines if "outcome" in line)
    assert (line["event"], line["attempt"], line["ran"]) == ("cancelled_in_line", 0, 0)
    assert line["waited"] == line["total"] == pytest.approx(20, abs=2)


def test_every_series_is_there_before_its_first_count() -> None:
    """Prometheus sees a rise only in a series that it has seen before."""
    telemetry.prepare()
    labels = {"lane": "low", "outcome": "failed", "cause": "internal"}
    assert REGISTRY.get_sample_value("terugblik_jobs_ended_total", labels) is not None
