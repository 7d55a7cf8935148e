"""Alembic: the schema of every room, on the database of the settings (or the caller's URL).

A caller who hands over a connection keeps its transaction: a restore migrates and loads in one.
"""

from alembic import context
from sqlalchemy import Connection, create_engine

import app.wiring  # noqa: F401 - imports every room's tables
from app.core.db import Base


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=Base.metadata, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as opened:
        migrate(opened)
    engine.dispose()
