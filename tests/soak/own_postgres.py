"""A PostgreSQL that an experiment may stop at once, start again, and cut connections of."""

import asyncio
import os
import signal
from contextlib import suppress

from sqlalchemy import text

from app.core.db import database_is_away
from app.core.unit_of_work import UnitOfWorkFactory
from app.embedded.postgres import Postgres
from tests.support.eventually import eventually

CUT = """
SELECT count(pg_terminate_backend(pid)) FROM (
    SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'terugblik%'
        AND application_name <> 'terugblik-test' ORDER BY random() LIMIT :count
) AS chosen
"""
"""Spares the experiment's own connections."""


class OwnPostgres:
    """Nobody else may use this server."""

    def __init__(self, server: Postgres, units: UnitOfWorkFactory) -> None:
        self._server = server
        self._units = units

    async def stop(self) -> None:
        """SIGQUIT, the "immediate" shutdown: it drops everybody and closes nothing, as in a crash."""
        pid = int((self._server.folder / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)

        def ended() -> bool:
            with suppress(ProcessLookupError):
                os.kill(pid, 0)
                return False
            return True

        await eventually(ended, 20)

    async def start(self) -> None:
        """Start it again, and wait until it has recovered and answers."""
        await asyncio.to_thread(self._server.start)
        await eventually(self.answers, 30)

    async def cut(self, count: int) -> int:
        """End some of the product's connections, chosen at random; returns how many there were."""
        async with self._units() as uow:
            return int(await uow.session.scalar(text(CUT), {"count": count}) or 0)

    async def answers(self) -> bool:
        """Whether it does; the experiment's own pool notices here that its connections are dead."""
        try:
            async with self._units() as uow:
                await uow.session.execute(text("SELECT 1"))
        except Exception as error:
            if not database_is_away(error):
                raise
            return False
        return True
