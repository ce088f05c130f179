"""Taking wake-ups: their order, how many, how soon, and through everything that can happen to Redis."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
import redis
from dramatiq import Message

from tests.support.eventually import MAX_WAIT_SECONDS, eventually
from tests.support.own_valkey import OwnValkey
from workers.dispatch import queue_key
from workers.fetcher import Fetcher, WakeupConsumer

HIGH, NORMAL, LOW = "ai-summaries-high", "ai-summaries", "ai-summaries-low"
BLOCK_SECONDS = 0.3
"""Of one BLPOP of these fetchers; it is one second in production."""

ANSWER_TIMEOUT_SECONDS = 0.3
"""Of these fetchers; it is three seconds in production."""

Start = Callable[[int], Fetcher]


def push(client: "redis.Redis", queue: str, count: int = 1) -> None:
    """Send wake-ups as the dispatcher does."""
    message: Message[None] = Message(queue, "summary", (), {}, {})
    client.rpush(queue_key(queue), *[message.encode()] * count)


@pytest.fixture
def start(own_valkey: OwnValkey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts fetchers for the three lanes, each with a number of threads."""
    monkeypatch.setattr("workers.fetcher.BLOCK_SECONDS", BLOCK_SECONDS)
    started: list[Fetcher] = []

    def start(threads: int) -> Fetcher:
        client = redis.Redis.from_url(
            own_valkey.broker_url,
            socket_timeout=BLOCK_SECONDS + ANSWER_TIMEOUT_SECONDS,
            socket_connect_timeout=ANSWER_TIMEOUT_SECONDS,
        )
        fetcher = Fetcher(client, threads)
        fetcher.serve([HIGH, NORMAL, LOW])
        fetcher.start()
        started.append(fetcher)
        return fetcher

    yield start
    for fetcher in started:
        fetcher.stop()
        fetcher.join(BLOCK_SECONDS + 3)
        assert not fetcher.is_alive()


def length(valkey: OwnValkey, queue: str) -> int:
    """How many wake-ups wait in Redis."""
    return int(valkey.broker.llen(queue_key(queue)))


def takes(fetcher: Fetcher, queue: str) -> None:
    """The next wake-up of a queue arrives, and is released."""
    assert fetcher.next(queue, MAX_WAIT_SECONDS) is not None
    fetcher.done()


async def test_takes_no_more_than_there_are_free_threads(own_valkey: OwnValkey, start: Start) -> None:
    push(own_valkey.broker, LOW, 5)
    fetcher = start(2)
    await eventually(lambda: length(own_valkey, LOW) == 3)
    low = WakeupConsumer(fetcher, LOW, 0.1)
    first, second = next(low), next(low)
    assert first is not None
    assert second is not None
    assert next(low) is None
    assert length(own_valkey, LOW) == 3
    low.ack(first)
    await eventually(lambda: length(own_valkey, LOW) == 2)
    low.nack(second)
    await eventually(lambda: length(own_valkey, LOW) == 1)


async def test_the_lanes_are_strictly_in_order(own_valkey: OwnValkey, start: Start) -> None:
    for queue in (LOW, NORMAL, HIGH):
        push(own_valkey.broker, queue, 2)
    fetcher = start(1)
    for queue in (HIGH, HIGH, NORMAL, NORMAL, LOW, LOW):
        takes(fetcher, queue)  # with another lane's wake-up in its one thread, this would never come


async def test_waits_in_redis_instead_of_polling(own_valkey: OwnValkey, start: Start) -> None:
    fetcher = start(4)
    await eventually(lambda: own_valkey.blocked() == 1)
    asked = own_valkey.calls("blpop")
    assert fetcher.next(LOW, 3 * BLOCK_SECONDS) is None
    assert own_valkey.calls("blpop") - asked <= 4
    assert own_valkey.blocked() == 1


async def test_a_wake_up_ends_the_wait_at_once(own_valkey: OwnValkey, start: Start) -> None:
    fetcher = start(4)
    for _ in range(20):
        await eventually(lambda: own_valkey.blocked() == 1)
        push(own_valkey.broker, NORMAL)
        takes(fetcher, NORMAL)
    assert own_valkey.calls("blpop") <= 25, "each wake-up ended the wait that was going on"


async def test_what_is_put_back_comes_first(own_valkey: OwnValkey, start: Start) -> None:
    push(own_valkey.broker, LOW, 3)
    fetcher = start(1)
    taken = fetcher.next(LOW, 5)
    assert taken is not None
    marked = taken.copy(options={"marked": True})
    fetcher.put_back([marked])
    assert fetcher.next(LOW, 5) == marked
    fetcher.done()


