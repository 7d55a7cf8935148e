"""Tests of this room stand in an office after years: the demo tickets, and thousands poured in."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from scripts.cluster import Cluster
from tests.support.loaded import borrowed, loaded_database, played_ids  # noqa: F401 - fixtures
from tests.support.office import (  # noqa: F401 - fixtures
    app,
    browser,
    count_queries,
    joined,
    office,
    office_database,
    session,
    settings,
)


@pytest.fixture
def bind(cluster: Cluster, loaded_database: str) -> Iterator[Connection]:  # noqa: F811
    with borrowed(cluster, loaded_database) as connection:
        yield connection
