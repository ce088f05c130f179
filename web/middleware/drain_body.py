"""An answer that comes before the whole body was read: the rest of the body is taken in and thrown away.

A server that closes a connection while bytes still come in makes TCP reset it, and the client, which was busy
sending, loses the answer that says why (RFC 9112 section 9.6): a page of "connection reset" in place of "this
file is too large". A connection that stays open needs nothing, for there uvicorn skips the rest itself.
"""

import asyncio
from contextlib import suppress

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.types.asgi_types import ReceiveMessage

LINGER_SECONDS = 20.0
"""For as long the client may go on sending what nobody wants; most of it is 64 kB in memory."""


class Lingering:
    """Around everything else. The answer leaves at once; only its end waits for the end of the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Costs nothing where no body is announced, or where the connection stays."""
        if scope["type"] != ScopeType.HTTP or not _closes_after_a_body(scope):
            await self._app(scope, receive, send)
            return
        read = False

        async def note_end() -> ReceiveMessage:
            nonlocal read
            message = await receive()
            read = read or not message.get("more_body", False)
            return message

        async def hold_end(message: Message) -> None:
            if message["type"] != "http.response.body" or message.get("more_body", False) or read:
                await send(message)
                return
            await send({**message, "more_body": True})
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER_SECONDS):
                    while not read:
                        await note_end()
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self._app(scope, note_end, hold_end)


def _closes_after_a_body(scope: Scope) -> bool:
    """Whether a body is on its way (not waiting to be asked for) and the connection ends with the answer."""
    sent = {name: value.lower() for name, value in scope["headers"]}
    announced = b"transfer-encoding" in sent or sent.get(b"content-length", b"0") != b"0"
    return announced and b"close" in sent.get(b"connection", b"") and b"expect" not in sent
