"""S45: everything sealed moves to the current key while the site runs; nothing is overlooked."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, select, text
from sqlalchemy.orm import Session

from app.core import crypto
from app.core.crypto import FieldCipher
from app.core.db import Base, transaction
from app.documents.models import Document
from app.documents.queries import frozen_pdf
from app.documents.types import DocumentState
from app.keys import service
from app.keys.types import CLEAR, SEALED
from app.tickets.models import Ticket
from tests.support import servers
from tests.support.office import Office

NEW = bytes(range(32, 64))
BOTH = {"t2": NEW, "t1": servers.FIELD_KEY}
PDF = b"%PDF-1.7 an original of before"


@pytest.fixture
def ticket(office: Office, session: Session) -> Ticket:
    made = office.walk(office.start())
    (document,) = session.scalars(select(Document))
    document.pdf, document.state = PDF, DocumentState.FROZEN
    office.draft()
    session.commit()
    return made


@pytest.fixture(autouse=True)
def keys_again() -> Iterator[None]:
    yield
    crypto.configure({"t1": servers.FIELD_KEY})


def rotate(app: Flask, *arguments: str) -> str:
    done = app.test_cli_runner().invoke(args=["keys", "rotate", *arguments])
    assert done.exit_code == 0, done.output
    return str(done.output)


def test_every_column_of_bytes_is_registered() -> None:
    """A new one goes into app/keys/types.py: SEALED and rotation finds it, or CLEAR and why."""
    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert columns == SEALED | set(CLEAR)
    assert not SEALED & set(CLEAR)


def test_only_sealed_columns_are_named_so() -> None:
    named = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    assert named <= SEALED


@pytest.mark.committed
@pytest.mark.parametrize("cipher", FieldCipher)
def test_everything_moves_to_the_current_key(
    app: Flask, session: Session, ticket: Ticket, cipher: FieldCipher
) -> None:
    """Afterwards the new key alone opens every row, and a clear original is sealed too."""
    crypto.configure(BOTH, cipher)
    assert sum(left.rows for left in service.count_left(session)) > 50
    rotate(app, "--batch", "7")
    assert sum(left.rows for left in service.count_left(session)) == 0
    crypto.configure({"t2": NEW})
    session.rollback()
    for column in service.sealed_columns():
        for data in session.scalars(select(column).where(column.is_not(None))):
            assert data.startswith(b"\x00\x02") is (cipher is FieldCipher.SM4_GCM)
            crypto.unseal(data)
    assert frozen_pdf(session, ticket, "operator-account") == PDF
    crypto.configure(BOTH, cipher)
    assert "换了 0 行" in rotate(app)


@pytest.mark.committed
def test_it_goes_on_where_it_stopped_and_leaves_rows_in_use(
    app: Flask, session: Session, ticket: Ticket
) -> None:
    """Batches stand alone; a row that an act holds is skipped and done the next time."""
    crypto.configure(BOTH)
    column = next(c for c in service.sealed_columns() if c.table.name == "submission")
    session.execute(text("SELECT 1 FROM submission FOR UPDATE"))
    with transaction() as other:
        assert service.rotate_batch(other, column) == 0
    session.rollback()
    with transaction() as other:
        assert service.rotate_batch(other, column, 1) == 1
        other.rollback()
    assert [left.rows for left in service.count_left(session) if "submission" in left.column] == [1]
    rotate(app)
    assert ticket.number


def test_a_missing_key_is_said(app: Flask, ticket: Ticket) -> None:
    crypto.configure({"t2": NEW})
    done = app.test_cli_runner().invoke(args=["keys", "rotate"])
    assert done.exit_code == 1
    assert "旧密钥" in done.output
    assert ticket.number
