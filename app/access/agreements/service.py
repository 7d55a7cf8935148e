"""What an agreement that the unit has signed does: it holds, or holds no more."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.agreements.models import Agreement
from app.access.agreements.queries import held_here
from app.access.types import clean_id_number, person_ref
from app.core.errors import Conflict
from app.processes.registry import OperationContext

END = "end"


class NoAgreement(Conflict):
    code = "no_agreement"
    message = "此人现在没有有效的保密协议可以终止。请退回申请人核对。"


def keep_agreement(session: Session, context: OperationContext) -> None:
    """Signed, renewed or ended, as the form says; once a ticket. Raises: NoAgreement."""
    answers = context.answers
    ref = person_ref(clean_id_number(str(answers["id_number"])))
    starts_on = date.fromisoformat(str(answers["starts_on"]))
    if answers["kind"] == END:
        _end(session, context, ref, starts_on)
        return
    known = select(Agreement).where(Agreement.ticket == context.ticket).with_for_update()
    found = session.scalars(known).first()
    if found is None:
        found = Agreement(ticket=context.ticket)
        session.add(found)
    found.person_ref, found.unit_id, found.at = ref, context.unit.id, context.now
    found.starts_on, found.ends_on = starts_on, date.fromisoformat(str(answers["ends_on"]))


def _end(session: Session, context: OperationContext, ref: bytes, day: date) -> None:
    done = select(Agreement.id).where(Agreement.ended_ticket == context.ticket)
    if session.scalars(done).first() is not None:
        return
    held = held_here(session, ref, division_id=context.unit.division_id, day=day)
    if not held:
        raise NoAgreement
    for one in held:
        one.ended_on, one.ended_ticket = day, context.ticket
