"""Clients that ask for a status every few seconds over a connection that they keep, as one process.

`python -m tests.benchmarks.poll_client URL EVERY TOKEN` with the paths on standard input, one a line, and an
empty line. It says "polling" when everybody has had an answer, and ends with its input.
"""

import asyncio
import random
import sys
from urllib.parse import urlsplit


async def poll(url: str, path: str, every: float, token: str, answered: asyncio.Event) -> None:
    """One client, for ever. The first call comes at a random moment of the first round, as people do."""
    where = urlsplit(url)
    request = f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    await asyncio.sleep(random.uniform(0, every))
    while True:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise ConnectionError(head.decode())
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        answered.set()
        await asyncio.sleep(every)


async def main(url: str, every: float, token: str) -> None:
    """Poll each path until the input ends."""
    paths = []
    while (line := await asyncio.to_thread(sys.stdin.readline)) not in {"", "\n"}:
        paths.append(line.strip())
    events = [asyncio.Event() for _ in paths]
    async with asyncio.TaskGroup() as group:
        pollers = [
            group.create_task(poll(url, path, every, token, answered))
            for path, answered in zip(paths, events, strict=True)
        ]
        for answered in events:
            await answered.wait()
        print("polling", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for poller in pollers:
            poller.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), sys.argv[3]))
