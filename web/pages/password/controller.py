"""Pages: setting the own password with a code that an administrator handed out."""

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
SIZES = {"shortest": MIN_LENGTH, "longest": MAX_LENGTH}


class PasswordPages(Controller):
    """A password of one's own."""

    path = "/password"
    guards = (public,)

    @get("/")
    async def show(self, render_page: NamedDependency[RenderPage]) -> Response[str]:
        """The form."""
        return render_page(SHOW, problem="", email="", sizes=SIZES)

    @post("/")
    async def use(
        self,
        request: AnyRequest,
        data: Form,
        render_page: NamedDependency[RenderPage],
        units: NamedDependency[UnitOfWorkFactory],
        passwords: NamedDependency[Passwords],
    ) -> Response[str] | Redirect:
        """Use the code up and set the password, with which one then logs in."""
        email = data.get("email", "")[:MAX_FIELD_LENGTH]
        attempt = LoginAttempt(email, data.get("password", "")[:MAX_FIELD_LENGTH], client_address(request))
        try:
            await invitations.redeem(units, passwords, attempt, data.get("code", "")[:MAX_FIELD_LENGTH])
        except (BadInput, NotLoggedIn, TooManyRequests) as fault:
            return render_page(SHOW, status=fault.status, problem=fault.code, email=email, sizes=SIZES)
        return redirect("/login", "password_set")
