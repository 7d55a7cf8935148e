"""Reads: imports and their rows, in pages."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.models import Unit
from app.identity.queries import in_subtree, scope_path
from app.oldbooks.models import OldBook, OldBookRow
from app.oldbooks.types import BookNotFound, RowState

PAGE = 50


def list_books(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = PAGE
) -> Page[OldBook]:
    """Of the own scope, the latest first."""
    statement = (
        select(OldBook)
        .join(Unit, Unit.id == OldBook.division_id)
        .where(in_subtree(scope_path(session, actor)))
        .options(joinedload(OldBook.division), joinedload(OldBook.uploaded_by))
        .options(joinedload(OldBook.confirmed_by), joinedload(OldBook.withdrawn_by))
        .add_columns(OldBook.id)
    )
    page = page_by_key(session, statement, key=[OldBook.id], cursor=cursor, limit=limit)
    return page.map(lambda row: row[0])


def access_book(session: Session, book_id: int, actor: Actor, *, lock: bool = False) -> OldBook:
    """Within scope; locked for an act. Raises: BookNotFound."""
    statement = (
        select(OldBook)
        .join(Unit, Unit.id == OldBook.division_id)
        .where(OldBook.id == book_id, in_subtree(scope_path(session, actor)))
        .execution_options(populate_existing=True)
    )
    if lock:
        statement = statement.with_for_update(of=OldBook)
    found = session.scalars(statement).first()
    if found is None:
        raise BookNotFound
    return found


def list_rows(
    session: Session,
    book_id: int,
    state: RowState | None,
    *,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[OldBookRow]:
    """In the order of the sheet."""
    statement = select(OldBookRow).where(OldBookRow.old_book_id == book_id)
    if state is not None:
        statement = statement.where(OldBookRow.state == state)
    page = page_by_key(
        session,
        statement.add_columns(OldBookRow.n),
        key=[OldBookRow.n],
        cursor=cursor,
        limit=limit,
        descending=False,
    )
    return page.map(lambda row: row[0])


def rows_of(session: Session, book_id: int, *states: RowState) -> Sequence[OldBookRow]:
    wanted = select(OldBookRow).where(OldBookRow.old_book_id == book_id).order_by(OldBookRow.n)
    return session.scalars(wanted.where(OldBookRow.state.in_(states)) if states else wanted).all()
