"""When streams are checked, and that a check that fails ends none of them."""

from collections.abc import Sequence
from contextlib import ExitStack

import pytest

from app.accounts.principal import Credential, Principal
from web.live import reauthorise
from web.live.reauthorise import RECHECK_INTERVAL_SECONDS, OpenStream, Reauthoriser
from web.live.subscription import Subscription, Topic

USER = Principal(1, 1, "pupil", "Fatima", "nl")


class World:
    """A clock that the test moves, and a check that records which streams it was given."""

    def __init__(self) -> None:
        self.now = 0.0
        self.checked: list[Sequence[OpenStream]] = []
        self.fault: Exception | None = None
        self.reauthoriser = Reauthoriser(self._check, clock=lambda: self.now)

    async def _check(self, streams: Sequence[OpenStream]) -> None:
        self.checked.append(streams)
        if self.fault is not None:
            raise self.fault


def open_stream() -> OpenStream:
    """A stream about one job."""
    return OpenStream(Subscription(Topic(1, job_id="j")), USER, Credential.from_secret("token", "secret"), {})


async def test_a_stream_is_checked_every_minute_until_it_is_closed() -> None:
    world, one = World(), open_stream()
    with world.reauthoriser.register(one):
        await world.reauthoriser.check_due()
        assert world.checked == []
        for minute in (1, 2):
            world.now += 1.2 * RECHECK_INTERVAL_SECONDS
            await world.reauthoriser.check_due()
            await world.reauthoriser.check_due()
            assert world.checked == [[one]] * minute
    world.now += 1.2 * RECHECK_INTERVAL_SECONDS
    await world.reauthoriser.check_due()
    assert len(world.checked) == 2


async def test_streams_opened_together_are_not_due_together() -> None:
    world = World()
    with ExitStack() as crowd:
        for _ in range(100):
            crowd.enter_context(world.reauthoriser.register(open_stream()))
        for tenth in range(13):
            world.now = tenth / 10 * RECHECK_INTERVAL_SECONDS
            await world.reauthoriser.check_due()
    assert sum(len(some) for some in world.checked) == 100
    assert len(world.checked) > 2


async def test_after_a_failed_check_all_streams_stay_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reauthorise, "MAX_STREAMS_PER_CHECK", 2)
    world, crowd = World(), [open_stream() for _ in range(5)]
    with ExitStack() as registered:
        for one in crowd:
            registered.enter_context(world.reauthoriser.register(one))
        world.now, world.fault = 1.2 * RECHECK_INTERVAL_SECONDS, ConnectionError("away")
        await world.reauthoriser.check_due()
        assert not any(one.subscription.ended for one in crowd)
        world.fault, world.checked = None, []
        await world.reauthoriser.check_due()
    assert world.checked == [crowd[:2], crowd[2:4], crowd[4:]]
