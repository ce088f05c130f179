"""A secret that is shown once, on the page after a redirect: it travels sealed in a cookie of that page."""

import msgspec
from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from app.accounts.principal import Principal
from app.core.encryption import DecryptionError, Encryption
from app.settings import Settings
from web.deps import AnyRequest
from web.pages.shared.responses import redirect

COOKIE = "once"
SECONDS = 120
"""A redirect is followed at once; who comes later asks for a new secret."""


class _Carried(msgspec.Struct):
    """For whom, on which page, and what."""

    user_id: int
    session_key: str | None
    path: str
    secret: str


def redirect_and_show(settings: Settings, user: Principal, path: str, notice: str, secret: str) -> Redirect:
    """To a page of ours that shows this person the secret, and shows it again to nobody."""
    carried = _Carried(user.user_id, user.session_key, path, secret)
    sealed = _encryption(settings).encrypt(msgspec.json.encode(carried)).decode()
    answer = redirect(path, notice)
    answer.cookies = [*answer.cookies, _cookie(settings, path, sealed, SECONDS)]
    return answer


def read(request: AnyRequest, settings: Settings, user: Principal) -> str:
    """What this page is to show; empty when there is nothing, or it is too old, or another's."""
    try:
        raw = _encryption(settings).decrypt(request.cookies.get(COOKIE, "").encode(), max_age=SECONDS)
    except DecryptionError:
        return ""
    found = msgspec.json.decode(raw, type=_Carried)
    meant = (user.user_id, user.session_key, request.scope["path"].rstrip("/"))
    return found.secret if (found.user_id, found.session_key, found.path) == meant else ""


def shown(answer: Response[str], request: AnyRequest, settings: Settings) -> Response[str]:
    """The page, which takes the cookie away if there was one."""
    if COOKIE in request.cookies:
        forgotten = _cookie(settings, request.scope["path"].rstrip("/"), "", 0)
        answer.cookies = [*answer.cookies, forgotten]
    return answer


def _encryption(settings: Settings) -> Encryption:
    return Encryption(settings.web.secret, b"terugblik shown once")


def _cookie(settings: Settings, path: str, value: str, max_age: int) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=value,
        max_age=max_age,
        path=path,
        httponly=True,
        samesite="lax",
        secure=settings.web.secure_cookies,
    )
