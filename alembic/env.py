"""Runs the migrations against DATABASE_URL, or against a connection that the caller hands over."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

from app.core.db import make_engine
from app.models import metadata
from app.settings import DatabaseSettings, database_url

LOCK = 7_241_983_551
"""Advisory lock: two release processes at once run the migrations one after the other."""


def run(connection: Connection) -> None:
    """One transaction for each migration, so that a failed one leaves no half."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_on_url() -> None:
    """Connect, wait for any other migration run, migrate."""
    url, tls = database_url(os.environ["DATABASE_URL"])
    engine = make_engine(DatabaseSettings(url=url, tls=tls, pool_size=2), "terugblik-migrate")  # type: ignore[arg-type]
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql("SET statement_timeout = 0")
            await connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
            await connection.commit()
            await connection.run_sync(run)
    finally:
        await engine.dispose()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    asyncio.run(run_on_url())
