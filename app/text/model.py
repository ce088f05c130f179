"""What the rest of the product knows of a language model: its protocol and its faults."""

from collections.abc import AsyncGenerator
from typing import Literal, Protocol

from app.text.types import Method, Prompt

FaultCode = Literal[
    "unreachable",
    "timeout_connect",
    "timeout_first_token",
    "timeout_total",
    "cut",
    "busy",
    "http_error",
    "not_json",
    "bad_answer",
    "model_missing",
    "too_long",
]
"""`not_json`: the server does not speak the protocol (a proxy's error page). `bad_answer`: it does, but
the model said nothing. `http_error`: a refusal by status, or an error line within the stream."""


class ModelFault(Exception):
    """The model gave no usable answer. Its text holds a code, a status and a host; never what was said."""

    def __init__(
        self,
        code: FaultCode,
        *,
        host: str = "",
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code)
        self.code: FaultCode = code
        self.host = host
        """Host and port, without any login that the address may hold; for logs only."""
        self.status = status
        self.retry_after = retry_after
        """Seconds that the server asked us to wait, if it said so."""

    def __str__(self) -> str:
        parts = (self.code, self.status and f"status {self.status}", self.host and f"from {self.host}")
        return " ".join(part for part in parts if part)

    @property
    def retryable(self) -> bool:
        """Whether the same call may work later, with nobody mending anything (a key, a model's name)."""
        if self.code == "http_error":
            return self.status is None or self.status >= 500
        return self.code != "model_missing"


class Model(Protocol):
    """A language model that streams its answer."""

    @property
    def name(self) -> str:
        """As stored with each summary."""

    @property
    def method(self) -> Method:
        """AI, or DEMO for the demo model."""

    @property
    def context_chars(self) -> int:
        """How many characters one prompt may have."""

    def stream(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """Pieces of text as they come. Cancelling, or `aclose()`, closes the connection and stops the model.

        Raises ModelFault, also halfway.
        """

    async def complete(self, prompt: Prompt) -> str:
        """The whole answer. Raises ModelFault."""

    async def reachable(self) -> bool:
        """Whether it answers at all; costs next to nothing and never raises."""
