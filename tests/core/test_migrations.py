"""The schema goes up, down and up again, and is what the models say."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect

from app.core.db import Base
from app.core.schema import alembic_config
from scripts.cluster import Cluster


@pytest.fixture
def empty(cluster: Cluster, worker_id: str) -> Iterator[Engine]:
    name = f"migrations_{worker_id}"
    cluster.create(name)
    made = create_engine(cluster.url(name))
    yield made
    made.dispose()
    cluster.drop(name)


def test_up_down_up(empty: Engine) -> None:
    """Down leaves nothing behind; up again leaves no difference to the models."""
    config = alembic_config(empty.url.render_as_string(hide_password=False))
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    assert inspect(empty).get_table_names() == ["alembic_version"]
    assert inspect(empty).get_view_names() == []
    command.upgrade(config, "head")
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
