"""Reads the form with which a teacher edits a summary."""

from litestar.datastructures import FormMultiDict

from app.core.errors import BadInput
from web.pages.shared.forms import UNKNOWN_FORM

MAX_INDEX_DIGITS = 3


def sentence_texts(form: FormMultiDict) -> dict[int, str]:
    """The texts by the index of their sentence, from the fields `text-<index>`. Raises BadInput."""
    texts: dict[int, str] = {}
    for name, value in form.multi_items():
        _, found, index = name.partition("text-")
        if found and index.isdecimal() and len(index) <= MAX_INDEX_DIGITS and isinstance(value, str):
            texts[int(index)] = value
    if not texts:
        raise BadInput(UNKNOWN_FORM, field="text")
    return texts
