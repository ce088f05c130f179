"""Where a model server is, and how long it may take."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Where the model is and how long it may take. Times are seconds."""

    provider: Literal["ollama", "openai"]
    base_urls: tuple[str, ...]
    model: str
    api_key: str | None = None
    connect_timeout: float = 5.0
    first_token_timeout: float = 60.0
    total_timeout: float = 120.0
    keep_alive: str = "10m"
    context_chars: int = 12_000
    """How many characters one prompt may have."""
