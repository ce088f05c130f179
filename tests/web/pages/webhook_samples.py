"""Webhooks and what was sent to them, in every state, for tests and the preview."""

from dataclasses import replace
from datetime import timedelta

from tests.web.pages.samples import NOW
from web.pages.webhooks.view import DeliveryItem, WebhookItem

SECRET = "whsec_" + "c2VjcmV0" * 5

_ARRIVED = DeliveryItem(
    "msg_01JD0000000000000000000000",
    "job.completed",
    "delivered",
    1,
    NOW,
    delivered_at=NOW,
    response_code=204,
)
_NEXT = NOW + timedelta(minutes=5)

ERRORS = (
    "timeout",
    "unresolved",
    "unreachable",
    "bad_certificate",
    "bad_answer",
    "disabled",
    "secret_lost",
)

DELIVERIES = (
    replace(_ARRIVED, id="msg_1", event="test", state="pending", attempt=0, response_code=None),
    replace(_ARRIVED, id="msg_2", state="pending", sending=True, response_code=None),
    replace(_ARRIVED, id="msg_3", state="pending", attempt=2, response_code=500, next_try_at=_NEXT),
    replace(_ARRIVED, id="msg_4", state="pending", response_code=302, next_try_at=_NEXT),
    _ARRIVED,
    replace(_ARRIVED, id="msg_5", event="batch.completed", attempt=2),
    replace(_ARRIVED, id="msg_6", state="failed", response_code=410),
    *(
        replace(_ARRIVED, id=f"msg_{error}", state="failed", attempt=8, response_code=None, error=error)
        for error in ERRORS
    ),
    replace(_ARRIVED, id="msg_7", state="failed", response_code=None, error="internal_address"),
    replace(_ARRIVED, id="msg_8", state="failed", response_code=None, error="bad_url"),
)

WEBHOOKS = (
    WebhookItem(
        1,
        "https://elo.debrug.example/hooks/terugblik",
        "elo.debrug.example",
        ("job.completed", "batch.completed"),
        latest=_ARRIVED,
    ),
    WebhookItem(
        2,
        "https://hooks.example/terugblik/2b1f8e0c-5a7d-4c55-9c1e-0d9f6f0f8a11?school=de-brug&environment=production",
        "hooks.example",
        ("job.failed",),
        failing_since=NOW - timedelta(days=2),
        off_at=NOW + timedelta(days=3),
        latest=DELIVERIES[2],
    ),
    WebhookItem(3, "https://oud.example/", "oud.example", ("job.completed",), "gone", latest=DELIVERIES[6]),
    WebhookItem(4, "https://stil.example/", "stil.example", ("job.completed",), "failing"),
    WebhookItem(5, "https://vakantie.example/", "vakantie.example", ("job.cancelled",), "by_hand"),
)

BODY = """{
  "event": "job.completed",
  "timestamp": "2026-11-24T13:05:00.000Z",
  "data": {
    "job_id": "summary-7-12-01JD0000000000000000000000",
    "status": "completed",
    "student_id": 12,
    "evaluation_id": 7
  }
}"""
