"""Taking back what nobody has confirmed: the report stays, the numbers in it go."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.oldbooks import policy
from app.oldbooks.models import OldBook, OldBookRow
from app.oldbooks.queries import access_book
from app.oldbooks.service.checking import record
from app.oldbooks.service.confirming import refuse_settled
from app.oldbooks.types import BadReason, FormFault, NotYourBook

FEWEST, MOST = 2, 200


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
    book.withdraw(actor, words, now)
    session.execute(
        update(OldBookRow).where(OldBookRow.old_book_id == book.id).values(fields_sealed=None)
    )
    record(session, book, "old_book.withdrawn", actor, now, reason=words)
    return book
