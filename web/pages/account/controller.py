"""Page of the user's own account."""

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
        """The page."""
        return render_page("pages/account/show.html", "account")

    @post("/language")
    async def language(
        self, data: Form, uow: NamedDependency[UnitOfWork], user: NamedDependency[Principal]
    ) -> Redirect:
        """Change the language of all pages."""
        language = LANGUAGES.get(data.get("locale", ""))
        if language is None:
            raise BadInput("The language is nl or en.", field="locale")
        await users.set_locale(uow, user.user_id, language)
        return redirect("/account", "language")

    @post("/logout-everywhere")
    async def log_out_everywhere(
        self,
        uow: NamedDependency[UnitOfWork],
        user: NamedDependency[Principal],
        settings: NamedDependency[Settings],
    ) -> Redirect:
        """End every login session of the user."""
        await sessions.log_out_everywhere(uow, user.user_id)
        response = redirect("/login", "everywhere")
        response.cookies = [*response.cookies, expired_session_cookie(settings.web)]
        return response
