"""One try of a delivery: resolve the host once, check every address, connect to a checked address, post."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from app.core.address_guard import AddressRefused, Target, check_address, parse

TRY_TIMEOUT_SECONDS = 15.0
"""For a whole try, from resolving the host to the status of the answer."""

BODY_TIMEOUT_SECONDS = 2.0
"""For the beginning of the answer's body, after the status. People read it in the log of deliveries."""

CONNECT_TIMEOUT_SECONDS = 5.0
"""For one address of the host."""

MAX_ADDRESSES = 4
"""Addresses of a host that a try connects to, one after the other."""

MAX_KEPT_BYTES = 1024
"""Of the answer's body."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Takes host and port, and returns all addresses of the host. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a try: an HTTP status with the beginning of the body, or why there is none.

    `error` is `timeout`, `unresolved`, `unreachable`, `bad_certificate`, `bad_answer`, or a code of
    AddressRefused.
    """

    code: int | None = None
    body: str | None = None
    error: str | None = None

    @property
    def accepted(self) -> bool:
        """Only 2xx is success. A redirect is not followed, because its target was not checked."""
        return self.code is not None and 200 <= self.code < 300


class SystemResolver:
    """The machine's resolver in four threads that nothing else uses, because a name server may hang."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="webhook-names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Every address, in the order in which the system would try them. Raises OSError."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _lookup, host, port)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Let the threads end. Lookups that have not started are cancelled."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _lookup(host: str, port: int) -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError as fault:
        raise OSError("This is not a host name.") from fault


def make_transport(verify: ssl.SSLContext | bool = True) -> httpx.AsyncBaseTransport:
    """A transport without a client, so there are no redirects, cookies, proxies and no `.netrc`.

    Connections are not reused: the pool knows a connection by its address, which two hosts may share.
    """
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=limits)


class Sender:
    """Posts to receivers. `allowed_hosts` may be internal; every other host must be public."""

    def __init__(
        self, allowed_hosts: Sequence[str], transport: httpx.AsyncBaseTransport, resolve: Resolve
    ) -> None:
        self._allowed_hosts = allowed_hosts
        self._transport = transport
        self._resolve = resolve

    async def send(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float = TRY_TIMEOUT_SECONDS
    ) -> Answer:
        """Try once, for at most `timeout_seconds`; faults become an Answer.

        1. Parse the URL. 2. Resolve its host, once. 3. Check all addresses. 4. Post to the first that can
        be connected to.
        """
        try:
            target = parse(url, self._allowed_hosts)
            async with asyncio.timeout(timeout_seconds):
                addresses = await self._addresses(target)
                response = await self._post(target, addresses, headers, body)
            return Answer(response.status_code, await _beginning(response))
        except AddressRefused as fault:
            return Answer(error=fault.code)
        except (TimeoutError, httpx.TimeoutException):
            return Answer(error="timeout")
        except httpx.ConnectError as fault:
            return Answer(error="bad_certificate" if _is_tls_fault(fault) else "unreachable")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Answer(error="bad_answer")
        except OSError:
            return Answer(error="unresolved")

    async def _addresses(self, target: Target) -> Sequence[str]:
        """One internal address among public ones is enough to refuse: it may be a way inside."""
        addresses = await self._resolve(target.host, target.port)
        if not addresses:
            raise OSError("The name has no address.")
        if not target.trusted:
            for address in addresses:
                check_address(address)
        return addresses[:MAX_ADDRESSES]

    async def _post(
        self, target: Target, addresses: Sequence[str], headers: Mapping[str, str], body: bytes
    ) -> httpx.Response:
        """Post to the first address that can be connected to."""
        for address in addresses[:-1]:
            with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._transport.handle_async_request(_request(target, address, headers, body))
        return await self._transport.handle_async_request(_request(target, addresses[-1], headers, body))


def _request(target: Target, address: str, headers: Mapping[str, str], body: bytes) -> httpx.Request:
    """The URL holds the checked address, so nothing is resolved again; Host header and SNI hold the name."""
    fixed = {
        "Host": target.authority,
        "User-Agent": "Terugblik-Webhooks/1",
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    timeout = dict.fromkeys(("read", "write", "pool"), TRY_TIMEOUT_SECONDS)
    timeout["connect"] = CONNECT_TIMEOUT_SECONDS
    url = httpx.URL(
        scheme=target.scheme, host=address, port=target.port, raw_path=target.path.encode("ascii")
    )
    extensions = {"timeout": timeout, "sni_hostname": target.host}
    return httpx.Request("POST", url, headers={**headers, **fixed}, content=body, extensions=extensions)


def _is_tls_fault(fault: BaseException) -> bool:
    """Whether a failed connection failed on TLS. httpx shows that in the chain of causes only."""
    seen: BaseException | None = fault
    while seen is not None and not isinstance(seen, ssl.SSLError):
        seen = seen.__cause__ or seen.__context__
    return seen is not None


async def _beginning(response: httpx.Response) -> str:
    """What came of the body within BODY_TIMEOUT_SECONDS, up to MAX_KEPT_BYTES, also when it breaks off."""
    kept = b""
    try:
        with contextlib.suppress(TimeoutError, httpx.HTTPError):
            async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
                async for chunk in response.aiter_raw():
                    kept += chunk[: MAX_KEPT_BYTES - len(kept)]
                    if len(kept) >= MAX_KEPT_BYTES:
                        break
    finally:
        with contextlib.suppress(httpx.HTTPError):
            await response.aclose()
    return kept.decode(errors="replace").replace("\0", "�")
