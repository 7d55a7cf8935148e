"""The rules asked once more when a form takes effect: weeks may lie between the two."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.access import policy
from app.access.agreements.queries import unagreed
from app.access.queries import ground_of, known_people, own_ref
from app.access.types import ActsOnSelf, FormRow, RowRefused
from app.core import clock
from app.processes.registry import OperationContext


def refuse_own(session: Session, context: OperationContext, rows: Sequence[FormRow]) -> None:
    """Raises: ActsOnSelf."""
    own = own_ref(session, context.actor)
    for row in rows:
        if own is not None and row.person_ref == own:
            raise ActsOnSelf(row)


def refuse_changed(session: Session, context: OperationContext, rows: Sequence[FormRow]) -> None:
    """Raises: RowRefused. Call it with the accounts locked."""
    people = known_people(session, context.now, {row.person_ref for row in rows})
    ground = ground_of(session, context.unit)
    problems = [
        *policy.territory(rows, people, ground, None),
        *policy.staleness(policy.near(rows, people, ground), people, context.ticket),
        *policy.exclusivity(rows, people),
        *policy.suspension(rows, people),
        *unagreed(session, rows, unit_id=context.unit.id, day=clock.local(context.now).date()),
    ]
    if problems:
        raise RowRefused(problems)
