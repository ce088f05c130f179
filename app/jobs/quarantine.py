"""Keeps jobs apart that may be what ends their workers: in each process one of them runs at a time."""

from app.jobs.models import Job

QUARANTINE_AFTER_LOSSES = 2
"""Workers that were lost with a job until it is quarantined.

The first loss is most likely another job's fault, and costs nothing but the wait. But the jobs of a process
come back all at once and may be claimed by one process again, each time with the one that ends it. Without
quarantine they reached their attempt limits together: of 15 healthy jobs beside a crashing one, 5 failed.
"""


class Quarantine:
    """The one slot of this process for a quarantined job."""

    def __init__(self) -> None:
        self._taken = False

    def reserve(self) -> bool:
        """Take the slot before a claim, which may then bring a quarantined job; False when it is taken."""
        reserved = not self._taken
        self._taken = True
        return reserved

    def release(self) -> None:
        """Free the slot; for the caller that reserved it."""
        self._taken = False


def is_quarantined(job: Job) -> bool:
    """Whether this job may be what ends its workers."""
    return job.losses >= QUARANTINE_AFTER_LOSSES
