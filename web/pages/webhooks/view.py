"""What the templates of webhooks are given."""

from dataclasses import dataclass
from datetime import datetime

from app.webhooks.outbox import EventName
from app.webhooks.retry_policy import MAX_TRIES
from web.pages.shared.view import FormProblem


@dataclass(frozen=True, slots=True)
class WebhookForm:
    """The fields of the form, unchecked."""

    url: str = ""
    events: tuple[EventName, ...] = ()
    problem: FormProblem | None = None


@dataclass(frozen=True, slots=True)
class SinceForm:
    """From which time everything is sent again: local time, as `<input type=datetime-local>` sends it."""

    since: str = ""
    problem: FormProblem | None = None


@dataclass(frozen=True, slots=True)
class DeliveryItem:
    """A delivery. `next_try_at` is set when another try will come, `sending` while a try goes on.

    `error` is a code of app.webhooks.sender or of app.core.address_guard.
    """

    id: str
    event: str
    state: str
    attempt: int
    created_at: datetime
    sending: bool = False
    next_try_at: datetime | None = None
    delivered_at: datetime | None = None
    response_code: int | None = None
    error: str | None = None
    max_tries: int = MAX_TRIES

    @property
    def tone(self) -> str:
        """How its state looks: a class of the style sheet."""
        if self.state == "pending":
            return "warn" if self.attempt and not self.sending else "waiting"
        return "done" if self.state == "delivered" else "failed"


@dataclass(frozen=True, slots=True)
class WebhookItem:
    """A webhook. `reason` is why it is off (see app.webhooks.models.Endpoint); None while it is on.

    `failing_since`: every try since then has failed. `off_at`: it will be switched off then, for that reason.
    `two_secrets_until`: until then messages are signed with the previous secret too.
    """

    id: int
    url: str
    host: str
    events: tuple[str, ...]
    reason: str | None = None
    failing_since: datetime | None = None
    off_at: datetime | None = None
    two_secrets_until: datetime | None = None
    latest: DeliveryItem | None = None

    @property
    def enabled(self) -> bool:
        """Whether anything is sent to it."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class WebhooksPage:
    """The list. `url_secret` signs messages to addresses given with a job. `full`: no more can be made."""

    items: tuple[WebhookItem, ...]
    url_secret: str
    full: bool = False


@dataclass(frozen=True, slots=True)
class WebhookPage:
    """One webhook with a page of its deliveries. `first`: this is the first page."""

    item: WebhookItem
    deliveries: tuple[DeliveryItem, ...] = ()
    following: str | None = None
    first: bool = True

    @property
    def waiting(self) -> bool:
        """Whether a delivery is still under way, so that the page will change."""
        return any(one.state == "pending" for one in self.deliveries)


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One delivery: what was sent, without the text of a summary, and the answer."""

    webhook: WebhookItem
    item: DeliveryItem
    url: str
    body: str
    text_left_out: bool = False
    job_id: str | None = None
    response_body: str | None = None
