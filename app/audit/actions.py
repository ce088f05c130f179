"""The closed set of actions that audit events name, and the kinds of things that they are done to."""

from enum import StrEnum
from typing import Literal

SubjectKind = Literal[
    "delivery", "evaluation", "import", "job", "lane", "schedule", "school", "user", "webhook"
]


class Action(StrEnum):
    """What was done. The values are stored, so a value never changes its meaning."""

    SCHOOL_ADDED = "school.added"

    PERSON_ADDED = "person.added"
    PERSON_CHANGED = "person.changed"
    PERSON_BLOCKED = "person.blocked"
    PERSON_UNBLOCKED = "person.unblocked"
    PERSON_LOGGED_OUT = "person.logged_out"
    """All login sessions of a user were ended by somebody else."""
    PERSON_CODE_MADE = "person.code"
    PERSON_CODE_REDEEMED = "person.code_redeemed"
    PERSON_PASSWORD_SET = "person.password_set"  # noqa: S105 - the name of an action
    PERSON_TOKEN_CREATED = "person.token_created"  # noqa: S105
    PERSON_TOKEN_REVOKED = "person.token_revoked"  # noqa: S105

    EVALUATION_CHANGED = "evaluation.changed"
    TEACHER_ADDED = "evaluation.teacher_added"
    TEACHER_REMOVED = "evaluation.teacher_removed"
    REVIEWER_NAMES_READ = "reviewer_names.read"

    IMPORT_APPLIED = "import.applied"
    IMPORT_UNDONE = "import.undone"

    SUMMARY_REGENERATED = "summary.regenerated"
    SUMMARY_EDITED = "summary.edited"
    SUMMARY_APPROVED = "summary.approved"
    SUMMARY_RELEASED = "summary.released"
    SUMMARY_HOLD_ENDED = "summary.hold_ended"
    """A teacher has looked at what a text was held for."""
    SUMMARY_CHOSEN = "summary.chosen"
    """Of two texts beside each other a teacher chose one."""

    JOB_CANCELLED = "job.cancelled"
    JOBS_CANCELLED = "evaluation.jobs_cancelled"

    LANE_PAUSED = "lane.paused"
    LANE_RESUMED = "lane.resumed"

    SCHEDULE_CREATED = "schedule.created"
    SCHEDULE_CHANGED = "schedule.changed"
    SCHEDULE_RUN = "schedule.run"
    SCHEDULE_DELETED = "schedule.deleted"

    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated"  # noqa: S105
    WEBHOOK_TESTED = "webhook.tested"
    WEBHOOK_RESENT = "webhook.resent"
    WEBHOOK_DELETED = "webhook.deleted"
