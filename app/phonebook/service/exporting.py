"""The book as a file, numbers masked: who takes one is on record."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import crypto
from app.core.actor import Actor
from app.core.masking import masked
from app.phonebook import policy
from app.phonebook.models import PhoneEntry
from app.phonebook.queries import areas_within, conditions
from app.phonebook.sheets import book_sheet, line_of
from app.phonebook.types import MOST_EXPORTED, Chosen, NotYourBook


def export(session: Session, *, actor: Actor, now: datetime, chosen: Chosen) -> bytes:
    """The chosen entries, the latest first, as many as one file takes. Raises: NotYourBook."""
    if not policy.can_read(actor):
        raise NotYourBook
    areas = areas_within(session, actor)
    found = session.scalars(
        select(PhoneEntry)
        .where(*conditions(chosen, list(areas)))
        .order_by(PhoneEntry.id.desc())
        .limit(MOST_EXPORTED)
        .execution_options(yield_per=1_000)
    )
    rows = [
        line_of(one, masked(crypto.unseal(one.phone).decode()), areas[one.area_id].name)
        for one in found
    ]
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="phonebook.exported",
        object=f"unit:{actor.unit_code}",
        data={"rows": len(rows)},
    )
    return book_sheet(rows, by=f"{actor.unit_name} {actor.name}", now=now)
