"""Page to set a password with a code that an administrator handed out."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from app.accounts import invitations
from app.accounts.guards import public
from app.accounts.login import LoginAttempt
from app.accounts.passwords import MAX_LENGTH, MIN_LENGTH, Passwords
from app.core.errors import BadInput, NotLoggedIn, TooManyRequests
from app.core.unit_of_work import UnitOfWorkFactory
from web.deps import AnyRequest, client_address
from web.pages.shared.forms import MAX_FIELD_LENGTH, Form
from web.pages.shared.responses import RenderPage, redirect

SHOW = "pages/password/show.html"
LENGTHS = {"min": MIN_LENGTH, "max": MAX_LENGTH}


class PasswordPages(Controller):
    """For people who have no password yet, or forgot it."""

    path = "/password"
    guards = (public,)

    @get("/")
    async def show(self, render_page: NamedDependency[RenderPage]) -> Response[str]:
        """The form."""
        return render_page(SHOW, problem="", email="", lengths=LENGTHS)

    @post("/")
    async def use(
        self,
        request: AnyRequest,
        data: Form,
        render_page: NamedDependency[RenderPage],
        units: NamedDependency[UnitOfWorkFactory],
        passwords: NamedDependency[Passwords],
    ) -> Response[str] | Redirect:
        """Use the code and set the password, or show the form again with the problem."""
        email = data.get("email", "")[:MAX_FIELD_LENGTH]
        attempt = LoginAttempt(email, data.get("password", "")[:MAX_FIELD_LENGTH], client_address(request))
        try:
            await invitations.redeem(units, passwords, attempt, data.get("code", "")[:MAX_FIELD_LENGTH])
        except (BadInput, NotLoggedIn, TooManyRequests) as fault:
            return render_page(SHOW, status=fault.status, problem=fault.code, email=email, lengths=LENGTHS)
        return redirect("/login", "password_set")
