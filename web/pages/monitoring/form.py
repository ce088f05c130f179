"""Reads the form of the dashboard: the selected jobs, and the filter of the page that it was on."""

from litestar.datastructures import FormMultiDict

from app.core.errors import BadInput
from app.monitoring.recent_jobs import JobFilter
from web.pages.shared.forms import UNKNOWN_FORM

MAX_VALUE_LENGTH = 80
"""Characters; ids of jobs are the longest values."""


def selected_jobs(form: FormMultiDict) -> tuple[JobFilter, list[str]]:
    """The filter and the ids of the jobs. Raises BadInput."""
    ids = form.getall("job_id", [])
    chosen = [form.get(name, "") for name in ("status", "lane", "cause")]
    if not all(isinstance(one, str) and len(one) <= MAX_VALUE_LENGTH for one in (*ids, *chosen)):
        raise BadInput(UNKNOWN_FORM, field="job_id")
    return JobFilter(*chosen), ids
