"""One act a key: the second request with a key waits for the first and hears the same answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.api.models import IdempotencyKey
from app.api.types import KeyReused
from app.core.crypto import seal, unseal

KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Given:
    """An answer as it left."""

    status: int
    body: bytes


def take_key(
    session: Session, *, person_id: int, key: str, fingerprint: bytes, now: datetime
) -> Given | None:
    """Take the key for this transaction, or answer what was said when it was taken.

    The unique key makes a concurrent second one wait until the first has committed or given up.
    Raises: KeyReused.
    """
    taken = session.execute(
        insert(IdempotencyKey)
        .values(person_id=person_id, key=key, fingerprint=fingerprint, created_at=now)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.id)
    ).first()
    if taken is not None:
        return None
    kept = session.execute(
        select(
            IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.answer_sealed
        ).where(IdempotencyKey.person_id == person_id, IdempotencyKey.key == key)
    ).one()
    if kept.fingerprint != fingerprint:
        raise KeyReused
    return Given(kept.status or 200, unseal(kept.answer_sealed) if kept.answer_sealed else b"")


def keep_answer(session: Session, *, person_id: int, key: str, given: Given) -> None:
    session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.person_id == person_id, IdempotencyKey.key == key)
        .values(status=given.status, answer_sealed=seal(given.body))
    )


def forget_keys(session: Session, *, now: datetime) -> None:
    """Answers hold personal data: they go when nobody can reasonably try again any more."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT))
