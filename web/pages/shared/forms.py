"""What the forms of several nouns share."""

from typing import Annotated

from litestar.enums import RequestEncodingType
from litestar.params import Body

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
"""The fields of a form that has each field at most once."""

MAX_FIELD_LENGTH = 1000
"""Characters that are read of a field which anybody may send, logged in or not."""

MAX_ID_DIGITS = 18
"""Ids with more digits do not fit into the 64-bit integers of the database."""

UNKNOWN_FORM = "This form is not one of ours; reload the page."
"""For values that no page of ours sends."""
