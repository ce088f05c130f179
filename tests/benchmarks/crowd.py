"""A model of 200 ms and 32 jobs at once: how near the whole comes to jobs × latency ÷ concurrency."""

import statistics

from tests.benchmarks.contestants import CELERY_THREADS, OURS, PROCRASTINATE, TASKIQ, THREADS, Contestant
from tests.benchmarks.measure import Report, Row
from tests.benchmarks.place import Place
from tests.benchmarks.throughput import measure

LATENCY = 0.2
ROUNDS = 3
AIM = 1.10


async def run(place: Place) -> list[Report]:
    """Everyone with two processes of sixteen; the long form of ours at the end."""
    if place.short:
        rows = [await _row(place, OURS, 64, 1)]
    else:
        everyone = [one for one in (OURS, CELERY_THREADS, TASKIQ, PROCRASTINATE) if one.installed]
        rows = [await _row(place, one, 320, ROUNDS) for one in everyone]
        rows.append(await _row(place, OURS, 3200, ROUNDS))
    notes = [f"ideal: jobs × {LATENCY:g} s ÷ {THREADS * 2}. Medians. The aim for ours is {AIM:.2f}."]
    return [Report("With a model of 200 ms and 32 at once", rows, notes)]


async def _row(place: Place, one: Contestant, count: int, rounds: int) -> Row:
    runs = [await measure(place, one, count, LATENCY) for _ in range(rounds)]
    ideal = count * LATENCY / (THREADS * 2)
    seconds = statistics.median(run.seconds for run in runs)
    return {
        "": one.name,
        "jobs": count,
        "seconds": seconds,
        "ideal": ideal,
        "÷ ideal": seconds / ideal,
        "most at once": max(run.most_at_once for run in runs),
        "CPU ms": statistics.median(run.total for run in runs),
    }
