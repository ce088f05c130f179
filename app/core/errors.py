"""The errors that a caller may see: a status, and a plain sentence that says what to do."""

from collections.abc import Mapping


class AppError(Exception):
    """An error with an HTTP status and a sentence for the reader.

    `detail` is shown as it is, so it never holds a path, host, SQL, stack trace or pupil's text. `code` is a
    stable word for translation, metrics and tests. `field` is the field of the form or body that is wrong.
    """

    status = 500
    code = "internal"

    def __init__(self, detail: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.field = field

    @property
    def headers(self) -> Mapping[str, str]:
        """Extra response headers."""
        return {}


class BadInput(AppError):
    """The request cannot be understood or holds a value that is not allowed."""

    status = 400
    code = "bad_input"


class NotLoggedIn(AppError):
    """Nobody is logged in, or the token is unknown, expired or withdrawn."""

    status = 401
    code = "not_logged_in"

    @property
    def headers(self) -> Mapping[str, str]:
        """RFC 9110 section 15.5.2: a 401 names the scheme."""
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(AppError):
    """This role may not do this, or not in this state of the object. The caller may know that it exists."""

    status = 403
    code = "forbidden"


class NotFound(AppError):
    """The object does not exist or is another school's. Both have the same answer."""

    status = 404
    code = "not_found"


class Conflict(AppError):
    """The state of the object does not allow this. The sentence says the state and what to do."""

    status = 409
    code = "conflict"


class TooLarge(AppError):
    """The body is larger than this page or call accepts."""

    status = 413
    code = "too_large"


class TooManyRequests(AppError):
    """Too many calls. `retry_after` is in seconds."""

    status = 429
    code = "too_many_requests"

    def __init__(self, detail: str, *, retry_after: int, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        """RFC 9110 section 10.2.3."""
        return {"Retry-After": str(self.retry_after)}


class Unavailable(AppError):
    """A service such as the database is away for a short time. Nothing was lost; try again."""

    status = 503
    code = "unavailable"

    @property
    def headers(self) -> Mapping[str, str]:
        """RFC 9110 section 10.2.3. A restart of the database takes two seconds."""
        return {"Retry-After": "2"}
