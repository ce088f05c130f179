"""Sends files to the web process piece by piece, also such as no client would, and reads what it says."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

BOUNDARY = "soak-boundary"
PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a form of `path`; `size` in bytes must be what `pieces` has, unless it is sent in chunks."""

    path: str
    name: str
    pieces: Iterable[bytes]
    size: int
    chunked: bool = False

    @classmethod
    def from_bytes(cls, path: str, name: str, data: bytes) -> "Upload":
        """A file that is in memory."""
        return cls(path, name, [data[at : at + PIECE] for at in range(0, len(data), PIECE)], len(data))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0: nothing that is HTTP. `sent` counts bytes of the file."""

    status: int
    body: bytes
    seconds: float
    sent: int

    @property
    def problem(self) -> dict[str, object]:
        """The problem document; empty when it is none."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, object])
        except msgspec.DecodeError:
            return {}


async def send(port: int, token: str, upload: Upload) -> Answer:
    """Send it on a connection of its own while reading, so that an early answer is not missed."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = [0]
    sending = asyncio.create_task(_send(writer, token, upload, sent))
    try:
        async with asyncio.timeout(120):
            raw = await reader.read()
    except (OSError, TimeoutError):
        raw = b""
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    status = int(head[9:12]) if head.startswith(b"HTTP/1.1 ") else 0
    return Answer(status, body, time.monotonic() - began, sent[0])


async def _send(writer: asyncio.StreamWriter, token: str, upload: Upload, sent: list[int]) -> None:
    field = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\nSoak\r\n'
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{upload.name}"\r\n\r\n'
    before, after = (field + file).encode(), f"\r\n--{BOUNDARY}--\r\n".encode()
    length = len(before) + upload.size + len(after)
    head = (
        f"POST {upload.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        + ("Transfer-Encoding: chunked" if upload.chunked else f"Content-Length: {length}")
        + "\r\n\r\n"
    )
    writer.write(head.encode())
    for piece in (before, *upload.pieces, after) if not upload.chunked else _chunks(before, upload, after):
        writer.write(piece)
        await writer.drain()
        sent[0] += len(piece)


def _chunks(before: bytes, upload: Upload, after: bytes) -> Iterable[bytes]:
    for piece in (before, *upload.pieces, after):
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"
