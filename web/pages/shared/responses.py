"""How a page is answered: drawn in its frame, or a redirect that leaves word of what happened."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from litestar import Response
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts import schools
from app.core.errors import Conflict
from app.core.locale import Locale
from app.settings import Settings
from web.deps import AnyRequest
from web.middleware.csrf import csrf_token
from web.templating import DEFAULT_ZONE, Chrome, Notice, Section, render

NOTICE = "notice"
"""The cookie that carries a notice over one redirect: a code and two numbers, so there is nothing to sign."""

SAID = frozenset({"own_account"})
"""Conflicts with a notice of their own."""

_NOTICE = re.compile(r"([a-z_]{1,30})\.(\d{1,6})\.(\d{1,6})")


@dataclass(frozen=True, slots=True)
class RenderPage:
    """Draws pages for one request."""

    locale: Locale
    chrome: Chrome

    def __call__(
        self, template: str, section: Section = "", *, status: int = 200, **context: object
    ) -> Response[str]:
        """The page in its frame; a notice is shown this once."""
        chrome = Chrome(
            self.chrome.user, self.chrome.csrf_token, self.chrome.notice, section, self.chrome.zone
        )
        html = render(template, self.locale, chrome=chrome, **context)
        told = [Cookie(key=NOTICE, value="", max_age=0, path="/")] if chrome.notice else []
        return Response(html, media_type=MediaType.HTML, status_code=status, cookies=told)


async def provide_render_page(
    request: AnyRequest,
    session: NamedDependency[AsyncSession],
    settings: NamedDependency[Settings],
    locale: NamedDependency[Locale],
) -> RenderPage:
    """A dependency of every page."""
    user = request.user
    zone = (await schools.get(session, user.school_id)).time_zone if user else DEFAULT_ZONE
    token = csrf_token(settings.web, user)
    return RenderPage(locale, Chrome(user, token, read_notice(request.cookies), "", zone))


def read_notice(cookies: Mapping[str, str]) -> Notice | None:
    """The notice that the redirect before this request left; anything else than one of ours is none."""
    found = _NOTICE.fullmatch(cookies.get(NOTICE, ""))
    return Notice(found[1], (int(found[2]), int(found[3]))) if found else None


def redirect(path: str, notice: str | None = None, first: int = 0, second: int = 0) -> Redirect:
    """Post, redirect, get: to a page of ours, with word of what happened."""
    value = f"{notice}.{first}.{second}"
    told = [Cookie(key=NOTICE, value=value, max_age=60, path="/", httponly=True, samesite="lax")]
    return Redirect(path, status_code=303, cookies=told if notice else [])


def redirect_after_conflict(request: AnyRequest, fault: Conflict) -> Redirect:
    """The state had changed meanwhile: back to the page that the form was on, which shows how it is now.

    Every form posts to `<its page>/<verb>`.
    """
    page = request.scope["path"].rstrip("/").rpartition("/")[0]
    return redirect(page, fault.code if fault.code in SAID else "conflict")
