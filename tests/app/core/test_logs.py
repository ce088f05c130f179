"""Logs: types and frames of an error, and never its message, which may quote what pupils wrote."""

import json
import logging

import pytest
import structlog

from app.core.logs import configure, error_frames
from tests.support.cast import CANARY


def fail() -> None:
    """Raise an error with a cause. Both messages hold a pupil's text."""
    try:
        raise ValueError(f"Failing row contains ({CANARY})")
    except ValueError as error:
        raise RuntimeError(CANARY) from error


def test_an_error_is_logged_as_types_and_frames() -> None:
    with pytest.raises(RuntimeError) as caught:
        fail()
    lines = error_frames(caught.value)
    assert lines[0] == "RuntimeError"
    assert "ValueError" in lines
    assert any(line.endswith(" fail") for line in lines)
    assert CANARY not in " ".join(lines)


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
    written = capfd.readouterr().err
    assert CANARY not in written
    assert written.count("broken") == 2
    assert "RuntimeError" in written
    if style == "json":
        lines = [json.loads(line) for line in written.splitlines()]
        assert lines[1]["job_id"] == "j"
        assert lines[0]["logger"] == "uvicorn.error"
