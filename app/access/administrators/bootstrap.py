"""初始化 (A13): the first administrators, entered by two persons from sealed paper."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from app.access.administrators import booking, policy, service
from app.access.administrators.checks import at_row
from app.access.administrators.queries import facts_of, homes_of, lock_levels
from app.access.administrators.types import AdminProblem, AdminRow, read_admin_rows
from app.access.models import Account
from app.access.queries import lock_accounts, own_ref
from app.access.service.booking import record
from app.access.types import AccountState, Problem, RowRefused
from app.identity.models import Unit
from app.processes.registry import CheckContext, OperationContext
from forms import CheckInput, FieldError

CHECKED = "check"


def check(session: Session, context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    rows = read_admin_rows(given.answers)
    facts = facts_of(session, now=context.now, unit=context.unit, rows=rows, ticket=context.ticket)
    homes = homes_of(session, {row.unit for row in rows})
    own = own_ref(session, context.actor)
    return tuple(map(at_row, policy.first_of_all(rows, facts, homes, own, context.ticket)))


def apply(session: Session, context: OperationContext) -> None:
    """Open the accounts, give the grants and the positions. Raises: SignerOnForm, RowRefused."""
    rows = read_admin_rows(context.answers)
    service.refuse_signers(session, context, rows)
    codes = {row.unit for row in rows}
    lock_levels(session, codes)
    homes = homes_of(session, codes)
    facts = facts_of(session, now=context.now, unit=context.unit, rows=rows, ticket=context.ticket)
    _refuse(policy.first_of_all(rows, facts, homes, None, context.ticket))
    units = {row.person_ref: homes[row.unit].unit_id for row in rows}
    created = service.create_missing(session, context, rows, units)
    accounts = lock_accounts(session, set(units))
    _refuse(_taken(rows, created, accounts))
    book = booking.Book(session, context, account_step=CHECKED, grant_step=CHECKED)
    effect = service.Effect(session, context, facts, accounts, created, book)
    for row in rows:
        unit = session.get_one(Unit, units[row.person_ref])
        service.enter(effect, row, accounts[row.person_ref], unit)
    record(session, context.instance_id, effect.acts, actor=context.actor, now=context.now)
    book.close()


def _taken(
    rows: Sequence[AdminRow], created: set[bytes], accounts: Mapping[bytes, Account]
) -> list[AdminProblem]:
    """Two forms at once: whoever was opened by the other one is none of this."""
    told = "此人刚才由另一份申请开设了账户"
    return [
        AdminProblem(row, "id_number", "already", told)
        for row in rows
        if row.person_ref not in created
        and accounts[row.person_ref].state is not AccountState.CLOSED
    ]


def _refuse(found: Sequence[AdminProblem]) -> None:
    if found:
        raise RowRefused(
            [Problem(service.plain(one.row), one.field, one.code, one.message) for one in found]
        )
