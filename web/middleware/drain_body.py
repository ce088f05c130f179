"""Reads and discards the rest of a body when the response is sent before the body was read.

A server that closes a connection while bytes still come in makes TCP reset it. The client, which is still
sending, then loses the response (RFC 9112 section 9.6): it shows "connection reset" in place of "this file is
too large". A connection that stays open needs no help, because uvicorn skips the rest of the body there.
"""

import asyncio
from contextlib import suppress

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.types.asgi_types import ReceiveMessage

DRAIN_TIMEOUT_SECONDS = 20.0
"""The client may go on sending for this long. At most 64 kB of it is in memory at once."""


class DrainBody:
    """Sends the response at once, and delays only its end until the body has ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Does nothing when no body is announced, or when the connection stays open."""
        if scope["type"] != ScopeType.HTTP or not _closes_after_a_body(scope):
            await self._app(scope, receive, send)
            return
        body_ended = False

        async def receive_and_note_end() -> ReceiveMessage:
            nonlocal body_ended
            message = await receive()
            body_ended = body_ended or not message.get("more_body", False)
            return message

        async def send_and_drain(message: Message) -> None:
            if message["type"] != "http.response.body" or message.get("more_body", False) or body_ended:
                await send(message)
                return
            await send({**message, "more_body": True})
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_TIMEOUT_SECONDS):
                    while not body_ended:
                        await receive_and_note_end()
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self._app(scope, receive_and_note_end, send_and_drain)


def _closes_after_a_body(scope: Scope) -> bool:
    """Whether the client is sending a body, and the connection ends with the response.

    A client that sent "Expect: 100-continue" waits with its body until it is asked for.
    """
    headers = {name: value.lower() for name, value in scope["headers"]}
    announced = b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
    return announced and b"close" in headers.get(b"connection", b"") and b"expect" not in headers
