"""Clearing who has left or is away: permissions first, then the account (E23A §14)."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.access.models import Account
from app.access.queries import active_posts, lock_accounts, lock_grants
from app.access.service import booking
from app.access.service.accounts import close_or_keep
from app.access.service.rules import refuse_own
from app.access.types import AccountState, FormRow
from app.ledgers.queries import booked_sources
from app.ledgers.service import append_rows
from app.ledgers.types import ACCOUNTS, GRANTS
from app.processes.registry import OperationContext


def revoke_grants(session: Session, context: OperationContext, rows: Sequence[FormRow]) -> None:
    """Take every post of the form's subsystem from these people; the accounts stay as they are.

    Raises: ActsOnSelf.
    """
    closing = _closing(session, context, rows, GRANTS.name)
    refuse_own(session, context, closing)
    accounts = lock_accounts(session, {row.person_ref for row in closing})
    subsystem = str(context.answers.get("subsystem", ""))
    labels = booking.Labels(session)
    entries, acts = [], []
    for row in closing:
        account = accounts.get(row.person_ref)
        if account is None:
            continue
        grants = lock_grants(session, [account.id], subsystem)
        held = {grant.post for grant in grants}
        for grant in grants:
            grant.revoke(context.ticket, row.no, context.now)
            acts.append(booking.Act("grant.revoked", account, row.no, subsystem, grant.post))
        entries.append(booking.grant_entry(context, row, account, held, (), labels))
    booking.record(session, context.instance_id, acts, actor=context.actor, now=context.now)
    append_rows(session, now=context.now, unit=context.unit, entries=entries)


def clear_accounts(session: Session, context: OperationContext, rows: Sequence[FormRow]) -> None:
    """Close the accounts that hold nothing any more; others wait for the forms of theirs.

    Raises: ActsOnSelf.
    """
    closing = _closing(session, context, rows, ACCOUNTS.name)
    refuse_own(session, context, closing)
    accounts = lock_accounts(session, {row.person_ref for row in closing})
    posts = active_posts(session, [account.id for account in accounts.values()])
    labels = booking.Labels(session)
    entries, acts = [], []
    for row in closing:
        account = accounts.get(row.person_ref)
        if account is None:
            continue
        was_open = account.state is not AccountState.CLOSED
        act, remark = close_or_keep(context, row, account, posts.get(account.id, ()), labels)
        if was_open and account.state is AccountState.CLOSED:
            acts.append(booking.Act("account.closed", account, row.no))
        entries.append(booking.account_entry(context, row, account, act, remark=remark))
    booking.record(session, context.instance_id, acts, actor=context.actor, now=context.now)
    append_rows(session, now=context.now, unit=context.unit, entries=entries)


def suspend_accounts(session: Session, context: OperationContext, rows: Sequence[FormRow]) -> None:
    """Of an investigation the account is kept and stands still: closing it is the account
    administrator's, who is not to know (R14). Raises: ActsOnSelf.
    """
    closing = _closing(session, context, rows, ACCOUNTS.name)
    refuse_own(session, context, closing)
    accounts = lock_accounts(session, {row.person_ref for row in closing})
    entries, acts = [], []
    for row in closing:
        account = accounts.get(row.person_ref)
        if account is None or account.state is AccountState.CLOSED:
            continue
        suspend(account, context, row.no)
        entries.append(booking.account_entry(context, row, account, "停用"))
        acts.append(booking.Act("account.suspended", account, row.no))
    booking.record(session, context.instance_id, acts, actor=context.actor, now=context.now)
    append_rows(session, now=context.now, unit=context.unit, entries=entries)


def suspend(account: Account, context: OperationContext, row_no: int) -> None:
    account.state = AccountState.SUSPENDED
    account.touch(context.ticket, row_no, context.now)


def _closing(
    session: Session, context: OperationContext, rows: Sequence[FormRow], book: str
) -> list[FormRow]:
    """注销 rows that this book does not have yet: a form that comes back takes effect once."""
    closing = [row for row in rows if not row.keeps_account]
    sources = [booking.source(context, row) for row in closing]
    booked = booked_sources(session, book, sources)
    return [row for row in closing if booking.source(context, row) not in booked]
