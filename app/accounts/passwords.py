"""Passwords: hashed with argon2id in two threads, so that logins never hold up the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import BadInput, Unavailable

T = TypeVar("T")

MIN_LENGTH = 10
"""Characters. NIST SP 800-63B section 5.1.1.2 asks for eight or more; without a second factor, ten."""

MAX_LENGTH = 200
"""Characters; a longer password would only cost more to hash."""

THREADS = 2
QUEUE_TIMEOUT_SECONDS = 5.0
"""How long a login may wait for a thread. A class that logs in together needs well under a second."""


def production_hasher() -> PasswordHasher:
    """19 MiB and two passes, the first choice of OWASP's Password Storage Cheat Sheet: about 20 ms."""
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a password was right. `new_hash` is set when the stored hash has outdated parameters."""

    right: bool
    new_hash: str | None = None


class Passwords:
    """Hashes and verifies passwords. Call `close` at the end; tests pass a cheap hasher."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or production_hasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
        self._free = asyncio.Semaphore(THREADS)
        self._nobodys = self._hasher.hash("the password of nobody")

    def check(self, password: str) -> None:
        """Raises BadInput for a password that is too short or too long."""
        if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
            raise BadInput(f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.", field="password")

    async def hash(self, password: str) -> str:
        """The hash to store. Raises BadInput as `check` does, and Unavailable."""
        self.check(password)
        return await self._in_thread(lambda: self._hasher.hash(password))

    async def verify(self, password: str, stored: str | None) -> Verification:
        """Compare a password with a stored hash. Without one the same work is done, so that the time it takes
        does not show whether the user exists.

        Raises Unavailable when no thread is free for QUEUE_TIMEOUT_SECONDS.
        """
        tried = password[: MAX_LENGTH + 1]
        right = await self._in_thread(lambda: self._matches(stored or self._nobodys, tried))
        if not right or stored is None:
            return Verification(right=False)
        if not self._hasher.check_needs_rehash(stored):
            return Verification(right=True)
        return Verification(right=True, new_hash=await self._in_thread(lambda: self._hasher.hash(tried)))

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(QUEUE_TIMEOUT_SECONDS):
                await self._free.acquire()
        except TimeoutError as fault:
            raise Unavailable("Many people are logging in; try again in a moment.") from fault
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._free.release()

    def close(self) -> None:
        """Stop the threads; hashes that wait are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)
