"""An example of each shape of the API, by the name of the shape. A test decodes each as its shape."""

from collections.abc import Mapping
from typing import Any

_JOB_ID = "summary-123-456-01JDPZ5R8K6T2W9Q4N7M3V1XCB"
_TIMES = {"created_at": "2026-01-12T10:00:00Z", "started_at": "2026-01-12T10:00:01Z"}

JOB: Mapping[str, Any] = {
    "job_id": _JOB_ID,
    "status": "processing",
    "student_id": 456,
    "evaluation_id": 123,
    "priority": "normal",
    "queue": "ai-summaries",
    "progress": 60,
    "stage": "writing",
    **_TIMES,
    "completed_at": None,
    "cancelled_at": None,
    "retry_count": 0,
    "max_retries": 3,
    "next_retry_at": None,
    "held": False,
    "error_message": None,
    "webhook_delivered": None,
    "position": None,
    "eta_seconds": 20,
    "result": None,
}
_LANE = {
    "name": "ai-summaries-high",
    "count": 2,
    "processing": 1,
    "retrying": 0,
    "held": 0,
    "paused": False,
    "oldest_seconds": 3,
}
_SCHEDULE = {
    "name": "Every school night",
    "cron_expression": "0 2 * * 1-5",
    "timezone": "Europe/Amsterdam",
    "task_params": {"evaluation_id": 123},
    "enabled": True,
}
_ENDPOINT = {"url": "https://hooks.school.example/terugblik", "events": ["job.completed", "job.failed"]}
_RESULT = {"summary_text": "Je was steeds op tijd.", "generation_method": "ai", "feedback_count": 5}

EXAMPLES: Mapping[str, Any] = {
    "Problem": {
        "type": "urn:terugblik:problem:already_completed",
        "title": "Conflict",
        "status": 409,
        "detail": "This job is already completed; it cannot be cancelled.",
        "code": "already_completed",
        "request_id": "01JDPZ5R8K6T2W9Q4N7M3V1XCB",
    },
    "QueueBody": {"priority": "high", "max_retries": 3, "force": False},
    "BatchBody": {"priority": "normal", "student_ids": [456, 457, 458]},
    "JobOut": JOB,
    "ResultOut": _RESULT,
    "JobPage": {"evaluation_id": 123, "total": 1, "jobs": [JOB], "next_cursor": None},
    "BatchOut": {
        "evaluation_id": 123,
        "total_students": 2,
        "queued": 1,
        "already_queued": 0,
        "up_to_date": 0,
        "failed": 1,
        "results": [
            {"student_id": 456, "status": "queued", "job_id": _JOB_ID},
            {"student_id": 999, "status": "failed", "reason": "This pupil does not take part."},
        ],
    },
    "BatchMoved": {"evaluation_id": 123, "count": 24},
    "SummaryOut": {
        "student_id": 456,
        "student_name": "Fatima el Amrani",
        "summary_text": "Je was steeds op tijd.",
        "generation_method": "ai",
        "feedback_count": 5,
        "cached": True,
        "sentences": [{"index": 0, "kind": "strength", "text": "Je was steeds op tijd."}],
    },
    "QuotesOut": {"student_id": 456, "quotes": ["Altijd op tijd.", "Mag vaker iets zeggen."]},
    "ScheduleBody": _SCHEDULE,
    "ScheduleChange": {"enabled": False},
    "ScheduleOut": {
        "id": 7,
        **_SCHEDULE,
        "next_run_at": "2026-01-13T01:00:00Z",
        "last_run_at": "2026-01-12T01:00:00Z",
        "last_result": "3 queued, 0 already on their way, 25 up to date.",
        "description": "At 02:00, Monday through Friday",
        "next_runs": ["2026-01-13T01:00:00Z", "2026-01-14T01:00:00Z"],
    },
    "RunOut": {"schedule_id": 7, "result": "queued", "queued": 3, "already_queued": 0, "up_to_date": 25},
    "EndpointBody": _ENDPOINT,
    "EndpointChange": {"enabled": False},
    "EndpointOut": {
        "id": 3,
        **_ENDPOINT,
        "enabled": True,
        "disabled_reason": None,
        "failing_since": None,
        "old_secret_until": None,
        "created_at": "2026-01-12T10:00:00Z",
        "secret": "whsec_bm90IGEgcmVhbCBzZWNyZXQsIG9ubHkgYW4gZXhhbXBsZQ==",
    },
    "SinceBody": {"since": "2026-01-12T00:00:00Z"},
    "Redelivered": {"count": 4},
    "DeliveryOut": {
        "id": "msg_01JDPZ5R8K6T2W9Q4N7M3V1XCB",
        "url": _ENDPOINT["url"],
        "event": "job.completed",
        "body": {
            "event": "job.completed",
            "timestamp": "2026-01-12T10:00:21.000Z",
            "data": {
                "job_id": _JOB_ID,
                "status": "completed",
                "student_id": 456,
                "evaluation_id": 123,
                "result": _RESULT,
            },
        },
        "state": "delivered",
        "attempt": 1,
        "next_try_at": None,
        "response_code": 204,
        "response_body": "",
        "error": None,
        "created_at": "2026-01-12T10:00:21Z",
        "delivered_at": "2026-01-12T10:00:22Z",
    },
    "QueueOut": _LANE,
    "EvaluationPatch": {"title": "Project Water", "min_reviewers": 2},
    "Me": {
        "user": {"id": 12, "name": "Olga de Wit", "locale": "nl"},
        "role": "teacher",
        "school": {"id": 1, "slug": "de-brug", "name": "De Brug", "time_zone": "Europe/Amsterdam"},
    },
}
