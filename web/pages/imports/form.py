"""The form to upload a file."""

from dataclasses import dataclass
from typing import Annotated

from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

MAX_FORM_OVERHEAD_BYTES = 64 * 1024
"""What the form may take beside the file itself."""


@dataclass(frozen=True, slots=True)
class ImportForm:
    """The fields of the form. The guard has checked the CSRF token already."""

    file: UploadFile
    title: str = ""
    course: str = ""
    csrf_token: str = ""


UploadForm = Annotated[ImportForm, Body(media_type=RequestEncodingType.MULTI_PART)]
