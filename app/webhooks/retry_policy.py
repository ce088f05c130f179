"""What follows from a try: delivered, tried again later, given up, or the receiver is disabled."""

from datetime import timedelta
from typing import Literal

import structlog

from app.core.unit_of_work import UnitOfWork
from app.webhooks import repository
from app.webhooks.models import Delivery
from app.webhooks.sender import Answer

log = structlog.get_logger(__name__)

RETRY_PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""Between the tries, as Standard Webhooks proposes them. A try after the last pause is the last try."""

MAX_TRIES = len(RETRY_PAUSES) + 1

FAILING_LIMIT = timedelta(days=5)
"""A receiver is disabled when all of its deliveries have failed for longer than this."""

HTTP_GONE = 410
FINAL_ERRORS = ("disabled",)
"""Errors that another try cannot cure."""

Outcome = Literal["delivered", "retry", "failed", "gone", "lost"]


async def settle(uow: UnitOfWork, delivery: Delivery, answer: Answer) -> Outcome:
    """Store what came of a try of a claimed delivery, and return it.

    1. The delivery. When its lease was lost, another process tries it: nothing changes, and the outcome is
    `lost`. 2. The receiver: a success ends its time of failures; 410 or too long a time of failures disables
    it.
    """
    outcome = _outcome(delivery, answer)
    if not await _store(uow, delivery, answer, outcome):
        return "lost"
    if delivery.endpoint_id is not None and answer.error not in FINAL_ERRORS:
        await _update_receiver(uow, delivery.endpoint_id, outcome)
    return outcome


def _outcome(delivery: Delivery, answer: Answer) -> Outcome:
    if answer.accepted:
        return "delivered"
    if answer.code == HTTP_GONE:
        return "gone"
    if answer.error in FINAL_ERRORS or delivery.attempt >= MAX_TRIES:
        return "failed"
    return "retry"


async def _store(uow: UnitOfWork, delivery: Delivery, answer: Answer, outcome: Outcome) -> bool:
    response = {"response_code": answer.code, "response_body": answer.body, "error": answer.error}
    if outcome == "retry":
        pause = RETRY_PAUSES[delivery.attempt - 1]
        return await repository.schedule_retry(uow.session, delivery, response, pause)
    if outcome == "delivered":
        return await repository.mark_delivered(uow.session, delivery, response)
    return await repository.mark_failed(uow.session, delivery, response)


async def _update_receiver(uow: UnitOfWork, endpoint_id: int, outcome: Outcome) -> None:
    if outcome == "delivered":
        await repository.endpoint_succeeded(uow.session, endpoint_id)
        return
    failing = await repository.endpoint_failed(uow.session, endpoint_id, FAILING_LIMIT)
    reason = "gone" if outcome == "gone" else "failing" if failing else None
    if reason is not None and await repository.disable(uow.session, endpoint_id, reason):
        log.warning("webhook_disabled", endpoint_id=endpoint_id, reason=reason)
