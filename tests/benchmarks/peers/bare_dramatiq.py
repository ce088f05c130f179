"""Dramatiq as it comes, with no database at all: one call to the model for each message. The ceiling."""

import os
import sys
from collections.abc import Callable

import dramatiq
import httpx
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO

ASKED = "Vat samen wat teamgenoten over deze leerling schreven."

make: Callable[..., RedisBroker] = RedisBroker
broker = make(url=os.environ["REDIS_URL"], middleware=[AsyncIO()])
dramatiq.set_broker(broker)
clients: list[httpx.AsyncClient] = []


@dramatiq.actor
async def summarise_one(job: str) -> None:
    """The job."""
    if not clients:
        clients.append(httpx.AsyncClient(trust_env=False))
    said = [{"role": "system", "content": ASKED}, {"role": "user", "content": "Goed gewerkt."}]
    body = {"model": "stub", "messages": said, "stream": False}
    response = await clients[0].post(os.environ["OLLAMA_BASE_URL"] + "/api/chat", json=body)
    response.raise_for_status().json()


def main() -> None:
    """Queue what standard input names."""
    for line in sys.stdin:
        summarise_one.send(line.split()[0])


if __name__ == "__main__":
    main()
