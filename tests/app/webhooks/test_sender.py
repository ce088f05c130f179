"""One try over real HTTP on loopback. Requests to other addresses meet a transport that refuses them all."""

import contextlib
import inspect
import ipaddress
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from app.core import address_guard
from app.webhooks.delivery_worker import LEASE
from app.webhooks.sender import (
    BODY_TIMEOUT_SECONDS,
    TRY_TIMEOUT_SECONDS,
    Answer,
    Sender,
    SystemResolver,
    make_transport,
)
from tests.app.webhooks.addresses import LOOPBACK, OTHERS, PUBLIC
from tests.support.eventually import eventually
from tests.support.receiver import Behaviour, Receiver, receiving
from tests.support.tls_front import HOST, self_signed


class Recorder(httpx.AsyncBaseTransport):
    """Records every request and refuses to connect, so that nothing leaves this machine."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Record and refuse."""
        self.requests.append(request)
        raise httpx.ConnectError("refused by the test")


class Names:
    """A resolver with a list of answers for each name. The last answer is repeated."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The next answer for this host."""
        self.asked.append(host)
        given = self._answers[host]
        return given.pop(0) if len(given) > 1 else given[0]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that answers 204."""
    async with receiving() as started:
        yield started


async def send(receiver: Receiver, timeout_seconds: float = 5.0) -> Answer:
    """Post to a receiver on loopback that the list of allowed hosts names."""
    transport, resolver = make_transport(), SystemResolver()
    sender = Sender([f"127.0.0.1:{receiver.port}"], transport, resolver)
    try:
        return await sender.send(receiver.url, {"webhook-id": "msg_1"}, b"{}", timeout_seconds)
    finally:
        await transport.aclose()
        resolver.close()


async def test_a_receiver_gets_the_body_and_headers(receiver: Receiver) -> None:
    assert (await send(receiver)).accepted
    [got] = receiver.got
    assert (got.path, got.body) == ("/hook", b"{}")
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["webhook-id"] == "msg_1"


@pytest.mark.parametrize(
    ("behaviour", "answer"),
    [
        ("500", Answer(500, "Oops")),
        ("410", Answer(410, "")),
        ("silent", Answer(error="timeout")),
        ("broken", Answer(error="bad_answer")),
        ("rubbish", Answer(error="bad_answer")),
        ("endless", Answer(200, "x" * 1024)),
    ],
)
async def test_bad_receivers(receiver: Receiver, behaviour: Behaviour, answer: Answer) -> None:
    receiver.behaviour = behaviour
    assert await send(receiver, timeout_seconds=0.5) == answer
    await eventually(lambda: receiver.open == 0 or behaviour == "silent")


async def test_a_body_that_drips_is_not_waited_for(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.webhooks.sender.BODY_TIMEOUT_SECONDS", 0.2)
    receiver.behaviour = "drip"
    answer = await send(receiver)
    assert answer.accepted
    assert len(answer.body or "") < 100
    await eventually(lambda: receiver.open == 0)


async def test_redirects_are_not_followed(receiver: Receiver) -> None:
    async with receiving() as elsewhere:
        receiver.behaviour, receiver.elsewhere = "redirect", elsewhere.url
        answer = await send(receiver)
        assert (answer.code, answer.accepted) == (302, False)
        assert elsewhere.connections == 0
    await send(receiver)
    assert "cookie" not in receiver.got[1].headers


async def test_a_proxy_of_the_environment_is_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await send(receiver)).accepted
        assert proxy.connections == 0


async def test_a_closed_port_is_unreachable() -> None:
    async with receiving() as gone:
        pass
    assert await send(gone) == Answer(error="unreachable")


@pytest.mark.parametrize("host", LOOPBACK)
async def test_no_notation_of_loopback_opens_a_connection(
    receiver: Receiver, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real sockets and the machine's resolver; the receiver's port counts as the port of http."""
    monkeypatch.setitem(address_guard.PORTS, "http", receiver.port)
    transport, resolver = make_transport(), SystemResolver()
    try:
        refused = await Sender([], transport, resolver).send(f"http://{host}/", {}, b"{}", 2.0)
        assert refused.error in {"internal_address", "internal_name"}
        assert receiver.connections == 0
        let_through = await Sender(["127.0.0.1"], transport, resolver).send("http://127.0.0.1/", {}, b"{}")
        assert let_through.accepted, "only the guard refused it"
    finally:
        await transport.aclose()
        resolver.close()


