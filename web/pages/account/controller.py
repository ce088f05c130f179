"""Pages: the own account."""

from collections.abc import Mapping

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from app.accounts import sessions, users
from app.accounts.guards import requires
from app.accounts.principal import Principal
from app.core.errors import BadInput
from app.core.locale import Locale
from app.core.unit_of_work import UnitOfWork
from app.settings import Settings
from web.pages.shared.forms import Form
from web.pages.shared.responses import RenderPage, redirect
from web.session_cookie import expired_session_cookie

LANGUAGES: Mapping[str, Locale] = {"nl": "nl", "en": "en"}


class AccountPages(Controller):
    """Language, and logging out everywhere."""

    path = "/account"
    guards = (requires(),)

    @get("/")
    async def show(self, render_page: NamedDependency[RenderPage]) -> Response[str]:
        """The account."""
        return render_page("pages/account/show.html", "account")

    @post("/language")
    async def language(
        self, data: Form, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal]
    ) -> Redirect:
        """Read everything in another language from now on."""
        wanted = LANGUAGES.get(data.get("locale", ""))
        if wanted is None:
            raise BadInput("The language is nl or en.", field="locale")
        await users.set_locale(uow, user.user_id, wanted)
        return redirect("/account", "language")

    @post("/logout-everywhere")
    async def log_out_everywhere(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
    ) -> Redirect:
        """End every session of this person."""
        await sessions.log_out_everywhere(uow, user.user_id)
        answer = redirect("/login", "everywhere")
        answer.cookies = [*answer.cookies, expired_session_cookie(settings.web)]
        return answer