async def test_after_stop_nothing_is_taken_and_nothing_lost(own_valkey: OwnValkey, start: Start) -> None:
    fetcher = start(4)
    await eventually(lambda: own_valkey.blocked() == 1)
    fetcher.stop()
    push(own_valkey.broker, LOW, 3)
    fetcher.join(BLOCK_SECONDS + 1)
    WakeupConsumer(fetcher, LOW, 1).close()
    assert length(own_valkey, LOW) == 3


async def test_gives_out_nothing_while_suspended(own_valkey: OwnValkey, start: Start) -> None:
    fetcher = start(4)
    await eventually(lambda: own_valkey.blocked() == 1)
    fetcher.suspend(1.0)
    push(own_valkey.broker, LOW, 2)
    assert fetcher.next(LOW, 0.5) is None
    assert length(own_valkey, LOW) == 1, "no more than the one that was being waited for"
    takes(fetcher, LOW)
    assert not fetcher.suspended


async def test_stop_puts_back_what_it_has_taken(own_valkey: OwnValkey, start: Start) -> None:
    fetcher = start(4)
    fetcher.suspend(60)
    push(own_valkey.broker, LOW, 2)
    await eventually(lambda: length(own_valkey, LOW) == 1)
    fetcher.stop()
    fetcher.join(1)
    assert length(own_valkey, LOW) == 2


@pytest.mark.parametrize(
    "rubbish", [b"\xff\x00", b"{}", Message("elsewhere", "summary", (), {}, {}).encode()]
)
async def test_what_cannot_be_read_is_dropped(own_valkey: OwnValkey, start: Start, rubbish: bytes) -> None:
    own_valkey.broker.rpush(queue_key(LOW), rubbish, rubbish, rubbish)
    push(own_valkey.broker, LOW)
    takes(start(1), LOW)
    assert length(own_valkey, LOW) == 0


async def test_survives_a_killed_and_restarted_redis(own_valkey: OwnValkey, start: Start) -> None:
    fetcher = start(1)
    await eventually(lambda: own_valkey.blocked() == 1)
    await own_valkey.kill()
    assert fetcher.next(LOW, 0.5) is None
    own_valkey.start()
    push(own_valkey.broker, LOW, 2)
    takes(fetcher, LOW)
    takes(fetcher, LOW)


async def test_survives_losing_everything(own_valkey: OwnValkey, start: Start) -> None:
    fetcher = start(1)
    await eventually(lambda: own_valkey.blocked() == 1)
    own_valkey.client.flushall()
    push(own_valkey.broker, LOW)
    takes(fetcher, LOW)


async def test_survives_a_stall(own_valkey: OwnValkey, start: Start) -> None:
    """Longer than the time limit. Dramatiq's consumer does not survive one (docs/adr/0002-own-broker.md)."""
    fetcher = start(1)
    await eventually(lambda: own_valkey.blocked() == 1)
    own_valkey.stall()
    assert fetcher.next(LOW, 2 * (BLOCK_SECONDS + ANSWER_TIMEOUT_SECONDS)) is None
    assert fetcher.is_alive()
    own_valkey.go_on()
    await eventually(lambda: own_valkey.blocked() == 1)
    push(own_valkey.broker, LOW)
    takes(fetcher, LOW)


async def test_survives_a_failover_to_read_only_and_back(own_valkey: OwnValkey, start: Start) -> None:
    fetcher = start(1)
    await eventually(lambda: own_valkey.blocked() == 1)
    own_valkey.broker.replicaof("127.0.0.1", "1")
    with pytest.raises(redis.exceptions.ReadOnlyError):
        push(own_valkey.broker, LOW)
    assert fetcher.next(LOW, 0.5) is None
    own_valkey.broker.replicaof("NO", "ONE")
    push(own_valkey.broker, LOW)
    takes(fetcher, LOW)


async def test_goes_on_emptying_a_redis_that_is_full(own_valkey: OwnValkey, start: Start) -> None:
    push(own_valkey.broker, LOW, 3)
    own_valkey.broker.config_set("maxmemory", "1")
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        push(own_valkey.broker, LOW)
    fetcher = start(1)
    for _ in range(3):
        takes(fetcher, LOW)
    own_valkey.broker.config_set("maxmemory", "0")
    with contextlib.suppress(redis.exceptions.ConnectionError):
        push(own_valkey.broker, LOW)
    takes(fetcher, LOW)
