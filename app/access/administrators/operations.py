"""Named effects and rules of administrators: what diagrams and forms say, joined to code."""

from sqlalchemy.orm import Session

from app.access.administrators import bootstrap, checks, handover, preparations, service
from app.access.administrators.queries import level_of
from app.access.administrators.types import read_admin_rows
from app.access.types import AccountKind
from app.processes import registry
from app.processes.registry import OperationContext

LEVEL, PERMISSION_PART = "level", "permission_part"


def sort_administrators(session: Session, context: OperationContext) -> dict[str, str]:
    """Whose administrators it is about, and whether permissions are to be set (R7)."""
    rows = read_admin_rows(context.answers)
    has_part = any(row.role is AccountKind.PERMISSION_ADMIN for row in rows)
    return {
        LEVEL: level_of(session, context.unit).value,
        PERMISSION_PART: "yes" if has_part else "no",
    }


def apply_administrators(session: Session, context: OperationContext) -> None:
    service.apply(session, context)


def tell_account_admins(session: Session, context: OperationContext) -> None:
    service.tell_account_admins(session, context)


def register() -> None:
    """Give every name of administrators to the registry; safe to call again."""
    registry.register_operation(
        "access.sort_administrators", sort_administrators, writes=(LEVEL, PERMISSION_PART)
    )
    registry.register_operation(
        "access.apply_administrators", apply_administrators, writes=(), is_signed=True
    )
    registry.register_operation("access.tell_account_admins", tell_account_admins, writes=())
    registry.register_operation(
        "access.apply_bootstrap", bootstrap.apply, writes=(), is_signed=True
    )
    registry.register_operation(
        "access.sort_handover", handover.sort_handover, writes=("disputed",)
    )
    registry.register_check("access.handover", handover.check)
    registry.register_check("access.disputed_items", handover.disputed_items)
    registry.register_check("access.settled_items", handover.settled_items)
    registry.register_preparation("access.handover_items", handover.lay_out)
    registry.register_check("access.bootstrap", bootstrap.check)
    registry.register_check("access.administrators", checks.administrators)
    registry.register_check("access.refused_admin_rows", checks.refused_rows)
    registry.register_preparation("access.admin_row_order", preparations.row_order)