def addresses_in(hosts: Sequence[str]) -> Iterator[str]:
    """The hosts that have the form in which a resolver gives addresses."""
    for host in hosts:
        with contextlib.suppress(ValueError):
            yield str(ipaddress.ip_address(host.strip("[]")))


@pytest.mark.parametrize("address", sorted({*addresses_in(LOOPBACK), *addresses_in(OTHERS)}))
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    """Alone, before a public address, and after one."""
    for addresses in ([address], [PUBLIC[0], address], [address, PUBLIC[0]]):
        recorder = Recorder()
        sender = Sender([], recorder, Names(hooks_invalid=[addresses]))
        assert await sender.send("https://hooks.invalid/", {}, b"{}") == Answer(error="internal_address")
        assert recorder.requests == []


async def test_the_checked_address_is_the_one_that_is_connected_to() -> None:
    """The host is resolved once, so a name that changes after the check has no effect."""
    names, recorder = Names(hooks_invalid=[[PUBLIC[0]], ["127.0.0.1"]]), Recorder()
    answer = await Sender([], recorder, names).send("https://hooks.invalid/a?b=c", {}, b"{}")
    assert answer == Answer(error="unreachable")
    assert names.asked == ["hooks.invalid"]
    [request] = recorder.requests
    assert (request.url.host, request.url.port, request.url.raw_path) == (PUBLIC[0], None, b"/a?b=c")
    assert request.headers["host"] == "hooks.invalid"
    assert request.extensions["sni_hostname"] == "hooks.invalid"


async def test_the_next_address_is_tried_when_the_first_is_away(receiver: Receiver) -> None:
    transport = make_transport()
    names = Names(hooks_invalid=[["127.0.0.2", "127.0.0.1"]])
    sender = Sender([f"hooks.invalid:{receiver.port}"], transport, names)
    answer = await sender.send(f"http://hooks.invalid:{receiver.port}/x", {}, b"{}")
    assert answer.accepted
    assert receiver.got[0].headers["host"] == f"hooks.invalid:{receiver.port}"
    await transport.aclose()


async def test_the_certificate_must_be_the_host_s_although_an_address_is_connected_to(tmp_path: Path) -> None:
    context = self_signed(tmp_path)
    trusting = ssl.create_default_context(cafile=tmp_path / "server.pem")
    trusting.verify_flags &= ~ssl.VERIFY_X509_STRICT
    async with receiving(tls=context) as receiver:
        allowed = [f"{HOST}:{receiver.port}", f"other.invalid:{receiver.port}"]
        names = Names(host_invalid=[["127.0.0.1"]], other_invalid=[["127.0.0.1"]])
        for verify, host, error in (
            (trusting, HOST, None),
            (trusting, "other.invalid", "bad_certificate"),
            (True, HOST, "bad_certificate"),
        ):
            transport = make_transport(verify)
            answer = await Sender(allowed, transport, names).send(f"https://{host}:{receiver.port}/", {}, b"")
            assert answer.error == error
            await transport.aclose()
        assert len(receiver.got) == 1, "nothing is sent without a valid certificate"


@pytest.mark.parametrize(
    ("code", "accepted"), [(200, True), (204, True), (299, True), (199, False), (300, False), (404, False)]
)
def test_only_2xx_is_success(code: int, accepted: bool) -> None:
    assert Answer(code).accepted is accepted


def test_a_try_has_fifteen_seconds_and_its_lease_outlasts_it() -> None:
    assert inspect.signature(Sender.send).parameters["timeout_seconds"].default == TRY_TIMEOUT_SECONDS == 15
    assert LEASE.total_seconds() > TRY_TIMEOUT_SECONDS + BODY_TIMEOUT_SECONDS


async def test_a_name_without_an_address_is_unresolved() -> None:
    class Nothing:
        async def __call__(self, host: str, port: int) -> Sequence[str]:
            raise OSError("no such host")

    assert await Sender([], Recorder(), Nothing()).send("https://hooks.invalid/", {}, b"") == Answer(
        error="unresolved"
    )
    nobody = Sender([], Recorder(), Names(hooks_invalid=[[]]))
    assert (await nobody.send("https://hooks.invalid/", {}, b"")).error == "unresolved"
