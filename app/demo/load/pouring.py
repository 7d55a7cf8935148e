"""COPY, and the schema around it: what slows a large load down goes first and comes back last.

All in the caller's transaction: either the whole load is there, with every index and constraint
as before, or nothing of it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection as Psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.db import Base
from app.demo.load.casting import Counters
from app.demo.load.moulds import columns_of
from app.demo.load.recording import FOLLOWERS, POURED
from app.insight import service as insight
from app.ledgers.models import LedgerCounter
from app.ledgers.tallies import recount
from app.tickets.models import TicketNumber

TABLES = (*POURED, *FOLLOWERS)
LARGE = ("ix_task_done",)  # partial, and yet of nearly all rows
QUICKER = (
    "SET LOCAL maintenance_work_mem = '256MB'",
    "SET LOCAL synchronous_commit = off",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL lock_timeout = '30s'",
)
CONSTRAINTS = """
    SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid)
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE relname = ANY(%s) AND pg_table_is_visible(conrelid) AND contype IN ('u', 'f')
    ORDER BY contype DESC, pg_constraint.oid
"""
INDEXES = """
    SELECT own.relname, pg_get_indexdef(indexrelid)
    FROM pg_index
    JOIN pg_class own ON own.oid = indexrelid
    JOIN pg_class of_table ON of_table.oid = indrelid
    WHERE of_table.relname = ANY(%s) AND pg_table_is_visible(indrelid)
      AND (indpred IS NULL OR own.relname = ANY(%s))
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY indexrelid
"""


@dataclass(frozen=True)
class TakenDown:
    """The statements that bring everything back."""

    statements: tuple[SQL | Composed, ...]


def lock(session: Session) -> None:
    """Others may read on; whoever writes waits until the load is over."""
    driver = _driver(session)
    for statement in QUICKER:
        driver.execute(statement)
    for name in (*TABLES, "ledger_counter", "ledger_place", "ticket_number"):
        driver.execute(SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(Identifier(name)))


def take_down(session: Session) -> TakenDown:
    """Drop indexes, unique and foreign keys of the poured tables.

    Primary keys stay, since others point at them and ids come in order; so do partial indexes,
    which hold what is open, a trifle here.
    """
    driver, back = _driver(session), list[SQL | Composed]()
    constraints = driver.execute(CONSTRAINTS, [list(TABLES)]).fetchall()
    for table, name, _ in reversed(constraints):
        driver.execute(_of_table(table, "DROP", name))
    for name, definition in driver.execute(INDEXES, [list(TABLES), list(LARGE)]).fetchall():
        driver.execute(Composed([SQL("DROP INDEX "), Identifier(name)]))
        back.append(SQL(definition))
    back += (_of_table(table, "ADD", name, definition) for table, name, definition in constraints)
    return TakenDown(tuple(back))


def _of_table(table: str, verb: LiteralString, name: str, definition: str = "") -> Composed:
    return Composed(
        [
            SQL("ALTER TABLE "),
            Identifier(table),
            SQL(" "),
            SQL(verb),
            SQL(" CONSTRAINT "),
            Identifier(name),
            SQL(" "),
            SQL(definition),
        ]
    )


def bring_back(session: Session, down: TakenDown) -> None:
    driver = _driver(session)
    for statement in down.statements:
        driver.execute(statement)


def pour(session: Session, texts: Mapping[str, str]) -> None:
    """In the order in which tables name each other."""
    with _driver(session).cursor() as cursor:
        for table in Base.metadata.sorted_tables:
            if table.name in TABLES and (lines := texts.get(table.name)):
                columns = SQL(", ").join(map(Identifier, columns_of(table)))
                statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table.name), columns)
                with cursor.copy(statement) as copy:
                    copy.write(lines)


def settle(session: Session, counters: Counters) -> None:
    """The counters go on where the load ended; the planner learns what is there."""
    driver = _driver(session)
    for name in POURED:
        if last := counters.ids[name]:
            sequence = SQL("SELECT setval(pg_get_serial_sequence(quote_ident(%s), 'id'), %s)")
            driver.execute(sequence, [name, last])
    numbers = [{"prefix": prefix, "last": last} for prefix, last in counters.numbers.items()]
    serials = [
        {"name": name, "unit_id": keeper, "year": year, "last": last, "months": []}
        for (name, keeper, year), last in counters.serials.items()
    ]
    _keep(session, TicketNumber, ("prefix",), numbers)
    _keep(session, LedgerCounter, ("name", "unit_id", "year"), serials)
    recount(session)
    for name in TABLES:
        driver.execute(SQL("ANALYZE {}").format(Identifier(name)))
    insight.recount(session)


def _driver(session: Session) -> Psycopg[Any]:
    """COPY is psycopg's own, and so are names in statements that have no expression."""
    driver: Psycopg[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    return driver


def _keep(
    session: Session, table: type[Base], keys: Sequence[str], rows: Sequence[dict[str, Any]]
) -> None:
    if rows:
        given = insert(table).values(rows)
        session.execute(
            given.on_conflict_do_update(index_elements=keys, set_={"last": given.excluded.last})
        )
