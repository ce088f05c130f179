"""Draws docs/job-states.md from the table of moves: `python -m tests.support.job_states`, `make pictures`."""

from itertools import product
from pathlib import Path

from app.jobs.states import TERMINAL, Move, Status

PAGE = Path(__file__).parents[2] / "docs" / "job-states.md"

MEANINGS = {
    Status.WAITING: "in line; any worker that serves its lane may claim it",
    Status.PAUSED: "in line, but its school has paused the lane",
    Status.RETRYING: "waits until `next_retry_at`, because an attempt failed",
    Status.RUNNING: "a worker makes an attempt and holds the lease",
    Status.COMPLETED: "done, and what it made is stored",
    Status.FAILED: "given up; `error_code` says why",
    Status.CANCELLED: "stopped by a person",
}


TEXT = """\
# The states of a job

Drawn by `make pictures` from `app/jobs/states.py`; a test fails while the two differ. The boxes are the effective
statuses: the column `state`, with `queued` divided by what a job waits for. Every arrow is a guarded `UPDATE` that names
the state, or the lease, which it expects. Nothing leaves a terminal state: a retry by hand makes a new job.

```mermaid
stateDiagram-v2
{arrows}
```

| status | column `state` | in pages and filters | meaning |
|---|---|---|---|
{rows}
"""  # noqa: E501 - lines of the page, which has a width of its own


def page() -> str:
    """The whole page."""
    return TEXT.format(arrows="\n".join(_arrows()), rows="\n".join(_row(status) for status in Status))


def _arrows() -> list[str]:
    """One for each pair of statuses, with all the moves that lead from the one to the other."""
    labels: dict[tuple[str, str], list[str]] = {}
    for move in Move:
        starts = [_box(status) for status in move.sources] or ["[*]"]
        for start, target in product(starts, map(_box, move.targets)):
            if start != target:
                labels.setdefault((start, target), []).append(move.label)
    arrows = [f"    {start} --> {target}: {', or '.join(found)}" for (start, target), found in labels.items()]
    return arrows + [f"    {_box(status)} --> [*]" for status in Status if status.state in TERMINAL]


def _box(status: Status) -> str:
    return status.name.lower()


def _row(status: Status) -> str:
    return f"| {_box(status)} | `{status.state}` | `{status.value}` | {MEANINGS[status]} |"


if __name__ == "__main__":
    PAGE.write_text(page())
