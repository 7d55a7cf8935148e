"""Two counties beside each other; see `counties`."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from scripts.cluster import Cluster
from tests.rights import counties
from tests.rights.counties import County
from tests.support.office import (  # noqa: F401 - fixtures
    app,
    joined,
    office,
    office_database,
    session,
    settings,
)
from tests.support.shared import Run
from tests.support.warm import Engines


@pytest.fixture(scope="session")
def both(run: Run, cluster: Cluster, office_database: str) -> tuple[County, County]:  # noqa: ARG001, F811
    return counties.read(run.once("two-counties", lambda: counties.make(run, cluster)))


@pytest.fixture
def bind(
    engines: Engines,
    worker_id: str,
    both: tuple[County, County],  # noqa: ARG001
) -> Iterator[Engine]:
    """A database of its own for each test: a crawl is thousands of transactions."""
    with engines.copied(f"two_counties_{worker_id}", counties.TWO_COUNTIES) as engine:
        yield engine
