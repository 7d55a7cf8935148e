"""Two counties beside each other; see `counties`."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from app.config import Settings
from app.core.writing import ActSession
from scripts.cluster import Cluster
from tests.rights import counties, filling
from tests.rights.counties import County
from tests.support.office import (  # noqa: F401 - fixtures
    app,
    joined,
    office,
    office_database,
    settings,
)
from tests.support.shared import Run
from tests.support.warm import Engines


@pytest.fixture(scope="session")
def both(run: Run, cluster: Cluster, office_database: str) -> tuple[County, County]:  # noqa: ARG001, F811
    return counties.read(run.once("two-counties", lambda: filling.make(run, cluster)))


class Onlooker(ActSession):
    """The test's own session beside those of the requests, all on one connection.

    A rollback ends its look, so that the next one sees what requests have done since; it never
    undoes anything, since that would undo what the requests did too.
    """

    wrote = False

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        self.wrote |= bool(self.new or self.dirty or self.deleted)
        super().flush(objects)

    def commit(self) -> None:
        super().commit()
        self.wrote = False

    def rollback(self) -> None:
        pending = self.wrote or self.new or self.dirty or self.deleted
        assert not pending, "Commit first."
        super().commit()
        self.expire_all()


@pytest.fixture
def bind(
    request: pytest.FixtureRequest,
    engines: Engines,
    worker_id: str,
    cluster: Cluster,
    run: Run,
    both: tuple[County, County],  # noqa: ARG001
) -> Iterator[Engine | Connection]:
    name = f"two_counties_{worker_id}"
    if request.node.get_closest_marker("committed"):
        with engines.copied(f"{name}_committed", filling.TWO_COUNTIES) as engine:
            yield engine
        return
    run.once(name, lambda: cluster.create(name, filling.TWO_COUNTIES) or {})
    with engines.rolled_back(name) as connection:
        yield connection


@pytest.fixture
def session(bind: Engine | Connection, joined: Settings) -> Iterator[ActSession]:  # noqa: ARG001, F811
    made = (
        Onlooker(bind, expire_on_commit=False, join_transaction_mode="create_savepoint")
        if isinstance(bind, Connection)
        else ActSession(bind, expire_on_commit=False)
    )
    with made:
        yield made
