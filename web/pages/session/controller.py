"""Pages to log in and out, and the redirect to the first page."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from app.accounts import login, sessions
from app.accounts.guards import public, requires
from app.accounts.login import LoginAttempt
from app.accounts.passwords import Passwords
from app.accounts.principal import Principal
from app.core.errors import NotLoggedIn, TooManyRequests
from app.core.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.settings import Settings
from web.deps import AnyRequest, client_address
from web.pages.shared.forms import MAX_FIELD_LENGTH, Form
from web.pages.shared.responses import RenderPage, redirect
from web.session_cookie import expired_session_cookie, session_cookie, session_lifetime

FIRST_PAGE = "/evaluations"


class SessionPages(Controller):
    """Logging in and out."""

    @get("/", guards=[public])
    async def first_page(self, visitor: NamedDependency[Principal | None]) -> Redirect:
        """To the first page, or to the log-in page."""
        return redirect(FIRST_PAGE if visitor else "/login")

    @get("/login", guards=[public])
    async def form(
        self,
        render_page: NamedDependency[RenderPage],
        visitor: NamedDependency[Principal | None],
        next: FromQuery[str] = "",
    ) -> Response[str] | Redirect:
        """The form. A user who is logged in already goes on to `next`."""
        if visitor is not None:
            return redirect(safe_path(next))
        return render_page("pages/session/login.html", problem=None, email="", next=safe_path(next))

    @post("/login", guards=[public])
    async def log_in(
        self,
        request: AnyRequest,
        data: Form,
        render_page: NamedDependency[RenderPage],
        units: NamedDependency[UnitOfWorkFactory],
        passwords: NamedDependency[Passwords],
        settings: NamedDependency[Settings],
    ) -> Response[str] | Redirect:
        """Open a session and go on to `next`, or show the form again with the problem."""
        next_path = safe_path(data.get("next", ""))
        attempt = LoginAttempt(
            email=data.get("email", "")[:MAX_FIELD_LENGTH],
            password=data.get("password", "")[:MAX_FIELD_LENGTH],
            address=client_address(request),
            user_agent=request.headers.get("user-agent", "")[:200],
        )
        try:
            secret = await login.log_in(units, passwords, attempt, lifetime=session_lifetime(settings.web))
        except (NotLoggedIn, TooManyRequests) as fault:
            return render_page(
                "pages/session/login.html",
                status=fault.status,
                problem=fault.code,
                email=attempt.email,
                next=next_path,
            )
        response = redirect(next_path)
        response.cookies = [session_cookie(settings.web, secret)]
        return response

    @post("/logout", guards=[requires()])
    async def log_out(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
    ) -> Redirect:
        """End this session."""
        await sessions.log_out(uow, user)
        response = redirect("/login", "logged_out")
        response.cookies = [*response.cookies, expired_session_cookie(settings.web)]
        return response


def safe_path(path: str) -> str:
    """The path of a page of ours to go to after logging in; the first page when this could lead elsewhere.

    Browsers read `//host`, `/\\host` and control characters in a path as another site (CWE-601).
    """
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain and "\\" not in path and len(path) < MAX_FIELD_LENGTH else FIRST_PAGE
