"""Who sends far too much gets the answer that says so, not a connection that breaks."""

import asyncio
from urllib.parse import urlsplit

import pytest

from tests.support.cast import Person
from tests.support.eventually import MAX_WAIT_SECONDS
from tests.support.web import Web, serving

PIECE = bytes(65_536)
PIECES = 400
"""26 MB: more than any buffer on the way, and more than twice what an import may have."""


async def send_all_then_read(url: str, path: str, person: Person, length: str) -> bytes:
    """As a browser does: it looks at the answer when everything has been sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAccept: text/html\r\n"
        f"Authorization: Bearer {person.token}\r\n{length}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    writer.write(head.encode())
    chunked = length.startswith("Transfer-Encoding")
    for _ in range(PIECES):
        writer.write(b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if chunked else PIECE)
        await writer.drain()
    writer.write(b"0\r\n\r\n" if chunked else b"")
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("length", [f"Content-Length: {len(PIECE) * PIECES}", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("path", ["/api/v1/evaluations/import", "/imports"])
async def test_an_upload_that_is_too_large_is_told_so(shared_web: Web, path: str, length: str) -> None:
    async with serving(shared_web.app) as url, asyncio.timeout(MAX_WAIT_SECONDS):
        answer = await send_all_then_read(url, path, shared_web.cast.owner, length)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"larger than the server takes" in body or b"<!doctype html>" in body.lower()
