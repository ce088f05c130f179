"""A job's position in line and how long that takes, from counts of the line. Pure.

Both are of this moment. They can get worse: a more urgent job may come in, or one of a school with less in
line, which is then served first in turn.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """What stands around a waiting job.

    `ahead` would be claimed before it by urgency alone. `overtaking` wait in lanes below its own that may be
    lifted. `by_lifts` is None unless its own lane may be lifted until it is reached, and then counts what
    lifts serve before it.
    """

    ahead: int
    overtaking: int
    by_lifts: int | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast jobs go: the median of the latest runs in seconds, how many run now, and how many could.

    `slots` counts the threads of the workers that are there; 0 when there is no worker.
    """

    run_seconds: float
    running: int
    slots: int

    @property
    def side_by_side(self) -> int:
        """How many run at the same time when many wait."""
        return max(1, self.slots, self.running)


def position_in(line: Line) -> int:
    """The 1-based position: after how many claims this job is claimed, give or take one.

    Every second claim of a process serves the lane of the job that has waited longest, if that is too long.
    So for each job ahead one of a lower lane may overtake; and a job of such a lane is claimed by the lifts
    at the latest, each of them the second of two claims.
    """
    by_urgency = line.ahead + min(line.overtaking, line.ahead) + 1
    return by_urgency if line.by_lifts is None else min(by_urgency, 2 * (line.by_lifts + 1))


def seconds_until_done(position: int, pace: Pace) -> int | None:
    """Seconds until a waiting job is done; None when there is no worker.

    It starts at once if there is a free thread for it. Else it waits for the rounds of jobs before it.
    """
    if not pace.slots:
        return None
    later = position - max(0, pace.slots - pace.running)
    rounds = math.ceil(later / pace.side_by_side) if later > 0 else 0
    return max(1, math.ceil(pace.run_seconds * (rounds + 1)))
