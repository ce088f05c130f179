"""The peer of live streams: a status server that is polled, as lean as its libraries allow.

Starlette and SQLAlchemy on asyncpg, one SELECT by primary key a call, nobody's login looked at. The earlier
design's took 4.7 to 5.6 ms a call (docs/performance.md, section 4); this one is the harder opponent.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.jobs.models import Job
from app.settings import load

APPLICATION = "polled peer"
"""What pg_stat_activity calls its connections."""


def main() -> None:
    """Serve on HOST and PORT until SIGTERM."""
    settings = load(os.environ)
    engine = create_async_engine(
        settings.database.url,
        isolation_level="AUTOCOMMIT",
        connect_args={"server_settings": {"application_name": APPLICATION, "jit": "off"}},
    )
    sessions = async_sessionmaker(engine)

    async def status(request: Request) -> Response:
        columns = (Job.id, Job.state, Job.progress, Job.stage, Job.error_message)
        async with sessions() as session:
            row = (
                await session.execute(select(*columns).where(Job.id == request.path_params["job_id"]))
            ).one_or_none()
        return Response(status_code=404) if row is None else JSONResponse(dict(row._mapping))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = Starlette(routes=[Route("/jobs/{job_id}/status", status)], lifespan=lifespan)
    uvicorn.run(app, host=settings.web.host, port=settings.web.port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
