"""What receipts say of numbers: one where nobody is, is wrong until a clerk sets it right."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import crypto
from app.core.masking import masked
from app.identity.models import Unit
from app.identity.queries import get_unit, in_subtree
from app.phonebook.models import PhoneEntry
from app.phonebook.types import STATES, State

REASON = "短信回执：空号停机"


def mark_unreachable(
    session: Session, *, unit_id: int, ticket: str, refs: Collection[bytes], now: datetime
) -> int:
    """Of the area of the unit that sent. How many entries were in use until now."""
    area = get_unit(session, get_unit(session, unit_id).division_id)
    found = session.scalars(
        select(PhoneEntry)
        .join(Unit, Unit.id == PhoneEntry.area_id)
        .where(
            PhoneEntry.phone_ref.in_(refs),
            PhoneEntry.state == State.ACTIVE,
            in_subtree(area.path),
        )
        .order_by(PhoneEntry.id)
        .with_for_update(of=PhoneEntry)
        .execution_options(populate_existing=True)
    ).all()
    for one in found:
        one.state, one.state_at, one.state_reason = State.WRONG, now, REASON
        one.wrong_in, one.rev = ticket, one.rev + 1
        facts = {
            "phone": masked(crypto.unseal(one.phone).decode()),
            "value": STATES[State.WRONG],
            "reason": REASON,
            "number": ticket,
        }
        audit.record(
            session,
            now=now,
            actor=None,
            kind="phone.marked",
            object=f"phone:{one.id}",
            data=facts,
        )
    return len(found)
