"""A prepared statement answers what SQLAlchemy answers, and breaks as SQLAlchemy breaks."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    bindparam,
    cast,
    create_engine,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm import Session

from app.core.outbox import Outbox, OutboxState
from app.core.statements import Prepared
from tests.support.office import NOW

LETTERS = (
    select(Outbox.key, Outbox.state, Outbox.payload, Outbox.due_at, Outbox.done_at, Outbox.id)
    .where(Outbox.state == bindparam("state"), Outbox.due_at <= bindparam("now"))
    .where(Outbox.topic == "test.statements", Outbox.created_at <= bindparam("now"))
    .order_by(Outbox.id)
)
GIVEN = {"state": OutboxState.HELD, "now": NOW}


@pytest.fixture
def letters(session: Session) -> Connection:
    for n in range(3):
        given = {"topic": "test.statements", "payload": {"名": [n, None]}, "due_at": NOW}
        state = OutboxState.HELD if n else OutboxState.WAITING
        session.add(Outbox(key=f"%s {n}", state=state, created_at=NOW, **given))
    session.flush()
    return session.connection()


def test_it_answers_what_sqlalchemy_answers(letters: Connection) -> None:
    """Names that come twice, values known before, enums, JSON, moments, nothing."""
    prepared = Prepared(LETTERS)
    for _ in range(7):  # from the sixth on the database knows it
        rows = prepared.rows(letters, GIVEN)
    assert rows == [tuple(row) for row in letters.execute(LETTERS, GIVEN)]
    assert [row[:2] for row in rows] == [("%s 1", OutboxState.HELD), ("%s 2", OutboxState.HELD)]
    assert prepared.rows(letters, {**GIVEN, "state": OutboxState.DEAD}) == []


def test_more_values_than_psycopg_remembers(letters: Connection) -> None:
    names = [f"n{n}" for n in range(120)]
    total = sum((cast(bindparam(name), BigInteger) for name in names), start=literal(0))
    assert Prepared(select(total)).rows(letters, dict.fromkeys(names, 2)) == [(240,)]


def test_whoever_listens_hears_it(letters: Connection) -> None:
    """Tests count statements, the benchmark asks for their plans."""
    heard: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        heard.append((statement, given))

    event.listen(letters, "before_cursor_execute", note)
    rows = Prepared(LETTERS).rows(letters, GIVEN)
    event.remove(letters, "before_cursor_execute", note)
    assert len(rows) == 2
    ((statement, given),) = heard
    assert statement.startswith("SELECT outbox.key")
    assert given["state"] == "held"


def test_an_error_has_its_name_and_leaves_a_savepoint(letters: Connection) -> None:
    prepared = Prepared(select(cast(bindparam("word"), BigInteger)))
    with pytest.raises(DataError), letters.begin_nested():
        prepared.rows(letters, {"word": "no number"})
    assert prepared.rows(letters, {"word": 5}) == [(5,)]


@pytest.fixture
def own(bind: Engine | Connection) -> Iterator[Engine]:
    """An engine whose connections may break."""
    made = create_engine(bind.engine.url, hide_parameters=True, pool_size=1, max_overflow=0)
    yield made
    made.dispose()


def test_a_connection_that_is_gone_is_thrown_away(own: Engine) -> None:
    """It is told as such, and the next one works."""
    pid = Prepared(select(func.pg_backend_pid()))
    with own.connect() as connection:
        ((gone,),) = pid.rows(connection, {})
    with own.connect() as connection:
        assert pid.rows(connection, {}) == [(gone,)]
        with psycopg.connect(
            own.url.render_as_string(hide_password=False).replace("+psycopg", "")
        ) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [gone])
        with pytest.raises(OperationalError) as caught:
            pid.rows(connection, {})
        assert caught.value.connection_invalidated
    with own.connect() as connection:
        assert pid.rows(connection, {}) != [(gone,)]


def test_a_text_that_hangs_on_its_values_is_refused(letters: Connection) -> None:
    statement = select(Outbox.id).where(Outbox.key.in_(bindparam("keys", expanding=True)))
    with pytest.raises(TypeError):
        Prepared(statement).rows(letters, {"keys": ["a"]})
