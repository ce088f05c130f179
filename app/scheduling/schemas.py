"""What the HTTP API takes and answers about schedules."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Expression = Annotated[str, Meta(max_length=100, description="Five cron fields, or @daily and the like.")]
Zone = Annotated[str, Meta(max_length=64, description="IANA time zone; the school's when it is left out.")]


class TaskParams(msgspec.Struct, forbid_unknown_fields=True):
    """The summaries to make. Without `student_ids` those of all students with feedback."""

    evaluation_id: int
    student_ids: Annotated[list[int], Meta(min_length=1, max_length=10_000)] | None = None


class ScheduleBody(msgspec.Struct, forbid_unknown_fields=True):
    """A new schedule."""

    name: Name
    cron_expression: Expression
    task_params: TaskParams
    timezone: Zone | None = None
    enabled: bool = True


class ScheduleChange(msgspec.Struct, forbid_unknown_fields=True):
    """A field that is left out stays as it is."""

    name: Name | UnsetType = UNSET
    cron_expression: Expression | UnsetType = UNSET
    task_params: TaskParams | UnsetType = UNSET
    timezone: Zone | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET


class ScheduleOut(msgspec.Struct):
    """A schedule. `task_params` is null when its evaluation was deleted. `next_runs` has five times."""

    id: int
    name: str
    cron_expression: str
    timezone: str
    task_params: TaskParams | None
    enabled: bool
    next_run_at: datetime | None
    last_run_at: datetime | None
    last_result: str | None
    description: str
    next_runs: list[datetime]


class ScheduleList(msgspec.Struct):
    """Schedules by name."""

    schedules: list[ScheduleOut]


class RunOut(msgspec.Struct):
    """The result of a run that was started by hand."""

    schedule_id: int
    result: str
    queued: int
    already_queued: int
    up_to_date: int
