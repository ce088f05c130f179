"""The forms of webhooks: reads them, fills them, and does what they say."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.accounts.principal import Principal
from app.core.errors import AppError, BadInput
from app.core.unit_of_work import UnitOfWork
from app.settings import WebhookSettings
from app.webhooks import service
from app.webhooks.models import Endpoint
from app.webhooks.outbox import EVENTS, EventName
from app.webhooks.schemas import EndpointBody, EndpointChange
from web.pages.shared.view import FormProblem
from web.pages.webhooks.view import SinceForm, WebhookForm

NEW = WebhookForm(events=EVENTS)
"""The empty form. All events are chosen."""


def read(fields: Mapping[str, str]) -> WebhookForm:
    """The form as it was filled in. Nothing is checked yet."""
    chosen = tuple(event for event in EVENTS if event in fields)
    return WebhookForm(url=fields.get("url", "").strip(), events=chosen)


def for_endpoint(endpoint: Endpoint) -> WebhookForm:
    """The form filled with the data of this webhook."""
    return WebhookForm(endpoint.url, tuple(event for event in EVENTS if event in endpoint.events))


def with_problem(form: WebhookForm, fault: AppError) -> WebhookForm:
    """The same form, with the problem at its field."""
    return replace(form, problem=FormProblem(fault.field or "url", fault.code))


async def create(
    uow: UnitOfWork, user: Principal, settings: WebhookSettings, form: WebhookForm
) -> tuple[Endpoint, str]:
    """Make the webhook of the form; returns it with its secret. Raises BadInput, Conflict."""
    body = EndpointBody(form.url, _events(form))
    return await service.create(uow, user, settings, body)


async def change(
    uow: UnitOfWork, user: Principal, settings: WebhookSettings, endpoint_id: int, form: WebhookForm
) -> Endpoint:
    """Change a webhook to what the form says. Raises BadInput, NotFound."""
    body = EndpointChange(url=form.url, events=_events(form))
    return await service.change(uow, user, settings, endpoint_id, body)


def _events(form: WebhookForm) -> list[EventName]:
    if not form.events:
        raise BadInput("Choose at least one event.", field="events")
    return list(form.events)


def since_time(form: SinceForm, zone: str) -> datetime:
    """The time that was filled in, which is in this time zone. Raises BadInput."""
    try:
        return datetime.fromisoformat(form.since).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise BadInput("Give a day and a time.", field="since") from fault


def since_with_problem(form: SinceForm, fault: AppError) -> SinceForm:
    """The same form, with the problem at its field."""
    return replace(form, problem=FormProblem("since", fault.code))
