"""The responses of pages: rendered in the page frame, or a redirect with a notice."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

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

NOTICE_COOKIE = "notice"
"""Carries a notice over one redirect: a code and two numbers. It is not signed, because a page can only show
texts of ours for it."""

NOTICE_MAX_AGE_SECONDS = 60

CONFLICTS_WITH_NOTICE = frozenset({"own_account"})
"""Codes of conflicts that notice.html has a text for."""

_NOTICE = re.compile(r"([a-z_]{1,30})\.(\d{1,6})\.(\d{1,6})")


@dataclass(frozen=True, slots=True)
class RenderPage:
    """Renders pages for one request."""

    locale: Locale
    chrome: Chrome

    def __call__(
        self, template: str, section: Section = "", *, status: int = 200, **context: object
    ) -> Response[str]:
        """The page in its frame. It shows the notice, if there is one, and removes its cookie."""
        html = render(template, self.locale, chrome=replace(self.chrome, section=section), **context)
        cookies = [Cookie(key=NOTICE_COOKIE, value="", max_age=0, path="/")] if self.chrome.notice else []
        return Response(html, media_type=MediaType.HTML, status_code=status, cookies=cookies)


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
    return RenderPage(locale, Chrome(user, token, read_notice(request.cookies), zone=zone))


def read_notice(cookies: Mapping[str, str]) -> Notice | None:
    """The notice that the previous response left. None when there is none, or the cookie is not ours."""
    found = _NOTICE.fullmatch(cookies.get(NOTICE_COOKIE, ""))
    return Notice(found[1], (int(found[2]), int(found[3]))) if found else None


def redirect(path: str, notice: str | None = None, first: int = 0, second: int = 0) -> Redirect:
    """To a page of ours after a form (303), with a notice and its two numbers, if there is one."""
    if notice is None:
        return Redirect(path, status_code=303)
    cookie = Cookie(
        key=NOTICE_COOKIE,
        value=f"{notice}.{first}.{second}",
        max_age=NOTICE_MAX_AGE_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
    )
    return Redirect(path, status_code=303, cookies=[cookie])


def redirect_after_conflict(request: AnyRequest, error: Conflict) -> Redirect:
    """Back to the page of the form, because the state had changed. The page shows the present state.

    Every form posts to `<its page>/<verb>`.
    """
    page = request.scope["path"].rstrip("/").rpartition("/")[0]
    return redirect(page, error.code if error.code in CONFLICTS_WITH_NOTICE else "conflict")
