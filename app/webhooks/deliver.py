"""One try of a delivery: resolve the name once, check every address, connect to that very address, post."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from app.core.address_guard import Target, TargetRefused, check_address, parse

WITHIN = 15.0
"""Seconds for a whole try, from the name to the status."""

BODY_WITHIN = 2.0
"""Seconds more for the beginning of the answer's body, which is only kept for people to look at."""

CONNECT_WITHIN = 5.0
MOST_ADDRESSES = 4
KEPT_BYTES = 1024

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""All addresses of a host. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a try: a status with the beginning of its body, or why there is none.

    `error`: `timeout`, `unresolved`, `unreachable`, `bad_certificate`, `bad_answer`, or a code of
    TargetRefused.
    """

    code: int | None = None
    body: str | None = None
    error: str | None = None

    @property
    def accepted(self) -> bool:
        """Only 2xx is success; a redirect is not followed, for what it points to was not checked."""
        return self.code is not None and 200 <= self.code < 300


class SystemResolver:
    """The machine's resolver, in threads of its own: a name server that hangs holds up nobody else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="webhook-names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Every address, in the order in which the system would try them. Raises OSError."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _lookup, host, port)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _lookup(host: str, port: int) -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError as fault:
        raise OSError("This is no host name.") from fault


def make_transport(verify: ssl.SSLContext | bool = True) -> httpx.AsyncBaseTransport:
    """A bare transport: without a client around it there are no redirects, cookies, proxies or `.netrc`.

    No connection is used twice, because one is known by its address, and two hosts may share that.
    """
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=limits)


class Sender:
    """Posts to receivers. `allowed_hosts` may be inside; everything else must be public."""

    def __init__(
        self, allowed_hosts: Sequence[str], transport: httpx.AsyncBaseTransport, resolve: Resolve
    ) -> None:
        self._allowed = allowed_hosts
        self._transport = transport
        self._resolve = resolve

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, within: float = WITHIN) -> Answer:
        """1. Take the URL apart. 2. Resolve, once. 3. Check all. 4. Post to one of them. Raises nothing."""
        try:
            target = parse(url, self._allowed)
            async with asyncio.timeout(within):
                addresses = await self._addresses(target)
                response = await self._post(target, addresses, headers, body)
            return Answer(response.status_code, await _beginning(response))
        except TargetRefused as fault:
            return Answer(error=fault.code)
        except (TimeoutError, httpx.TimeoutException):
            return Answer(error="timeout")
        except httpx.ConnectError as fault:
            return Answer(error="bad_certificate" if _is_of_tls(fault) else "unreachable")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Answer(error="bad_answer")
        except OSError:
            return Answer(error="unresolved")

    async def _addresses(self, target: Target) -> Sequence[str]:
        """One internal address among many is enough to refuse: its owner chose it to be there."""
        addresses = await self._resolve(target.host, target.port)
        if not addresses:
            raise OSError("The name has no address.")
        if not target.trusted:
            for address in addresses:
                check_address(address)
        return addresses[:MOST_ADDRESSES]

    async def _post(
        self, target: Target, addresses: Sequence[str], headers: Mapping[str, str], body: bytes
    ) -> httpx.Response:
        """The first address that can be connected to answers."""
        for address in addresses[:-1]:
            with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._transport.handle_async_request(_request(target, address, headers, body))
        return await self._transport.handle_async_request(_request(target, addresses[-1], headers, body))


def _request(target: Target, address: str, headers: Mapping[str, str], body: bytes) -> httpx.Request:
    """The address stands in the URL, so nothing is left to resolve; Host header and SNI have the name."""
    fixed = {
        "Host": target.authority,
        "User-Agent": "Terugblik-Webhooks/1",
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    patience = {"connect": CONNECT_WITHIN, "read": WITHIN, "write": WITHIN, "pool": WITHIN}
    url = httpx.URL(
        scheme=target.scheme, host=address, port=target.port, raw_path=target.path.encode("ascii")
    )
    extensions = {"timeout": patience, "sni_hostname": target.host}
    return httpx.Request("POST", url, headers={**headers, **fixed}, content=body, extensions=extensions)


def _is_of_tls(fault: BaseException) -> bool:
    """Whether there is a connection that cannot be trusted; httpx tells it apart in the causes only."""
    seen: BaseException | None = fault
    while seen is not None and not isinstance(seen, ssl.SSLError):
        seen = seen.__cause__ or seen.__context__
    return seen is not None


async def _beginning(response: httpx.Response) -> str:
    """At most the first KEPT_BYTES of the body; one without end is left, one that breaks off is what came."""
    kept = b""
    try:
        with contextlib.suppress(TimeoutError, httpx.HTTPError):
            async with asyncio.timeout(BODY_WITHIN):
                async for chunk in response.aiter_raw():
                    kept += chunk[: KEPT_BYTES - len(kept)]
                    if len(kept) >= KEPT_BYTES:
                        break
    finally:
        with contextlib.suppress(httpx.HTTPError):
            await response.aclose()
    return kept.decode(errors="replace").replace("\0", "�")
