"""Every error as an answer: an RFC 9457 problem document for programs, a designed page for people."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from urllib.parse import quote

import jinja2
import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException, SerializationException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap

from app.accounts.principal import Principal
from app.core.db import database_is_away, value_is_impossible
from app.core.errors import AppError, BadInput, NotLoggedIn, TooLarge, Unavailable
from app.core.logs import frames_of
from app.settings import WebSettings
from web.deps import AnyRequest, locale_of
from web.middleware.csrf import csrf_token
from web.templating import Chrome, render

log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"

PROGRAM_PATHS = ("/api/", "/schema", "/health", "/ready", "/metrics", "/static/")
"""Addresses that programs call; everything else is a page."""

SENTENCES: Mapping[int, str] = {
    400: "The request cannot be understood.",
    401: "Log in to see this.",
    403: "This is not allowed.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "This is larger than the server takes.",
    415: "This kind of body is not taken here.",
}
"""For errors of the framework, whose own words may hold internals."""


class Problem(msgspec.Struct, omit_defaults=True):
    """RFC 9457, with `code` (a stable word), `field` (what to mend) and `request_id` (finds the log line)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    request_id: str | None = None


class Fault(AppError):
    """An error of the framework, in the form of our own."""

    def __init__(self, status: int, detail: str, code: str, *, field: str | None = None) -> None:
        super().__init__(detail, code=code, field=field)
        self.status = status
        self.extra_headers: dict[str, str] = {}

    @property
    def headers(self) -> Mapping[str, str]:
        """What the framework set, such as Allow."""
        return self.extra_headers


def exception_handlers(web: WebSettings) -> ExceptionHandlersMap:
    """For the whole application."""
    return {Exception: partial(answer, web=web)}


def answer(
    request: AnyRequest, error: Exception, web: WebSettings
) -> Response[bytes] | Response[str] | Redirect:
    """Turn any error into an answer; what is not the caller's fault is logged, without values."""
    cause = unwrapped(error)
    fault = as_app_error(cause)
    if fault.status >= 500:
        log.error("request_failed", code=fault.code, error=type(cause).__name__, trace=frames_of(cause))
    if not is_for_people(request):
        return problem(request, fault)
    if fault.status == NotLoggedIn.status and fault.code == NotLoggedIn.code:
        return to_login(request)
    return page(request, fault, web)


def unwrapped(error: BaseException) -> BaseException:
    """The error that counts of a group: ours first, else the first.

    Litestar puts into a group what a dependency raises while it rolls back, with the original error as its
    cause, and what several dependencies raise when they close (litestar/_kwargs/cleanup.py).
    """
    if not isinstance(error, BaseExceptionGroup):
        return error
    inner = [unwrapped(one) for one in (*error.exceptions, *((error.__cause__,) if error.__cause__ else ()))]
    return next((one for one in inner if isinstance(one, AppError)), inner[0])


def as_app_error(error: BaseException) -> AppError:
    """What the reader may know of it."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _of_framework(error)
    if database_is_away(error):
        return Unavailable("The database does not answer at the moment; nothing was lost, try again shortly.")
    if value_is_impossible(error):
        return BadInput("A number is too large, or a text has a character that cannot be stored.")
    return Fault(500, "Something went wrong on our side. Give the request id when you report it.", "internal")


def _of_framework(error: HTTPException) -> AppError:
    status = error.status_code
    code = TooLarge.code if status == TooLarge.status else HTTPStatus(status).name.lower()
    fault = Fault(status, SENTENCES.get(status, HTTPStatus(status).phrase + "."), code)
    fault.extra_headers = dict(error.headers or {})
    if isinstance(error.__cause__, SerializationException):
        fault.detail = "The body is not valid JSON."
    elif status == 400 and isinstance(error.extra, list) and error.extra:
        first = error.extra[0]
        fault.field = first.get("key", "body")
        fault.detail = f"{fault.field}: {first.get('message', 'not allowed')}."
    return fault


def is_for_people(request: AnyRequest) -> bool:
    """Whether a page is the right answer: not for the API, nor for scripts that ask for data."""
    if request.scope["path"].startswith(PROGRAM_PATHS):
        return False
    wanted = request.headers.get("accept", "")
    return "text/html" in wanted or not wanted or wanted == "*/*"


def problem(request: AnyRequest, fault: AppError) -> Response[bytes]:
    """The error as a problem document."""
    return Response(
        msgspec.json.encode(problem_document(fault, request.scope["state"].get("request_id"))),
        status_code=fault.status,
        media_type=PROBLEM,
        headers=dict(fault.headers),
    )


def problem_document(fault: AppError, request_id: str | None) -> Problem:
    """What the problem document says."""
    return Problem(
        type=f"urn:terugblik:problem:{fault.code}",
        title=HTTPStatus(fault.status).phrase,
        status=fault.status,
        detail=fault.detail,
        code=fault.code,
        field=fault.field,
        request_id=request_id,
    )


def to_login(request: AnyRequest) -> Redirect:
    """To the log-in page, and back here afterwards when that can be done with a GET."""
    query = request.scope["query_string"].decode("latin-1")
    here = request.scope["path"] + (f"?{query}" if query else "")
    target = f"/login?next={quote(here, safe='')}" if request.method == "GET" and here != "/" else "/login"
    return Redirect(target, status_code=303)


def page(request: AnyRequest, fault: AppError, web: WebSettings) -> Response[str]:
    """The error as a page; in plain words when not even that page can be drawn."""
    user: Principal | None = request.scope.get("user")
    reference = request.scope["state"].get("request_id", "")
    headers = dict(fault.headers)
    try:
        text = render(
            "pages/errors/error.html",
            locale_of(request),
            chrome=Chrome(user=user, csrf_token=csrf_token(web, user)),
            status=fault.status,
            code=fault.code,
            reference=reference,
            retry_after=int(headers.get("Retry-After", "0")),
        )
    except jinja2.TemplateError as error:
        log.error("error_page_failed", error=type(error).__name__, trace=frames_of(error))
        plain = f"{fault.detail}\n\n{reference}\n"
        return Response(plain, status_code=fault.status, media_type="text/plain", headers=headers)
    return Response(text, status_code=fault.status, media_type="text/html", headers=headers)
