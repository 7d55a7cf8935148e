"""`access.tell_operators`: who holds a permission of a subsystem hears when it is changed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Account, Grant
from app.access.types import AccountState, GrantState
from app.audit.service import note
from app.identity.models import Person
from app.processes.models import Instance
from app.processes.registry import OperationContext

EVENT = "release.announced"


def tell_operators(session: Session, context: OperationContext) -> None:
    """Of the subsystem that the form names, in every county; who has no account here is not told.

    The notice leaves with the act: nobody is told of a plan that was not kept.
    """
    subsystem = str(context.answers.get("subsystem", ""))
    plan = context.results.get("release_plan", {})
    holders = (
        select(Person.id)
        .join(Account, Account.person_ref == Person.id_index)
        .join(Grant, Grant.account_id == Account.id)
        .where(
            Grant.subsystem == subsystem,
            Grant.state == GrantState.ACTIVE,
            Account.state == AccountState.ACTIVE,
        )
        .distinct()
        .order_by(Person.id)
    )
    note(
        session,
        session.get_one(Instance, context.instance_id),
        EVENT,
        now=context.now,
        actor=context.actor,
        people=list(session.scalars(holders)),
        subsystem=subsystem,
        starts_at=str(plan.get("starts_at", "")),
    )
