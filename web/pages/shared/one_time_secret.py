"""A secret that is shown once, on the page after a redirect. It travels there in an encrypted cookie."""

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
MAX_AGE_SECONDS = 120
"""A browser follows a redirect at once. Later the user makes a new secret."""


class _Contents(msgspec.Struct):
    """The secret, and the only user, login session and page that may show it."""

    user_id: int
    session_key: str | None
    path: str
    secret: str


def redirect_with_secret(
    settings: Settings, user: Principal, path: str, notice: str, secret: str
) -> Redirect:
    """To a page of ours, which can show this user the secret once."""
    contents = _Contents(user.user_id, user.session_key, path, secret)
    encrypted = _encryption(settings).encrypt(msgspec.json.encode(contents)).decode()
    response = redirect(path, notice)
    response.cookies = [*response.cookies, _cookie(settings, path, encrypted, MAX_AGE_SECONDS)]
    return response


def read(request: AnyRequest, settings: Settings, user: Principal) -> str:
    """The secret for this page. Empty when there is none, it is too old, or it is meant for somebody else."""
    value = request.cookies.get(COOKIE, "").encode()
    try:
        raw = _encryption(settings).decrypt(value, max_age=MAX_AGE_SECONDS)
    except DecryptionError:
        return ""
    found = msgspec.json.decode(raw, type=_Contents)
    here = (user.user_id, user.session_key, request.scope["path"].rstrip("/"))
    return found.secret if (found.user_id, found.session_key, found.path) == here else ""


def remove_cookie(response: Response[str], request: AnyRequest, settings: Settings) -> Response[str]:
    """The page that showed the secret, with the order to remove the cookie, if the request had it."""
    if COOKIE in request.cookies:
        expired = _cookie(settings, request.scope["path"].rstrip("/"), "", 0)
        response.cookies = [*response.cookies, expired]
    return response


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
