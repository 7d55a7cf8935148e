"""The harness: one private PostgreSQL and Redis a run, one database a worker, one rollback a test.

A test that asks for `session` (or goes over HTTP through `transaction()`) sees real commits, which
are undone with the outer transaction. Wear `@pytest.mark.committed` where other connections must
see them: the test then gets a database of its own. Journeys ask for `site`, and for the `page` of
journeys/conftest.py.
"""

import gc
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings as examples
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from app.core import crypto, db
from app.core.writing import ActSession
from app.web import logs
from scripts.cluster import Cluster
from tests.support import servers
from tests.support.cost import Cost
from tests.support.shared import FOLDER, Held, Run
from tests.support.warm import Engines

gc.disable()  # until all tests are collected: what is imported is no garbage
# A run finds what the last one found: whoever changed nothing breaks nothing, on no slow machine.
examples.register_profile("suite", deadline=None, derandomize=True, database=None)
examples.load_profile("suite")
HELD = pytest.StashKey[Held]()
LOOPBACK = ("127.", "::1", "localhost")
_connect = socket.socket.connect


def pytest_configure(config: pytest.Config) -> None:
    if FOLDER not in os.environ and not hasattr(config, "workerinput"):
        config.stash[HELD] = Held()
    config.pluginmanager.register(Cost())


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: some tests mostly wait."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long waits first, so that no worker is left alone with one in the end."""
    items.sort(key=lambda item: item.get_closest_marker("faults") is None)


def pytest_collection_finish() -> None:
    """What is imported stays, and need not be looked through again and again: as in wsgi.py."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure(config: pytest.Config) -> None:
    if held := config.stash.get(HELD, None):
        held.release()


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[None]:
    """Nothing but loopback and Unix sockets: a test that reaches out has forgotten its server."""

    def connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"Tests talk to this machine only, not to {address!r}.")
        _connect(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """As every process of a site logs: tracebacks without the values that stood in them."""
    logs.configure("text")


@pytest.fixture(scope="session")
def run() -> Run:
    return Run.current()


@pytest.fixture(scope="session")
def cluster(run: Run) -> Cluster:
    return servers.cluster(run)


@pytest.fixture(scope="session")
def worker_id() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@pytest.fixture(scope="session")
def redis_url(run: Run, worker_id: str) -> str:
    """A real Redis; each worker has a numbered database of its own."""
    return f"{servers.broker(run).url}?virtual_host={int(worker_id.removeprefix('gw')) % 16}"


@pytest.fixture(scope="session")
def engines(cluster: Cluster) -> Iterator[Engines]:
    """This worker's engines; where they lead to, other fixtures say."""
    made = Engines(cluster)
    yield made
    made.end()


@pytest.fixture(scope="session")
def database(cluster: Cluster, worker_id: str) -> str:
    """This worker's copy of the template, for tests that roll back."""
    cluster.create(f"worker_{worker_id}", servers.TEMPLATE)
    return f"worker_{worker_id}"


@pytest.fixture
def bind(
    request: pytest.FixtureRequest, engines: Engines, database: str, worker_id: str
) -> Iterator[Engine | Connection]:
    """What `transaction()` and `reading()` work on during this test."""
    crypto.configure({"t1": servers.FIELD_KEY})
    with (
        engines.copied(f"committed_{worker_id}", servers.TEMPLATE)
        if request.node.get_closest_marker("committed")
        else engines.rolled_back(database)
    ) as bind:
        db.configure(bind)
        yield bind


@pytest.fixture
def session(bind: Engine | Connection) -> Iterator[Session]:
    """A session on the test's database; what it flushes, `transaction()` sees too."""
    mode = "create_savepoint" if isinstance(bind, Connection) else "conditional_savepoint"
    with ActSession(bind, expire_on_commit=False, join_transaction_mode=mode) as made:
        yield made


@pytest.fixture
def environment(run: Run, bind: Engine | Connection, redis_url: str) -> dict[str, str]:
    """For `Settings.from_env`: a site on this test's database."""
    engine = bind if isinstance(bind, Engine) else bind.engine
    url = engine.url.render_as_string(hide_password=False)
    return servers.environment(run, url, redis_url)


@pytest.fixture(scope="session")
def site(run: Run) -> servers.Site:
    """The whole site with its demo data, as `make run` serves it; one a run."""
    return servers.site(run)
