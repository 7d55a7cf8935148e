"""The application's own database role: it does all the work and cannot touch what only grows."""

from collections.abc import Iterator

import pytest
from psycopg import sql
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from app import cli
from app.audit import service
from app.audit.queries import first_break
from app.config import Settings
from app.core.writing import ActSession
from app.wiring import create_app, join
from scripts.cluster import Cluster
from tests.support.office import NOW, Office

pytestmark = pytest.mark.committed
PASSWORD = "only-for-this-run"
GROWING = ("event", "ledger_row", "audit_seal")
FORBIDDEN = (
    "UPDATE {} SET {column} = {column}",
    "DELETE FROM {}",
    "TRUNCATE {} CASCADE",
    "ALTER TABLE {} DISABLE TRIGGER USER",
    "DROP TABLE {} CASCADE",
)
COLUMNS = {"event": "kind", "ledger_row": "ticket", "audit_seal": "at"}


@pytest.fixture
def role(cluster: Cluster, worker_id: str) -> str:
    """Roles belong to the cluster: one for each worker, so that none waits for another."""
    name = f"app_{worker_id}"
    cluster._run(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
    cluster._run(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(name), sql.Literal(PASSWORD)
        )
    )
    return name


@pytest.fixture
def as_app(role: str, bind: Engine, joined: Settings) -> Iterator[Engine]:
    """The site's own connection, after the owner has run `db grant`."""
    app = create_app(joined, bind=bind)
    cli.install(app)
    assert app.test_cli_runner().invoke(args=["db", "grant", role]).exit_code == 0
    engine = create_engine(bind.url.set(username=role, password=PASSWORD))
    join(joined, bind=engine)
    yield engine
    engine.dispose()
    with bind.begin() as owner:
        owner.execute(text(f'DROP OWNED BY "{role}"'))
        owner.execute(text(f'DROP ROLE "{role}"'))


def test_the_role_does_all_the_work(as_app: Engine) -> None:
    """A ticket from draft to ledger, and a seal, without a right too many."""
    with ActSession(as_app, expire_on_commit=False) as session:
        office = Office(session)
        ticket = office.walk(office.start())
        assert service.seal(session, now=office.tick())
        assert first_break(session, ticket.instance.audit_chain, ticket.instance) is None
        session.commit()


@pytest.mark.parametrize("table", GROWING)
def test_the_role_cannot_touch_what_only_grows(as_app: Engine, table: str) -> None:
    """The database says no before any trigger is asked, and the trigger cannot be switched off."""
    for statement in FORBIDDEN:
        with as_app.connect() as connection, pytest.raises(DBAPIError, match=r"permission|owner"):
            connection.execute(text(statement.format(table, column=COLUMNS[table])))


def test_the_role_gives_itself_nothing(as_app: Engine, role: str) -> None:
    with as_app.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text("SELECT grant_to_app(:role)"), {"role": role})


def test_an_act_that_cannot_be_recorded_does_not_happen(as_app: Engine, bind: Engine) -> None:
    """S56: without its event the decision is undone as a whole."""
    with ActSession(as_app, expire_on_commit=False) as session:
        office = Office(session, now=NOW)
        ticket = office.start()
        session.commit()
        with bind.begin() as owner:
            owner.execute(text(f'REVOKE INSERT ON event FROM "{as_app.url.username}"'))
        office.decide(ticket)
        with pytest.raises(DBAPIError, match="permission denied"):
            session.commit()  # writes it all
        session.rollback()
        session.expire_all()
        assert office.task(ticket).node == "department_opinion"
        assert office.task(ticket).outcome is None
