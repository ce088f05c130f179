"""Fixtures that every test may use."""

from collections.abc import Iterator

import pytest
import structlog

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
