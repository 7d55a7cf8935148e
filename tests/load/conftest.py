"""Tests of this room stand in an office after years: the demo tickets, and thousands poured in."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from tests.support.loaded import loaded_database, played_ids  # noqa: F401 - fixtures
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
def bind(engines: Engines, loaded_database: str) -> Iterator[Connection]:  # noqa: F811
    with engines.rolled_back(loaded_database) as connection:
        yield connection
