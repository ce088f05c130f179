"""A worker says that it is there, what it runs, and that it leaves."""

from app.monitoring import service
from app.monitoring.schemas import WorkerOut
from tests.flows.conftest import Shop
from tests.support.eventually import eventually


async def workers(shop: Shop) -> list[WorkerOut]:
    async with shop.units() as uow:
        return (await service.stats(uow.session, shop.some.school_id)).workers


async def test_a_worker_is_in_the_registry_until_it_leaves(shop: Shop) -> None:
    (here,) = await eventually(lambda: workers(shop))
    assert (here.name, here.state, here.current_job) == ("first", "idle", None)
    await shop.worker.beat()
    (again,) = await workers(shop)
    assert again.last_seen > here.last_seen
    assert again.started_at == here.started_at
    await shop.worker.hand_back_all()
    assert await workers(shop) == []
    await shop.worker.beat()
    assert await workers(shop) == [], "who has left does not come back"
