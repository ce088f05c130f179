"""Steps: what an attempt has paid for already, so that a retry or a deploy pays nothing twice."""

import hashlib
from typing import Any, Protocol

import msgspec

from app.text.contract import Step
from app.text.types import Prompt


class Steps(Protocol):
    """Answers of earlier attempts for one student of one evaluation; deleted with the comments."""

    async def get(self, step: Step, key: bytes) -> Any | None:
        """The stored answer of a call, as JSON, or None."""

    async def put(self, step: Step, key: bytes, value: Any, *, seconds: float) -> None:
        """Keep the answer of a call that took `seconds`. When it is written down is the store's decision."""


class KeepNothing:
    """Steps that are kept by nobody: every call is made."""

    async def get(self, step: Step, key: bytes) -> Any | None:  # noqa: ARG002 - a store that holds nothing
        """Nothing."""
        return None

    async def put(self, step: Step, key: bytes, value: Any, *, seconds: float) -> None:
        """Nothing."""


def step_key(prompt: Prompt, model: str) -> bytes:
    """SHA-256 over what decides an answer: the model, the prompts' version and the whole prompt."""
    return hashlib.sha256(msgspec.json.encode((model, prompt.version, prompt.system, prompt.user))).digest()
