"""An office after years: the dozen demo tickets, and a heap that was poured. Made once a run."""

import pytest
from sqlalchemy import column, create_engine, func, select, table
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.db import transaction
from app.demo.load import fill
from app.demo.load.recording import POURED
from app.demo.service import decide, play
from app.identity.models import Login
from app.identity.queries import actor_of
from app.processes.service import publishing
from app.tasks.queries import active_tasks
from app.tickets import service as tickets
from app.wiring import join
from scripts.cluster import Cluster
from tests.support import servers
from tests.support.office import NOW, PROCESS, ROOT, TEMPLATE
from tests.support.shared import Run

SCALE = 1_200
LOADED = "template_loaded"
SHIPPED = frozenset(model.stem for model in (ROOT / "bpmn" / "processes").glob("*.bpmn"))
SEAL_USE = "seal-use"
CLERK = "yaohaiyang"
PAPER = {
    "seal": "unit",
    "document": "关于印发《零工驿站管理办法》的通知",
    "copies": 30,
    "recipient": "各乡镇人民政府",
    "reason": "印发执行。",
    "place": "office",
}


def _quiet(_line: str) -> None: ...


def _make(run: Run, cluster: Cluster) -> dict[str, str]:
    cluster.create(LOADED, TEMPLATE)
    engine = create_engine(cluster.url(LOADED))
    join(Settings.from_env(servers.environment(run, cluster.url(LOADED))), bind=engine)
    with transaction() as session:
        for key in sorted(SHIPPED - {PROCESS}):
            version = publishing.deploy(session, now=NOW, bundle=publishing.Bundle.read(ROOT, key))
            publishing.publish(session, now=NOW, key=version.key, number=version.number)
    play(NOW, _quiet)
    with transaction() as session:
        _stamp(session)
    with engine.connect() as connection:
        last = {
            name: connection.scalar(select(func.max(table(name, column("id")).c.id)))
            for name in POURED
        }
    fill(SCALE, NOW, _quiet)
    engine.dispose()
    return {name: str(found or 0) for name, found in last.items()}


def _stamp(session: Session) -> None:
    """Requests for a seal that people walked, one at each place, beside the poured ones."""
    clerk = actor_of(
        session, session.scalars(select(Login.person_id).where(Login.username == CLERK)).one(), NOW
    )
    for agreed in range(3):
        made = tickets.create_draft(session, actor=clerk, now=NOW, process=SEAL_USE, answers=PAPER)
        tickets.submit(session, actor=clerk, now=NOW, number=made.number, answers=PAPER)
        for _ in range(agreed):
            decide(session, active_tasks(session, made.instance_id)[0], "approve", NOW)


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
