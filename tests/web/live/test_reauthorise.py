"""The keeper: when viewers are checked, and that a check that cannot be made costs nobody anything."""

from collections.abc import Sequence
from contextlib import ExitStack

import pytest

from app.accounts.principal import Credential, Principal
from web.live import reauthorise
from web.live.reauthorise import RECHECK_EVERY, Reauthoriser, Watch
from web.live.subscription import Topic, Viewer

USER = Principal(1, 1, "pupil", "Fatima", "nl")


class World:
    """A clock that the test moves, and a check that notes whom it was asked about."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked: list[Sequence[Watch]] = []
        self.fault: Exception | None = None
        self.reauthoriser = Reauthoriser(self._check, clock=lambda: self.now)

    async def _check(self, watches: Sequence[Watch]) -> None:
        self.asked.append(watches)
        if self.fault is not None:
            raise self.fault


def watch() -> Watch:
    """Somebody."""
    return Watch(Viewer(Topic(1, job_id="j")), USER, Credential.of("token", "secret"), {})


async def test_who_watches_is_checked_every_minute_until_they_leave() -> None:
    world, one = World(), watch()
    with world.reauthoriser.keep(one):
        await world.reauthoriser.turn()
        assert world.asked == []
        for minute in (1, 2):
            world.now += 1.2 * RECHECK_EVERY
            await world.reauthoriser.turn()
            await world.reauthoriser.turn()
            assert world.asked == [[one]] * minute
    world.now += 1.2 * RECHECK_EVERY
    await world.reauthoriser.turn()
    assert len(world.asked) == 2


async def test_those_who_came_together_are_not_due_together() -> None:
    world = World()
    with ExitStack() as crowd:
        for _ in range(100):
            crowd.enter_context(world.reauthoriser.keep(watch()))
        for tenth in range(13):
            world.now = tenth / 10 * RECHECK_EVERY
            await world.reauthoriser.turn()
    assert sum(len(batch) for batch in world.asked) == 100
    assert len(world.asked) > 2


async def test_a_check_that_fails_leaves_everybody_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reauthorise, "AT_ONCE", 2)
    world, crowd = World(), [watch() for _ in range(5)]
    with ExitStack() as kept:
        for one in crowd:
            kept.enter_context(world.reauthoriser.keep(one))
        world.now, world.fault = 1.2 * RECHECK_EVERY, ConnectionError("away")
        await world.reauthoriser.turn()
        assert not any(one.viewer.ended for one in crowd)
        world.fault, world.asked = None, []
        await world.reauthoriser.turn()
    assert world.asked == [crowd[:2], crowd[2:4], crowd[4:]]
