"""Somebody else, who just wants to be served while all this goes on."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import httpx


class Bystander:
    """One small call after the other; `seconds` of each, and what was no 200."""

    def __init__(self, url: str, token: str) -> None:
        self.seconds: list[float] = []
        self.refused: list[str] = []
        self._client = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
        )

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator["Bystander"]:
        """Calls as long as the block runs."""
        async with self._client:
            task = asyncio.create_task(self._call())
            try:
                yield self
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _call(self) -> None:
        while True:
            began = time.monotonic()
            answer = await self._client.get("/api/v1/me")
            self.seconds.append(time.monotonic() - began)
            if answer.status_code != httpx.codes.OK:
                self.refused.append(f"{answer.status_code} after {self.seconds[-1]:.1f} s")
            await asyncio.sleep(0.02)
