"""Named effects of diagrams: what service tasks call, and the names the wiring registers."""

from sqlalchemy.orm import Session

from app.access import checks, preparations, service
from app.access.types import read_rows
from app.processes import registry
from app.processes.registry import OperationContext


def apply_accounts(session: Session, context: OperationContext) -> None:
    service.apply_accounts(session, context, read_rows(context.answers))


def apply_grants(session: Session, context: OperationContext) -> None:
    service.apply_grants(session, context, read_rows(context.answers))


def close_accounts(session: Session, context: OperationContext) -> None:
    service.close_accounts(session, context, read_rows(context.answers))


def register() -> None:
    """Give every name of this room to the registry; safe to call again."""
    registry.register_operation("access.apply_accounts", apply_accounts)
    registry.register_operation("access.apply_grants", apply_grants)
    registry.register_operation("access.close_accounts", close_accounts)
    registry.register_check("access.one_account", checks.one_account)
    registry.register_check("access.role_exclusivity", checks.role_exclusivity)
    registry.register_check("access.scope", checks.scope)
    registry.register_check("access.no_example_text", checks.no_example_text)
    registry.register_preparation("access.row_kinds", preparations.row_kinds)
