"""Which URLs and network addresses an outgoing request may use."""

import pytest

from app.core.address_guard import AddressRefused, check_address, parse
from tests.app.webhooks.addresses import LOOPBACK, OTHERS, PUBLIC


def refusal(url: str, allowed: tuple[str, ...] = ()) -> str:
    """Parse a URL that must be refused, and return the code."""
    with pytest.raises(AddressRefused) as caught:
        parse(url, allowed)
    return caught.value.code


def test_the_lists_of_internal_addresses_are_long() -> None:
    assert len(set(LOOPBACK)) + len(set(OTHERS)) >= 60


@pytest.mark.parametrize("host", [*LOOPBACK, *OTHERS])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_internal_addresses_are_refused_in_every_notation(scheme: str, host: str) -> None:
    assert refusal(f"{scheme}://{host}/hook") in {"internal_address", "internal_name"}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_accepted(address: str) -> None:
    check_address(address)
    host = f"[{address}]" if ":" in address else address
    assert parse(f"https://{host}/", ()).host == address


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://hooks.invalid/", "bad_scheme"),
        ("file:///etc/passwd", "bad_scheme"),
        ("gopher://hooks.invalid/", "bad_scheme"),
        ("//hooks.invalid/", "bad_scheme"),
        ("hooks.invalid", "bad_scheme"),
        ("https://", "bad_url"),
        ("https:///path", "bad_url"),
        ("https://user:secret@hooks.invalid/", "credentials"),
        ("https://hooks.invalid@127.0.0.1/", "credentials"),
        ("https://@hooks.invalid/", "credentials"),
        ("https://hooks.invalid:8443/", "bad_port"),
        ("https://hooks.invalid:0/", "bad_port"),
        ("https://hooks.invalid:22/", "bad_port"),
        ("https://hooks.invalid:99999/", "bad_url"),
        ("https://hooks.invalid:x/", "bad_url"),
        ("https://[fe80::1%25eth0]/", "bad_url"),
        ("https://hooks.invalid\\@127.0.0.1/", "bad_url"),
        ("https://hooks.invalid/\r\nX-Extra: 1", "bad_url"),
        ("https://hooks.invalid/ x", "bad_url"),
        ("https://１２７.０.０.１/", "bad_url"),
        ("https://ⓛocalhost/", "bad_url"),
        ("https://127。0。0。1/", "bad_url"),
        ("https://%31%32%37.0.0.1/", "bad_url"),
        ("https://redis/", "internal_name"),
        ("https://printer.local/", "internal_name"),
        ("https://metadata.google.internal/", "internal_name"),
        ("https://" + "a" * 2000 + ".invalid/", "bad_url"),
    ],
)
def test_other_urls_are_refused(url: str, code: str) -> None:
    assert refusal(url) == code


def test_a_url_is_parsed() -> None:
    target = parse("HTTPS://Hooks.INVALID.:443/a/b?c=d#e", ())
    assert (target.scheme, target.host, target.port, target.path) == (
        "https",
        "hooks.invalid",
        443,
        "/a/b?c=d",
    )
    assert target.authority == "hooks.invalid"
    assert parse("http://hooks.invalid:443", ()).authority == "hooks.invalid:443"
    assert parse("http://[2606:4700::1111]/", ()).authority == "[2606:4700::1111]"


def test_allowed_internal_hosts_are_accepted_and_no_others() -> None:
    allowed = ("sis.school.internal", "127.0.0.1:8099", "[fd00::5]:8080")
    assert parse("http://sis.school.internal/hook", allowed).trusted
    assert parse("https://SIS.school.internal:443/", allowed).trusted
    assert parse("http://127.0.0.1:8099/", allowed).trusted
    assert parse("http://[fd00::5]:8080/", allowed).trusted
    assert refusal("http://sis.school.internal:8099/", allowed) == "bad_port"
    assert refusal("http://127.0.0.1/", allowed) == "internal_address"
    assert refusal("http://127.0.0.1:8098/", allowed) == "bad_port"
    assert refusal("http://x.sis.school.internal/", allowed) == "internal_name"
    assert not parse("https://hooks.invalid/", allowed).trusted
