"""A model that takes 200 ms and makes 32 at once: how near all comes to jobs × latency ÷ concurrency."""

import statistics
from dataclasses import replace

from tests.benchmarks.contestants import CELERY_THREADS, OURS, PROCRASTINATE, TASKIQ, Contestant
from tests.benchmarks.measure import Report, Row
from tests.benchmarks.site import Site
from tests.benchmarks.throughput import measure

LATENCY = 0.2
SLOTS = 32
THREADS = 32
"""In each of two processes: while some jobs are claimed and stored, others must wait at the model."""
ROUNDS = 3
AIM = 1.10


async def run(site: Site) -> list[Report]:
    """Everyone with the same threads; the long form of ours at the end."""
    if site.short:
        rows = [await _row(site, OURS, 64, 1)]
    else:
        everyone = [one for one in (OURS, CELERY_THREADS, TASKIQ, PROCRASTINATE) if one.installed]
        rows = [await _row(site, one, 320, ROUNDS) for one in everyone]
        rows.append(await _row(site, OURS, 3200, ROUNDS))
    notes = [
        f"ideal: jobs × {LATENCY:g} s ÷ {SLOTS}. Medians. The aim for ours is {AIM:.2f}.",
        f"Two processes of {THREADS} threads each.",
    ]
    return [Report(f"With a model of 200 ms and {SLOTS} at once", rows, notes)]


async def _row(site: Site, one: Contestant, count: int, rounds: int) -> Row:
    crowd = replace(one, threads=THREADS)
    runs = [await measure(site, crowd, count, LATENCY, SLOTS) for _ in range(rounds)]
    ideal = count * LATENCY / SLOTS
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
