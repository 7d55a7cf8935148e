"""An office after years: the dozen demo tickets, and a heap that was poured. Made once a run."""

import pytest
from sqlalchemy import column, create_engine, func, select, table

from app.config import Settings
from app.demo.load import fill
from app.demo.load.recording import POURED
from app.demo.service import play
from app.wiring import join
from scripts.cluster import Cluster
from tests.support import servers
from tests.support.office import NOW, TEMPLATE
from tests.support.shared import Run

SCALE = 1_200
LOADED = "template_loaded"


def _quiet(_line: str) -> None: ...


def _make(run: Run, cluster: Cluster) -> dict[str, str]:
    cluster.create(LOADED, TEMPLATE)
    engine = create_engine(cluster.url(LOADED))
    join(Settings.from_env(servers.environment(run, cluster.url(LOADED), "redis://x")), bind=engine)
    play(NOW, _quiet)
    with engine.connect() as connection:
        last = {
            name: connection.scalar(select(func.max(table(name, column("id")).c.id)))
            for name in POURED
        }
    fill(SCALE, NOW, _quiet)
    engine.dispose()
    return {name: str(found or 0) for name, found in last.items()}


@pytest.fixture(scope="session")
def loaded_database(run: Run, cluster: Cluster, worker_id: str, office_database: str) -> str:
    """This worker's copy, for tests that roll back."""
    name = f"loaded_{worker_id}"
    assert office_database
    run.once("loaded", lambda: _make(run, cluster))
    run.once(name, lambda: cluster.create(name, LOADED) or {})
    return name


@pytest.fixture(scope="session")
def played_ids(run: Run, cluster: Cluster, loaded_database: str) -> dict[str, int]:
    """The last id in each table of what people walked; what is beyond was poured."""
    assert loaded_database
    return {
        name: int(last) for name, last in run.once("loaded", lambda: _make(run, cluster)).items()
    }
