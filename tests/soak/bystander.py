"""Somebody else, who just wants to be served while all this goes on."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import httpx


class Bystander:
    """One small call after the other; `seconds` of each that was served, and what became of the others."""

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
            try:
                status = (await self._client.get("/api/v1/me")).status_code
            except httpx.TransportError:
                status = 0
            took = time.monotonic() - began
            if status == httpx.codes.OK:
                self.seconds.append(took)
            else:
                self.refused.append(f"{status or 'no answer'} after {took:.1f} s")
            await asyncio.sleep(0.02)
