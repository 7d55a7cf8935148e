"""The quarter's reviews of a 州 or 县市, begun together: a ticket for each department."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from app.access.dormant.overview import departments
from app.access.dormant.policy import can_begin
from app.access.dormant.types import DORMANT, MayNotReview, NothingDue
from app.core import clock
from app.core.actor import Actor
from app.tickets import service as tickets
from app.tickets.models import Ticket


def begin_reviews(
    session: Session, *, actor: Actor, now: datetime, units: Collection[str] = ()
) -> list[Ticket]:
    """Ask every department that is due; of `units` (codes) those alone. All or none.

    Raises: MayNotReview, NothingDue, ReviewedAlready, StepFailed.
    """
    if not can_begin(actor):
        raise MayNotReview
    found = departments(session, actor.division_id, clock.local(now).date())
    due = [one for one in found if one.is_due and (not units or one.code in units)]
    if not due:
        raise NothingDue
    return [_begin(session, actor, now, one.code) for one in due]


def _begin(session: Session, actor: Actor, now: datetime, department: str) -> Ticket:
    answers = {"department": department}
    draft = tickets.create_draft(session, actor=actor, now=now, process=DORMANT, answers=answers)
    return tickets.submit(session, actor=actor, now=now, number=draft.number, answers=answers)
