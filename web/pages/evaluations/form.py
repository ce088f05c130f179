"""Reads the forms of an evaluation's page."""

from collections.abc import Mapping

from litestar.datastructures import FormMultiDict

from app.core.errors import BadInput
from app.summaries.schemas import Priority
from web.pages.shared.forms import MAX_ID_DIGITS, UNKNOWN_FORM

PRIORITIES: Mapping[str, Priority] = {"high": "high", "normal": "normal", "low": "low"}


def priority(form: FormMultiDict) -> Priority:
    """The chosen priority; normal when none was chosen. Raises BadInput."""
    given = form.get("priority", "normal")
    found = PRIORITIES.get(given) if isinstance(given, str) else None
    if found is None:
        raise BadInput("The priority is high, normal or low.", field="priority")
    return found


def student_ids(form: FormMultiDict) -> list[int]:
    """The ids of the selected students. Raises BadInput."""
    given = form.getall("student_id", [])
    if not all(isinstance(one, str) and one.isdecimal() and len(one) <= MAX_ID_DIGITS for one in given):
        raise BadInput(UNKNOWN_FORM, field="student_id")
    return [int(one) for one in given]
