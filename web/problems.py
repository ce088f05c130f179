"""Problem documents: what a program gets for an error (RFC 9457)."""

from http import HTTPStatus

import msgspec

from app.core.errors import AppError

PROBLEM_MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct, omit_defaults=True):
    """RFC 9457 with three members of our own.

    `code` is a stable word, `field` says what to correct, `request_id` finds the line in the log.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    request_id: str | None = None


def problem_document(error: AppError, request_id: str | None) -> Problem:
    """The document for this error."""
    return Problem(
        type=f"urn:terugblik:problem:{error.code}",
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        detail=error.detail,
        code=error.code,
        field=error.field,
        request_id=request_id,
    )
