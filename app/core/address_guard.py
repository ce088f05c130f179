"""Which URLs an outgoing request may use, and which network addresses may be behind them. Pure.

`ipaddress.is_global` is no guard: it is true for 64:ff9b::7f00:1, 2002:7f00:1::1 and 224.0.0.1, and a
resolver reads 0x7f000001, 2130706433 and 127.1 as loopback. So the list of denied networks is ours
(docs/adr/0014-address-guard.md). The addresses that the resolver gives are checked against it, and the
request connects to one of those addresses.
"""

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"https": 443, "http": 80}
MAX_URL_LENGTH = 2000
_PLAIN = re.compile(r"[\x21-\x7e]+")

DENIED_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        # IANA's special-purpose registry for IPv4, multicast and the reserved block.
        "0.0.0.0/8",  # this network; 0.0.0.0 reaches this machine
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT; some clouds keep their metadata here
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host
        "169.254.0.0/16",  # link-local; most clouds keep their metadata here
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        # IPv6: all but 2000::/3 (so ::1, ::, ::ffff:0:0/96, 64:ff9b::/96, fc00::/7, fe80::/10, ff00::/8, …) …
        "::/3",
        "4000::/2",
        "8000::/1",
        # … and within it what leads elsewhere or nowhere.
        "2001::/23",  # protocol assignments, Teredo among them, which carries an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address
        "2620:4f:8000::/48",
        "3fff::/20",  # documentation
    )
)


class AddressRefused(Exception):
    """No request may go there. `code` is stable; the text is for the person who gave the address."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed URL. `host` is in lower case. A `trusted` host is in the list of allowed hosts."""

    scheme: str
    host: str
    port: int
    path: str
    trusted: bool

    @property
    def authority(self) -> str:
        """The Host header (RFC 9110 section 7.2). The scheme's default port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def parse(url: str, allowed: Sequence[str]) -> Target:
    """Parse a URL and check all that needs no resolver. Raises AddressRefused.

    `allowed` names internal hosts that may be used, as `host` (on ports 443 and 80) or as `host:port`.
    """
    if len(url) > MAX_URL_LENGTH or not _PLAIN.fullmatch(url) or "\\" in url:
        raise AddressRefused("bad_url", "Write the address in plain characters; a host with others as xn--….")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as fault:
        raise AddressRefused("bad_url", "That is no web address.") from fault
    if parts.scheme not in PORTS:
        raise AddressRefused("bad_scheme", "The address must begin with https:// or http://.")
    if "@" in parts.netloc:
        raise AddressRefused("credentials", "Leave user name and password out of the address.")
    host = host.removesuffix(".")
    if not host or "%" in host:
        raise AddressRefused("bad_url", "The address names no host.")
    number = PORTS[parts.scheme] if port is None else port
    trusted = _is_allowed(host, number, allowed)
    if number not in PORTS.values() and not trusted:
        raise AddressRefused("bad_port", "Only the ports 443 and 80 are possible.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(parts.scheme, host, number, path, trusted)
    if not trusted:
        _check_host(host)
    return target


def check_address(address: str) -> None:
    """Check that a network address is public. Raises AddressRefused."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError as fault:
        raise AddressRefused("internal_address", "That host has no usable address.") from fault
    if any(found in network for network in DENIED_NETWORKS if network.version == found.version):
        raise AddressRefused(
            "internal_address", "That host is inside a network; only public ones are possible."
        )


def _is_allowed(host: str, port: int, allowed: Sequence[str]) -> bool:
    names = {entry.lower() for entry in allowed}
    written = f"[{host}]" if ":" in host else host
    return f"{written}:{port}" in names or (port in PORTS.values() and bool({host, written} & names))


def _check_host(host: str) -> None:
    """Check a host that is an address, in every notation that a resolver accepts, or an internal name."""
    if ":" in host:
        check_address(host)
        return
    try:
        check_address(socket.inet_ntoa(socket.inet_aton(host)))
    except OSError:
        if "." not in host or host.endswith((".localhost", ".local", ".internal")):
            raise AddressRefused("internal_name", "That is the name of an internal host.") from None
