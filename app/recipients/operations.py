"""The names that diagrams and forms use."""

from sqlalchemy.orm import Session

from app.processes import registry
from app.processes.registry import OperationContext
from app.recipients import checks, reckoning, service


def use_list(session: Session, context: OperationContext) -> None:
    """The list of this submission is the ticket's, and no other is any more."""
    service.let_go(session, ticket=context.ticket)
    session.flush()  # a list has one ticket, a ticket one list
    service.use(
        session,
        number=str(context.answers["list_number"]).strip().upper(),
        unit_id=context.unit.id,
        ticket=context.ticket,
    )


def register() -> None:
    """Safe to call again."""
    registry.register_operation("recipients.use", use_list, writes=())
    registry.register_check("recipients.request", checks.request)
    registry.register_check("recipients.bound", checks.bound)
    registry.register_check("recipients.review", checks.review)
    registry.register_preparation("recipients.lay", checks.lay)
    registry.register_reckoning("recipients.request", reckoning.request)
