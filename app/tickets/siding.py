"""`tickets.own_side`: who is chosen on a form is of the requester's 州 or 县市, of no company."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.identity.queries import find_person_by_username, get_unit
from app.identity.types import UnitKind
from app.processes import registry
from app.processes.registry import CheckContext
from forms import CheckInput, FieldError

CHECK = "tickets.own_side"


def register() -> None:
    """Give the name to the registry; safe to call again."""
    registry.register_check(CHECK, own_side)


def own_side(session: Session, context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    """Whoever made a thing does not confirm it: those who asked for it do."""
    return tuple(_faults(session, context, given))


def _faults(session: Session, context: CheckContext, given: CheckInput) -> Iterator[FieldError]:
    listed = given.value if isinstance(given.value, list) else [given.value]
    for username in filter(None, listed):
        found = find_person_by_username(session, str(username))
        if found is None:
            continue
        unit = get_unit(session, found.unit_id)
        if unit.kind is UnitKind.COMPANY:
            hint = f"{found.name}是运维公司的人，不能替业务部门确认"
        elif unit.division_id != context.unit.division_id:
            hint = f"{found.name}不是申请部门同级的人，请选申请部门一方的人"
        else:
            continue
        yield FieldError(given.path, "not_own_side", f"{hint}。", hint)
