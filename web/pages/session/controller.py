"""Pages: the way in and out, and the first page of each role."""

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
    """Log in, log out, and where one begins."""

    @get("/", guards=[public])
    async def begin(self, visitor: NamedDependency[Principal | None]) -> Redirect:
        """The first page."""
        return redirect(FIRST_PAGE if visitor else "/login")

    @get("/login", guards=[public])
    async def form(
        self,
        render_page: NamedDependency[RenderPage],
        visitor: NamedDependency[Principal | None],
        next: FromQuery[str] = "",
    ) -> Response[str] | Redirect:
        """The form; whoever is logged in goes on at once."""
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
        """Open a session and go where one wanted to go."""
        wanted = safe_path(data.get("next", ""))
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
                next=wanted,
            )
        answer = redirect(wanted)
        answer.cookies = [session_cookie(settings.web, secret)]
        return answer

    @post("/logout", guards=[requires()])
    async def log_out(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
    ) -> Redirect:
        """End this session."""
        await sessions.log_out(uow, user)
        answer = redirect("/login", "logged_out")
        answer.cookies = [*answer.cookies, expired_session_cookie(settings.web)]
        return answer


def safe_path(wanted: str) -> str:
    """A page of ours to go to after logging in; the first page when it could be anything else.

    Browsers read `//host`, `/\\host` and control characters in a path as another site (CWE-601).
    """
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and "\\" not in wanted and len(wanted) < MAX_FIELD_LENGTH else FIRST_PAGE
