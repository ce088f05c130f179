"""Why a server cannot be used, in words that never repeat its address, which may hold a password."""

import socket
import ssl
from collections.abc import Iterator

import asyncpg
import redis

_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "its host name is not known here"),
    (ssl.SSLError, "the connection could not be secured (TLS)"),
    (ConnectionRefusedError, "nothing listens at that address and port"),
    (FileNotFoundError, "there is no socket at that path"),
    (ConnectionResetError, "it closed the connection"),
    (asyncpg.InvalidAuthorizationSpecificationError, "it refuses the name or the password"),
    (asyncpg.InvalidCatalogNameError, "it has no database of that name"),
    (asyncpg.TooManyConnectionsError, "all its connections are in use"),
    (redis.AuthenticationError, "it refuses the name or the password"),
    (TimeoutError, "it does not answer in time"),
    (redis.TimeoutError, "it does not answer in time"),
)


def fault_text(fault: BaseException) -> str:
    """The words for the deepest cause that has any; else the name of the deepest fault, without its text."""
    chain = tuple(_chain(fault))
    for link in reversed(chain):
        for kind, words in _WORDS:
            if isinstance(link, kind):
                return words
    return f"it says {type(chain[-1]).__name__}"


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__
