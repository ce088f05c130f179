"""Errors: status, code and headers of each kind."""

import pytest

from app.core import errors
from app.core.errors import AppError

KINDS = {
    errors.BadInput: (400, "bad_input"),
    errors.NotLoggedIn: (401, "not_logged_in"),
    errors.Forbidden: (403, "forbidden"),
    errors.NotFound: (404, "not_found"),
    errors.Conflict: (409, "conflict"),
    errors.TooLarge: (413, "too_large"),
    errors.TooManyRequests: (429, "too_many_requests"),
    errors.Unavailable: (503, "unavailable"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_status_and_code(kind: type[AppError]) -> None:
    assert (kind.status, kind.code) == KINDS[kind]


def test_no_kind_is_left_out() -> None:
    assert set(AppError.__subclasses__()) >= set(KINDS)
    ours = {kind for kind in AppError.__subclasses__() if kind.__module__ == errors.__name__}
    assert ours == set(KINDS)


def test_an_error_may_have_a_more_precise_code() -> None:
    error = errors.NotLoggedIn("They do not belong together.", code="wrong_login")
    assert (error.status, error.code, error.detail) == (401, "wrong_login", "They do not belong together.")
    assert errors.NotLoggedIn("x").code == "not_logged_in"
    assert errors.BadInput("x", field="title").field == "title"


def test_the_headers_that_http_requires() -> None:
    assert errors.NotLoggedIn("x").headers == {"WWW-Authenticate": "Bearer"}
    assert errors.TooManyRequests("x", retry_after=7).headers == {"Retry-After": "7"}
    assert "Retry-After" in errors.Unavailable("x").headers
