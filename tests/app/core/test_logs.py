"""Logs: where an error came from, and never its message, which quotes what pupils wrote."""

import json
import logging

import pytest
import structlog

from app.core.logs import configure, frames_of
from tests.support.cast import CANARY


def fail() -> None:
    """An error in two steps, both with a text in the message."""
    try:
        raise ValueError(f"Failing row contains ({CANARY})")
    except ValueError as error:
        raise RuntimeError(CANARY) from error


def test_an_error_is_told_by_its_types_and_places() -> None:
    with pytest.raises(RuntimeError) as caught:
        fail()
    said = frames_of(caught.value)
    assert said[0] == "RuntimeError"
    assert "ValueError" in said
    assert any(line.endswith(" fail") for line in said)
    assert CANARY not in " ".join(said)


@pytest.mark.parametrize("style", ["json", "text"])
def test_no_logger_writes_the_message_of_an_error(style: str, capfd: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers, structlog.get_config()
    configure("json" if style == "json" else "text", "info")
    try:
        try:
            fail()
        except RuntimeError:
            logging.getLogger("uvicorn.error").exception("broken")
            structlog.get_logger("ours").exception("broken", job_id="j")
    finally:
        logging.raiseExceptions = True
        logging.getLogger().handlers = before[0]
        structlog.configure(**before[1])
    said = capfd.readouterr().err
    assert CANARY not in said
    assert said.count("broken") == 2
    assert "RuntimeError" in said
    if style == "json":
        lines = [json.loads(line) for line in said.splitlines()]
        assert lines[1]["job_id"] == "j"
        assert lines[0]["logger"] == "uvicorn.error"
