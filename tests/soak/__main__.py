"""`python -m tests.soak [numbers or names ...] [--short] [--seed N] [--json FILE]`: the experiments in turn.

Exits 1 when anything was lost, duplicated, late or wrong.
"""

import argparse
import asyncio
import signal
import sys
import time
import traceback
from pathlib import Path

import msgspec

from app.core import logs
from tests.soak.report import Report, Scale
from tests.soak.scenarios import Scenario, chosen


def main() -> int:
    """Run what was asked for and print what was found."""
    asked = _arguments()
    logs.configure("text", "error")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # whoever ends us, our processes end too
    reports = []
    for scenario in chosen(asked.scenarios):
        scale = Scale(short=asked.short, seed=asked.seed)
        print(f"\n{scenario.name}: {'short' if asked.short else 'full'} form, seed {asked.seed}", flush=True)
        reports.append(_run(scenario, scale))
    print("\n" + summary(reports))
    if asked.json:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(reports)) + b"\n")
    return 0 if all(report.ok for report in reports) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help="numbers or parts of names; none: all")
    parser.add_argument("--short", action="store_true", help="the form that the ordinary tests run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def _run(scenario: Scenario, scale: Scale) -> Report:
    began = time.monotonic()
    try:
        report = asyncio.run(scenario.run(scale))
    except Exception:  # the others are still worth running
        report = Report(
            scenario.name, lost=[f"the experiment broke off:\n{traceback.format_exc(limit=-3, chain=False)}"]
        )
    print(report.text())
    print(f"  took        {time.monotonic() - began:.0f} s", flush=True)
    return report


def summary(reports: list[Report]) -> str:
    """One line for each experiment."""
    lines = [f"{'':44} {'lost':>6} {'twice':>6} {'late':>6} {'wrong':>6}"]
    for report in reports:
        counts = (len(report.lost), len(report.duplicated), len(report.late), len(report.wrong))
        lines.append(
            f"{report.title:44} "
            + " ".join(f"{one:>6}" for one in counts)
            + ("" if report.ok else "  FAILED")
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
