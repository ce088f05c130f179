"""Every error becomes a response: a problem document for programs, a page for people.

`error_response` is the way there:

1. `root_error` picks the error that counts out of a group.
2. `as_app_error` turns it into one of app/core/errors.py: a status, a code and a sentence for the caller.
3. A status of 500 and above is logged, with places in the code and without values.
4. Programs get a problem document (web/problems.py). People who are not logged in are sent to the log-in
   page. Others get templates/error.html, which chooses its words by status and code.

Pages handle a Conflict themselves, before it comes here: `redirect_after_conflict` in
web/pages/shared/responses.py.
"""

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
from app.core.logs import error_frames
from app.settings import WebSettings
from web.deps import AnyRequest, request_locale
from web.middleware.csrf import csrf_token
from web.problems import PROBLEM_MEDIA_TYPE, problem_document
from web.templating import Chrome, render

log = structlog.get_logger(__name__)

PROGRAM_PATHS = ("/api/", "/schema", "/health", "/ready", "/metrics", "/static/")
"""Beginnings of the paths that programs call. Every other path is a page."""

SENTENCES: Mapping[int, str] = {
    400: "The request cannot be understood.",
    401: "Log in to see this.",
    403: "This is not allowed.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "This is larger than the server takes.",
    415: "This kind of body is not taken here.",
}
"""By status, for errors of the framework: its own messages may reveal internals."""


class FrameworkError(AppError):
    """An error of the framework as one of ours, with the headers that the framework set, such as Allow."""

    def __init__(
        self,
        status: int,
        detail: str,
        code: str,
        *,
        field: str | None = None,
        response_headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail, code=code, field=field)
        self.status = status
        self._headers = response_headers or {}

    @property
    def headers(self) -> Mapping[str, str]:
        """Extra response headers."""
        return self._headers


def exception_handlers(web: WebSettings) -> ExceptionHandlersMap:
    """The one handler of the whole application, for every exception."""
    return {Exception: partial(error_response, web=web)}


def error_response(
    request: AnyRequest, error: Exception, web: WebSettings
) -> Response[bytes] | Response[str] | Redirect:
    """The response to any error; see the module's docstring."""
    cause = root_error(error)
    shown = as_app_error(cause)
    if shown.status >= 500:
        log.error("request_failed", code=shown.code, error=type(cause).__name__, trace=error_frames(cause))
    if not wants_page(request):
        return problem_response(request, shown)
    if shown.status == NotLoggedIn.status and shown.code == NotLoggedIn.code:
        return redirect_to_login(request)
    return error_page(request, shown, web)


def root_error(error: BaseException) -> BaseException:
    """The error itself, or the one of a group that counts: the first AppError, else the first of all.

    Litestar raises a group when a dependency raises while it rolls back (the original error is the group's
    cause), and when several dependencies raise while they close (litestar/_kwargs/cleanup.py).
    """
    if not isinstance(error, BaseExceptionGroup):
        return error
    members = (*error.exceptions, *((error.__cause__,) if error.__cause__ else ()))
    found = [root_error(member) for member in members]
    return next((one for one in found if isinstance(one, AppError)), found[0])


def as_app_error(error: BaseException) -> AppError:
    """The error as the caller may see it. Errors that we do not know become a 500 without any detail."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _from_framework(error)
    if database_is_away(error):
        return Unavailable("The database does not answer at the moment; nothing was lost, try again shortly.")
    if value_is_impossible(error):
        return BadInput("A number is too large, or a text has a character that cannot be stored.")
    return FrameworkError(
        500, "Something went wrong on our side. Give the request id when you report it.", "internal"
    )


def _from_framework(error: HTTPException) -> FrameworkError:
    status = error.status_code
    detail = SENTENCES.get(status, HTTPStatus(status).phrase + ".")
    code = TooLarge.code if status == TooLarge.status else HTTPStatus(status).name.lower()
    field = None
    if isinstance(error.__cause__, SerializationException):
        detail = "The body is not valid JSON."
    elif status == 400 and isinstance(error.extra, list) and error.extra:
        first = error.extra[0]
        field = first.get("key", "body")
        detail = f"{field}: {first.get('message', 'not allowed')}."
    return FrameworkError(status, detail, code, field=field, response_headers=dict(error.headers or {}))


def wants_page(request: AnyRequest) -> bool:
    """Whether a person reads the response: neither the API nor a script that asks for data."""
    if request.scope["path"].startswith(PROGRAM_PATHS):
        return False
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted or accepted in {"", "*/*"}


def problem_response(request: AnyRequest, error: AppError) -> Response[bytes]:
    """The error as a problem document."""
    return Response(
        msgspec.json.encode(problem_document(error, request.scope["state"].get("request_id"))),
        status_code=error.status,
        media_type=PROBLEM_MEDIA_TYPE,
        headers=dict(error.headers),
    )


def redirect_to_login(request: AnyRequest) -> Redirect:
    """To the log-in page. After logging in a GET is repeated; anything else begins at the first page."""
    query = request.scope["query_string"].decode("latin-1")
    here = request.scope["path"] + (f"?{query}" if query else "")
    target = f"/login?next={quote(here, safe='')}" if request.method == "GET" and here != "/" else "/login"
    return Redirect(target, status_code=303)


def error_page(request: AnyRequest, error: AppError, web: WebSettings) -> Response[str]:
    """The error as a page, or as plain text when the page cannot be rendered."""
    user: Principal | None = request.scope.get("user")
    request_id = request.scope["state"].get("request_id", "")
    headers = dict(error.headers)
    try:
        html = render(
            "error.html",
            request_locale(request),
            chrome=Chrome(user=user, csrf_token=csrf_token(web, user)),
            status=error.status,
            code=error.code,
            reference=request_id,
            retry_after=int(headers.get("Retry-After", "0")),
        )
    except jinja2.TemplateError as fault:
        log.error("error_page_failed", error=type(fault).__name__, trace=error_frames(fault))
        text = f"{error.detail}\n\n{request_id}\n"
        return Response(text, status_code=error.status, media_type="text/plain", headers=headers)
    return Response(html, status_code=error.status, media_type="text/html", headers=headers)
