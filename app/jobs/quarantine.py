"""Keeps jobs apart that may be what ends their workers: in each process one of them runs at a time."""

from app.jobs.models import Job

SUSPECT_AFTER = 2
"""Workers that were lost with a job until it counts as a suspect.

The first loss is most likely somebody else's fault, and costs nothing but the wait. But the jobs of a process
come back all at once and may be claimed by one process again, each time with the one that ends it. Without
this they reached their attempt limits together: of 15 healthy jobs beside a crashing one, 5 failed with it.
"""


class Suspects:
    """The one place for a suspect in this process."""

    def __init__(self) -> None:
        self._taken = False

    def reserve(self) -> bool:
        """Take the place before a claim, which may then bring a suspect; False when it is taken."""
        reserved = not self._taken
        self._taken = True
        return reserved

    def release(self) -> None:
        """Give the place up, for whoever reserved it."""
        self._taken = False


def is_suspect(job: Job) -> bool:
    """Whether this job may be what ends its workers."""
    return job.losses >= SUSPECT_AFTER
