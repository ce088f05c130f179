"""Fixtures that every test may use."""

from collections.abc import Iterator

import pytest
import structlog

from tests.support.eventually import MAX_WAIT_SECONDS

SHORT_LIMITS = (
    "app.accounts.passwords.QUEUE_TIMEOUT_SECONDS",
    "app.core.db.POOL_TIMEOUT_SECONDS",
    "app.core.health.PROBE_TIMEOUT_SECONDS",
    "app.core.redis.ANSWER_TIMEOUT_SECONDS",
    "app.core.unit_of_work.SEND_TIMEOUT_SECONDS",
    "web.middleware.authentication.QUEUE_TIMEOUT_SECONDS",
)
"""Limits of the product that a healthy machine never reaches. A machine that stands still for a second does,
so the tests run with longer ones; a test of a limit sets its own."""

pytest_plugins = ["tests.support.services", "tests.support.web"]


@pytest.fixture(scope="session", autouse=True)
def changing_loggers() -> Iterator[None]:
    """Loggers go by the configuration of the moment, and not by that of whichever test first used them."""
    configure = structlog.configure

    def uncached(**given: object) -> None:
        configure(**given | {"cache_logger_on_first_use": False})  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", uncached)
        yield


@pytest.fixture(scope="session", autouse=True)
def long_limits() -> Iterator[None]:
    """No test fails because the machine is slow."""
    with pytest.MonkeyPatch.context() as patch:
        for name in SHORT_LIMITS:
            patch.setattr(name, MAX_WAIT_SECONDS)
        yield
