"""The session cookie: its name, its lifetime, and how it is set and removed."""

from datetime import timedelta

from litestar.datastructures import Cookie

from app.settings import WebSettings


def cookie_name(web: WebSettings) -> str:
    """With `__Host-` browsers refuse it from a subdomain or without TLS (RFC 6265bis section 4.1.3.2)."""
    return "__Host-session" if web.secure_cookies else "session"


def session_cookie(web: WebSettings, secret: str) -> Cookie:
    """The cookie to set after `login.log_in`."""
    return _cookie(web, secret, int(session_lifetime(web).total_seconds()))


def expired_session_cookie(web: WebSettings) -> Cookie:
    """The cookie to set after `login.log_out`."""
    return _cookie(web, "", 0)


def session_lifetime(web: WebSettings) -> timedelta:
    """How long a login lasts."""
    return timedelta(hours=web.session_hours)


def _cookie(web: WebSettings, value: str, max_age: int) -> Cookie:
    return Cookie(
        key=cookie_name(web),
        value=value,
        max_age=max_age,
        path="/",
        secure=web.secure_cookies,
        httponly=True,
        samesite="lax",
    )
