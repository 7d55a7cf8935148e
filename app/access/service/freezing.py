"""紧急停用 and its end: the account stands still before anybody has signed (E23A §5)."""

from sqlalchemy.orm import Session

from app.access.models import Account
from app.access.queries import lock_accounts
from app.access.service import booking
from app.access.service.clearing import suspend
from app.access.service.rules import refuse_own
from app.access.types import (
    AccountNotThere,
    AccountState,
    AlreadySuspended,
    FormRow,
    NotSuspended,
    RowKind,
    clean_id_number,
    person_ref,
)
from app.identity import service as identity
from app.identity.queries import find_person_by_id_index
from app.ledgers.service import append_rows
from app.processes.registry import OperationContext

FREEZE, UNFREEZE = "停用", "恢复"


def freeze(session: Session, context: OperationContext) -> None:
    """Suspend the account and end the sessions of its person here.

    Raises: ActsOnSelf, AccountNotThere, AlreadySuspended.
    """
    row = target_of(context)
    refuse_own(session, context, [row])
    account = _locked(session, row)
    if account.state is AccountState.SUSPENDED:
        raise AlreadySuspended(current=account.state.value)
    suspend(account, context, row.no)
    _book(session, context, row, account, FREEZE, "account.suspended")
    person = find_person_by_id_index(session, row.person_ref)
    if person is not None:
        identity.end_sessions(session, person_id=person.id, reason="suspended", now=context.now)


def unfreeze(session: Session, context: OperationContext) -> None:
    """The account works again, with what it held. Raises: ActsOnSelf, NotSuspended."""
    row = target_of(context)
    refuse_own(session, context, [row])
    account = _locked(session, row)
    if account.state is not AccountState.SUSPENDED:
        raise NotSuspended(current=account.state.value)
    account.state = AccountState.ACTIVE
    account.touch(context.ticket, row.no, context.now)
    _book(session, context, row, account, UNFREEZE, "account.resumed")


def target_of(context: OperationContext) -> FormRow:
    """The one person of the form, as the rules and books know rows."""
    number = clean_id_number(str(context.answers.get("id_number", "")))
    return FormRow(
        no=1,
        kind=RowKind.CHANGE,
        name=str(context.answers.get("name", "")),
        id_number=number,
        phone="",
        post="",
        requirement=str(context.answers.get("reason", "")),
        person_ref=person_ref(number),
    )


def _locked(session: Session, row: FormRow) -> Account:
    account = lock_accounts(session, {row.person_ref}).get(row.person_ref)
    if account is None or account.state is AccountState.CLOSED:
        raise AccountNotThere
    return account


def _book(
    session: Session,
    context: OperationContext,
    row: FormRow,
    account: Account,
    act: str,
    kind: str,
) -> None:
    entry = booking.account_entry(context, row, account, act, step=context.node)
    acts = [booking.Act(kind, account, row.no)]
    booking.record(session, context.instance_id, acts, actor=context.actor, now=context.now)
    append_rows(session, now=context.now, unit=context.unit, entries=[entry])
