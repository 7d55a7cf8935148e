"""Taking back what nobody has confirmed, or has in time: the report stays, its numbers go."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.oldbooks import policy
from app.oldbooks.models import OldBook, OldBookRow
from app.oldbooks.queries import access_book
from app.oldbooks.service.checking import record
from app.oldbooks.service.confirming import refuse_settled
from app.oldbooks.types import UNCONFIRMED, BadReason, BookState, FormFault, NotYourBook

FEWEST, MOST = 2, 200
EXPIRED = f"{UNCONFIRMED.days} 天没有人确认，系统撤回。"


def withdraw(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    book_id: int,
    version: int | None,
    reason: str,
) -> OldBook:
    """Raises: BookNotFound, NotYourBook, BookSettled, StaleBook, BadReason."""
    book = access_book(session, book_id, actor, lock=True)
    if not policy.can_withdraw(actor, book.division_id):
        raise NotYourBook
    refuse_settled(book, version)
    words = reason.strip()
    if not FEWEST <= len(words) <= MOST:
        told = f"请写明为什么撤回（{FEWEST} 到 {MOST} 个字）。"
        raise BadReason([FormFault("reason", "words", told)])
    _take_back(session, book, "old_book.withdrawn", actor, words, now)
    return book


def expire(session: Session, *, now: datetime) -> None:
    """What has waited for its second person too long; the same file may be sent again."""
    late = select(OldBook).where(
        OldBook.state == BookState.PENDING, OldBook.uploaded_at < now - UNCONFIRMED
    )
    for book in session.scalars(late.with_for_update(skip_locked=True)):
        _take_back(session, book, "old_book.expired", None, EXPIRED, now)


def _take_back(
    session: Session, book: OldBook, kind: str, actor: Actor | None, words: str, now: datetime
) -> None:
    book.withdraw(actor, words, now)
    session.execute(
        update(OldBookRow).where(OldBookRow.old_book_id == book.id).values(fields_sealed=None)
    )
    record(session, book, kind, actor, now, reason=words)
