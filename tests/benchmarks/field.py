"""Where a contestant works: a database with pupils in it, a model, and how far it has come."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from sqlalchemy import text

from app.core.db import SessionFactory, make_engine, make_session_factory
from app.core.events import Publisher
from app.core.redis import make_async_redis
from app.core.unit_of_work import UnitOfWorkFactory, unit_of_work_factory
from app.settings import load
from app.summaries import orders
from app.summaries.orders import SummaryOrder
from tests.benchmarks.contestants import Contestant, Team, run_command
from tests.benchmarks.material import Classes, make_classes
from tests.benchmarks.measure import cpu_seconds
from tests.benchmarks.model_stub import UNLIMITED, ModelStub, running_stub
from tests.benchmarks.peers import work
from tests.benchmarks.site import Site
from workers.dispatch import RedisDispatcher

LOOK_INTERVAL_SECONDS = 0.25
"""Seconds between two looks at how far they are. The look is counted as the database's work, and so is two
counts and no join: that was 200 ms a look with 1,500 jobs, a third of what the summaries themselves cost.
"""

MINE = text(
    """
    SELECT least(count(*), (SELECT count(*) FROM summary WHERE NOT provisional)), max(completed_at)
    FROM job WHERE state = 'completed'
    """
)
THEIRS = text(
    """
    SELECT least(count(*), (SELECT count(*) FROM peer_summary)), max(completed_at)
    FROM peer_job WHERE status = 'completed'
    """
)


class Field:
    """The database, the pupils and the model of one run."""

    def __init__(
        self,
        site: Site,
        contestant: Contestant,
        environ: Mapping[str, str],
        stub: ModelStub,
        sessions: SessionFactory,
        classes: Classes,
    ) -> None:
        self.environ = environ
        self.stub = stub
        self.settings = load(environ)
        self._site = site
        self._contestant = contestant
        self.sessions = sessions
        self.classes = classes

    async def queue(self, start: int, count: int) -> None:
        """Ask for the summaries of `count` pupils."""
        chosen = self.classes.pairs[start : start + count]
        if self._contestant.queue:
            lines = "".join(f"job-{student} {evaluation} {student}\n" for evaluation, student in chosen)
            await run_command(self._contestant, self._contestant.queue, self.environ, lines)
            return
        async with self.units() as units:
            for evaluation in dict.fromkeys(evaluation for evaluation, _ in chosen):
                students = [student for other, student in chosen if other == evaluation]
                async with units() as uow:
                    order = SummaryOrder(
                        self.classes.school_id, evaluation, students, lane=1, requested_by=None
                    )
                    await orders.queue(uow, order)

    @asynccontextmanager
    async def units(self) -> AsyncIterator[UnitOfWorkFactory]:
        """Units of work as in a web process."""
        client, dispatcher = make_async_redis(self.settings.redis), RedisDispatcher(self.settings.redis)
        try:
            yield unit_of_work_factory(self.sessions, dispatcher, Publisher(client))
        finally:
            await client.aclose()
            await dispatcher.close()

    async def finished(self, count: int, team: Team) -> float:
        """When the last of so many was stored. Raises AssertionError when nothing moves any more."""
        made, moved = -1, time.monotonic()
        while (found := await self.made())[0] < count:
            if found[0] != made:
                made, moved = found[0], time.monotonic()
            assert time.monotonic() < moved + 30, f"{self._contestant.name} stands still: {team.last_words()}"
            await asyncio.sleep(LOOK_INTERVAL_SECONDS)
        return found[1]

    async def analyse(self) -> None:
        """What autovacuum does within a minute: plans made while tables were empty read these end to end."""
        async with self.sessions() as session, session.begin():
            await session.execute(text("ANALYZE"))

    async def made(self) -> tuple[int, float]:
        """How many are stored, and since when the last of them is."""
        if not self._contestant.stores:
            stats = self.stub.stats()
            return int(stats["calls"]), stats["last_token"]
        async with self.sessions() as session:
            count, last = (await session.execute(THEIRS if self._contestant.queue else MINE)).one()
        return int(count), last.timestamp() if count else 0.0

    def cpu(self, team: Team) -> dict[str, float]:
        """Seconds so far."""
        return {
            "workers": cpu_seconds(*team.pids),
            "PostgreSQL": cpu_seconds(self._site.postgres),
            "Valkey": cpu_seconds(self._site.valkey),
            "model": cpu_seconds(self.stub.pid),
        }


@asynccontextmanager
async def set_up(
    site: Site, contestant: Contestant, students: int, delay: float = 0.0, slots: int = UNLIMITED
) -> AsyncIterator[Field]:
    """A field with so many pupils. The model takes `delay` seconds an answer and makes `slots` at once."""
    with site.environ() as environ, running_stub(delay, slots) as stub:
        environ |= {"OLLAMA_BASE_URL": stub.url, "OLLAMA_MODEL": "stub"}
        engine = make_engine(load(environ).database, "bench")
        sessions = make_session_factory(engine)
        async with sessions() as session, session.begin():
            classes = await make_classes(session, students)
            for statement in work.SCHEMA:
                await session.execute(text(statement))
        try:
            yield Field(site, contestant, environ, stub, sessions, classes)
        finally:
            await engine.dispose()
