"""A crowd at one moment: everybody is answered, though there are ten connections to the database."""

import asyncio
from collections import Counter
from urllib.parse import urlsplit

from tests.support.web import Web, serving

CROWD = 500


async def test_500_calls_at_the_same_moment_are_all_answered(shared_web: Web) -> None:
    async with serving(shared_web.app) as url:
        port = urlsplit(url).port
        request = (
            f"GET /api/v1/me HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
            f"Authorization: Bearer {shared_web.cast.student.token}\r\n\r\n"
        ).encode()

        async def call() -> bytes:
            """The status line."""
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            answer = await reader.read()
            writer.close()
            return answer.partition(b"\r\n")[0]

        said = Counter(await asyncio.gather(*(call() for _ in range(CROWD))))
    assert said == {b"HTTP/1.1 200 OK": CROWD}
