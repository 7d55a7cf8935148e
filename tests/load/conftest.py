"""Tests of this room stand in an office after years: the demo tickets, and thousands poured in."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from tests.support.loaded import LOADED, loaded_database, played_ids  # noqa: F401 - fixtures
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
from tests.support.warm import Engines


@pytest.fixture
def bind(
    request: pytest.FixtureRequest,
    engines: Engines,
    worker_id: str,
    loaded_database: str,  # noqa: F811
) -> Iterator[Engine | Connection]:
    with (
        engines.copied(f"loaded_committed_{worker_id}", LOADED)
        if request.node.get_closest_marker("committed")
        else engines.rolled_back(loaded_database)
    ) as bind:
        yield bind
