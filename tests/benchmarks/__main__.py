"""`make bench`: every measurement, one after the other. See docs/performance.md for what each one is.

`python -m tests.benchmarks [names…] [--short] [--json FILE]`
"""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path

from app.core import logs
from tests.benchmarks import (
    anatomy,
    batch,
    crowd,
    growth,
    latency,
    memory,
    pickup,
    plots,
    streams,
    throughput,
)
from tests.benchmarks.measure import Report, conditions
from tests.benchmarks.site import Site
from tests.support.services import ROOT, TEMPLATE, running_servers

Benchmark = Callable[[Site], Awaitable[list[Report]]]

BENCHMARKS: dict[str, Benchmark] = {
    "throughput": throughput.run,
    "anatomy": anatomy.run,
    "crowd": crowd.run,
    "latency": latency.run,
    "pickup": pickup.run,
    "batch": batch.run,
    "growth": growth.run,
    "streams": streams.run,
    "memory": memory.run,
}
"""By name, in the order in which they run."""


def main() -> None:
    """Run those that were named, or all; print each as it is done."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measures Terugblik.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHMARKS)}; all when none is named")
    parser.add_argument("--short", action="store_true", help="small counts: whether it runs, not how fast")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write conditions and figures there too")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in BENCHMARKS]:
        parser.error(f"unknown: {', '.join(unknown)}")
    logs.configure("text", "warning")
    figures: dict[str, object] = {"conditions": conditions()}
    print("  ".join(f"{name}: {value}" for name, value in conditions().items()), flush=True)
    with running_servers(durable=True) as servers:
        servers.admin("createdb", TEMPLATE)
        migrate = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.run(migrate, cwd=ROOT, env=servers.environ(TEMPLATE), check=True)
        site = Site(servers, TEMPLATE, asked.short)
        for name in asked.names or BENCHMARKS:
            reports = asyncio.run(_measured(BENCHMARKS[name], site))
            figures[name] = [asdict(report) for report in reports]
    if not asked.short:
        print("\nDrawn:", *(path.name for path in plots.write_plots(figures)))
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n")


async def _measured(benchmark: Benchmark, site: Site) -> list[Report]:
    reports = await benchmark(site)
    for report in reports:
        print(f"\n{report.text()}", flush=True)
    return reports


if __name__ == "__main__":
    main()
