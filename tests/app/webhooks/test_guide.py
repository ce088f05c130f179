"""docs/webhooks.md: its programs accept our messages and no others, and its figures are those of the code."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from app.scheduling.upkeep import DELIVERY_RETENTION_DAYS
from app.webhooks.delivery_worker import MAX_IN_FLIGHT_PER_RECEIVER
from app.webhooks.outbox import EVENTS
from app.webhooks.retry_policy import FAILING_LIMIT, RETRY_PAUSES
from app.webhooks.sender import MAX_KEPT_BYTES, TRY_TIMEOUT_SECONDS
from app.webhooks.service import OLD_SECRET_VALIDITY
from app.webhooks.signing import new_secret, signed_headers

GUIDE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
BODY = json.dumps({"event": "job.completed", "data": {"naam": "Zoë"}}, ensure_ascii=False)

Received = Callable[[bytes, dict[str, str]], dict[str, Any]]


def programs(secret: str) -> list[Received]:
    """The functions of the guide, in their order."""
    made: list[Received] = []
    for source in PROGRAMS:
        space: dict[str, Any] = {}
        exec(source.replace("whsec_…", secret), space)  # noqa: S102
        function = space["received"]
        more = {"secret": secret} if "secret: str" in source else {}
        made.append(lambda body, given, function=function, more=more: function(body, given, **more))  # type: ignore[misc]
    return made


def test_its_programs_accept_our_messages_and_no_others() -> None:
    secret, other, now = new_secret(), new_secret(), datetime.now(UTC)
    ours = signed_headers([new_secret(), secret], "msg_1", now, BODY)
    assert len(PROGRAMS) == 2
    for received in programs(secret):
        assert received(BODY.encode(), ours) == json.loads(BODY)
        for wrong in (
            ours | {"webhook-id": "msg_2"},
            signed_headers([secret], "msg_1", now - timedelta(seconds=400), BODY),
            signed_headers([other], "msg_1", now, BODY),
        ):
            with pytest.raises((ValueError, WebhookVerificationError)):
                received(BODY.encode(), wrong)


def test_its_figures_are_ours() -> None:
    text = " ".join(GUIDE.split())
    pauses = ["5 s", "5 min", "30 min", "2 h", "5 h", "10 h", "10 h"]
    seconds = {"s": 1, "min": 60, "h": 3600}
    seconds_of = [int(number) * seconds[unit] for number, unit in (one.split() for one in pauses)]
    assert seconds_of == [pause.total_seconds() for pause in RETRY_PAUSES]
    assert f"tried again after {', '.join(pauses[:-1])} and {pauses[-1]}; then it is given up" in text
    assert f"within {TRY_TIMEOUT_SECONDS:.0f} seconds" in text
    assert f"first {MAX_KEPT_BYTES:,} bytes" in text
    assert (MAX_IN_FLIGHT_PER_RECEIVER, "two messages on their way at a time" in text) == (2, True)
    assert (FAILING_LIMIT.days, "five days of nothing but failures" in text) == (5, True)
    assert f"for {OLD_SECRET_VALIDITY.total_seconds() / 3600:.0f} hours every message" in text
    assert f"kept for {DELIVERY_RETENTION_DAYS} days" in text
    assert all(f"| `{event}` |" in text for event in EVENTS)
