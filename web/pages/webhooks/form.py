"""The forms of webhooks: what was filled in, what that means, and what is wrong with it."""

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
"""Everything is chosen until somebody chooses less."""


def read(given: Mapping[str, str]) -> WebhookForm:
    """What was filled in; nothing of it is judged yet."""
    chosen = tuple(event for event in EVENTS if event in given)
    return WebhookForm(url=given.get("url", "").strip(), events=chosen)


def filled(endpoint: Endpoint) -> WebhookForm:
    """The form that would have made this receiver."""
    return WebhookForm(endpoint.url, tuple(event for event in EVENTS if event in endpoint.events))


def refused(form: WebhookForm, fault: AppError) -> WebhookForm:
    """The same form, with what is wrong at its field."""
    return replace(form, problem=FormProblem(fault.field or "url", fault.code))


async def create(
    uow: UnitOfWork, user: Principal, settings: WebhookSettings, form: WebhookForm
) -> tuple[Endpoint, str]:
    """Make what the form says; returns it with its secret. Raises BadInput, Conflict."""
    body = EndpointBody(form.url, _events(form))
    return await service.create(uow, user, settings, body)


async def change(
    uow: UnitOfWork, user: Principal, settings: WebhookSettings, endpoint_id: int, form: WebhookForm
) -> Endpoint:
    """Change a receiver to what the form says. Raises BadInput, NotFound."""
    body = EndpointChange(url=form.url, events=_events(form))
    return await service.change(uow, user, settings, endpoint_id, body)


def _events(form: WebhookForm) -> list[EventName]:
    if not form.events:
        raise BadInput("Choose at least one event.", field="events")
    return list(form.events)


def moment_of(form: SinceForm, zone: str) -> datetime:
    """The moment that was meant, in the time zone of the school. Raises BadInput."""
    try:
        return datetime.fromisoformat(form.since).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise BadInput("Give a day and a time.", field="since") from fault


def no_moment(form: SinceForm, fault: AppError) -> SinceForm:
    """The same form, which says that this is no moment."""
    return replace(form, problem=FormProblem("since", fault.code))
