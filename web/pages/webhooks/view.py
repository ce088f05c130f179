"""What the templates of webhooks are given."""

from dataclasses import dataclass
from datetime import datetime

from app.webhooks.outbox import EventName
from app.webhooks.retry_policy import MAX_TRIES
from web.pages.shared.view import FormProblem


@dataclass(frozen=True, slots=True)
class WebhookForm:
    """What is filled in, right or wrong."""

    url: str = ""
    events: tuple[EventName, ...] = ()
    problem: FormProblem | None = None


@dataclass(frozen=True, slots=True)
class SinceForm:
    """From when on everything is to be sent again: local time, as `<input type=datetime-local>` has it."""

    since: str = ""
    problem: FormProblem | None = None


@dataclass(frozen=True, slots=True)
class DeliveryItem:
    """A delivery in the log. `next_try_at` is set while another try comes, `sending` while one goes on."""

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
    """A code of app.webhooks.sender or of app.core.address_guard."""
    most: int = MAX_TRIES

    @property
    def tone(self) -> str:
        """The look of its state."""
        if self.state == "pending":
            return "warn" if self.attempt and not self.sending else "waiting"
        return "done" if self.state == "delivered" else "failed"


@dataclass(frozen=True, slots=True)
class WebhookItem:
    """A receiver. `reason` is why it is off, as app.webhooks.models.Endpoint has it; None while it is on.

    `failing_since` and `off_at`: since when it only fails, and when it is switched off for that.
    `two_secrets_until`: until then the secret before the last one signs too.
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
    """The list. `url_secret` signs for addresses that are given with a job; `full`: no more can be made."""

    items: tuple[WebhookItem, ...]
    url_secret: str
    full: bool = False


@dataclass(frozen=True, slots=True)
class WebhookPage:
    """One receiver with a page of its log."""

    item: WebhookItem
    log: tuple[DeliveryItem, ...] = ()
    following: str | None = None
    later: bool = False
    """Whether this is not the beginning of the log."""

    @property
    def waiting(self) -> bool:
        """Whether the log will change by itself."""
        return any(one.state == "pending" for one in self.log)


@dataclass(frozen=True, slots=True)
class SentPage:
    """One delivery: what was sent, without a summary's text, and how it was answered."""

    webhook: WebhookItem
    item: DeliveryItem
    url: str
    body: str
    text_left_out: bool = False
    job_id: str | None = None
    response_body: str | None = None
