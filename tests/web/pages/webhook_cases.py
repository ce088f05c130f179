"""The pages of webhooks in every state."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.web.pages.case import Case
from tests.web.pages.samples import NOW
from tests.web.pages.webhook_samples import BODY, DELIVERIES, SECRET, WEBHOOKS
from web.pages.shared.view import FormProblem
from web.pages.webhooks.form import NEW
from web.pages.webhooks.view import DeliveryPage, SinceForm, WebhookForm, WebhookPage, WebhooksPage
from web.templating import Notice

FILLED = WebhookForm(WEBHOOKS[0].url, ("job.completed", "batch.completed"))


def listed(form: WebhookForm = NEW, **more: Any) -> Case:
    """The list with the form for a new one."""
    view = WebhooksPage(**({"items": WEBHOOKS, "url_secret": SECRET} | more))
    return Case("pages/webhooks/index.html", {"view": view, "form": form}, "admin", "webhooks")


def one(
    index: int = 0,
    form: WebhookForm = FILLED,
    since: SinceForm = SinceForm(),  # noqa: B008
    secret: str = "",
    two_secrets: bool = False,
    **more: Any,
) -> Case:
    """The page of one of WEBHOOKS."""
    item = replace(WEBHOOKS[index], two_secrets_until=NOW if two_secrets else None)
    context = {"view": WebhookPage(item, **more), "form": form, "since": since, "secret": secret}
    return Case("pages/webhooks/show.html", context, "admin", "webhooks")


def sent(index: int, webhook: int = 0, **more: Any) -> Case:
    """The page of one of DELIVERIES."""
    view = DeliveryPage(WEBHOOKS[webhook], DELIVERIES[index], WEBHOOKS[webhook].url, BODY, **more)
    return Case("pages/webhooks/delivery.html", {"view": view}, "admin", "webhooks")


CASES: Mapping[str, Case] = {
    "webhooks": listed(),
    "webhooks-none": listed(items=()),
    "webhooks-full": listed(full=True),
    "webhooks-refused": listed(
        WebhookForm("http://10.0.0.1/", NEW.events, FormProblem("url", "internal_address"))
    ),
    "webhook": one(deliveries=DELIVERIES, following="x"),
    "webhook-made": replace(one(secret=SECRET), notice=Notice("webhook_made")),
    "webhook-rotated": replace(
        one(secret=SECRET, two_secrets=True, deliveries=DELIVERIES[4:6]), notice=Notice("rotated")
    ),
    "webhook-later": one(deliveries=DELIVERIES[4:6], first=False),
    "webhook-failing": one(1, deliveries=DELIVERIES[2:4]),
    "webhook-gone": one(2, deliveries=DELIVERIES[6:7]),
    "webhook-five-days": one(3, deliveries=DELIVERIES[7:9]),
    "webhook-off": one(4),
    "webhook-refused": one(form=replace(FILLED, events=(), problem=FormProblem("events"))),
    "webhook-no-moment": one(since=SinceForm("gisteren", FormProblem("since")), deliveries=DELIVERIES[4:6]),
    "delivery": sent(4, text_left_out=True, job_id="summary-7-12-01JD0000000000000000000000"),
    "delivery-waiting": sent(0),
    "delivery-retrying": sent(2, response_body="<h1>Internal Server Error</h1>"),
    "delivery-gone": sent(6, 2),
}
