"""Alembic: the schema of every room, on the database of the settings (or the caller's URL)."""

from alembic import context
from sqlalchemy import create_engine

import app.wiring  # noqa: F401 - imports every room's tables
from app.core.db import Base

url = context.config.get_main_option("sqlalchemy.url")
engine = create_engine(url or "")
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
