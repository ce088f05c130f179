"""Reading what a form sent."""

from typing import Annotated

from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType
from litestar.params import Body

from app.core.errors import BadInput
from app.monitoring.recent_jobs import JobFilter
from app.summaries.schemas import Priority
from web.deps import AnyRequest

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
"""The fields of a form, each given once at the most."""

_PRIORITIES: dict[str, Priority] = {"high": "high", "normal": "normal", "low": "low"}


def priority_of(form: FormMultiDict) -> Priority:
    """The lane that was chosen; normal when none was. Raises BadInput."""
    wanted = form.get("priority", "normal")
    found = _PRIORITIES.get(wanted) if isinstance(wanted, str) else None
    if found is None:
        raise BadInput("The priority is high, normal or low.", field="priority")
    return found


async def student_ids(request: AnyRequest) -> list[int]:
    """The pupils that a form names. Raises BadInput."""
    given = (await request.form()).getall("student_id", [])
    if not all(isinstance(one, str) and one.isdecimal() and len(one) < 19 for one in given):
        raise BadInput("This form is not one of ours; reload the page.", field="student_id")
    return [int(one) for one in given]


async def job_choice(request: AnyRequest) -> tuple[JobFilter, list[str]]:
    """The filter of the dashboard that a form was on, and the jobs that it names. Raises BadInput."""
    form = await request.form()
    ids = form.getall("job_id", [])
    given = [form.get(name, "") for name in ("status", "lane", "cause")]
    if not all(isinstance(one, str) and len(one) <= 80 for one in (*ids, *given)):
        raise BadInput("This form is not one of ours; reload the page.", field="job_id")
    return JobFilter(*given), ids


async def sentence_texts(request: AnyRequest) -> dict[int, str]:
    """The sentences of the edit form by their index: fields `text-<index>`. Raises BadInput."""
    texts: dict[int, str] = {}
    for name, value in (await request.form()).multi_items():
        _, found, index = name.partition("text-")
        if found and index.isdecimal() and len(index) < 4 and isinstance(value, str):
            texts[int(index)] = value
    if not texts:
        raise BadInput("This form is not one of ours; reload the page.", field="text")
    return texts
