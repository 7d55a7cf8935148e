"""What departments gave up is cleared: every post of the account first, then the account itself."""

from collections import defaultdict

from sqlalchemy.orm import Session

from app.access.dormant import queries
from app.access.dormant.service import form_row
from app.access.dormant.types import Decision
from app.access.models import Account, Grant
from app.access.queries import active_posts, lock_accounts, lock_grants
from app.access.reviews.queries import rows_of
from app.access.service import booking
from app.access.service.accounts import close_or_keep
from app.access.service.rules import refuse_own
from app.access.types import AccountState, FormRow
from app.ledgers.queries import booked_sources
from app.ledgers.service import append_rows
from app.ledgers.types import ACCOUNTS
from app.processes.registry import OperationContext


def revoke(session: Session, context: OperationContext) -> None:
    """Take every post in every subsystem; the accounts stay as they are. Raises: ActsOnSelf."""
    rows = _closing(session, context)
    labels, entries, acts = booking.Labels(session), [], []
    for row, account in rows:
        held = defaultdict[str, list[Grant]](list)
        for grant in lock_grants(session, [account.id]):
            held[grant.subsystem].append(grant)
        for subsystem, grants in sorted(held.items()):
            before = {grant.post for grant in grants}
            for grant in grants:
                grant.revoke(context.ticket, row.no, context.now)
                acts.append(booking.Act("grant.revoked", account, row.no, subsystem, grant.post))
            entries.append(
                booking.grant_entry(context, row, account, before, (), labels, subsystem=subsystem)
            )
    booking.record(session, context.instance_id, acts, actor=context.actor, now=context.now)
    append_rows(session, now=context.now, unit=context.unit, entries=entries)


def close(session: Session, context: OperationContext) -> None:
    """Close what holds nothing any more. Raises: ActsOnSelf."""
    rows = _closing(session, context)
    booked = booked_sources(
        session, ACCOUNTS.name, [booking.source(context, row) for row, _ in rows]
    )
    posts = active_posts(session, [account.id for _, account in rows])
    labels, entries, acts = booking.Labels(session), [], []
    for row, account in rows:
        if booking.source(context, row) in booked:
            continue
        was_open = account.state is not AccountState.CLOSED
        act, remark = close_or_keep(context, row, account, posts.get(account.id, ()), labels)
        if was_open and account.state is AccountState.CLOSED:
            acts.append(booking.Act("account.closed", account, row.no))
        entries.append(booking.account_entry(context, row, account, act, remark=remark))
    booking.record(session, context.instance_id, acts, actor=context.actor, now=context.now)
    append_rows(session, now=context.now, unit=context.unit, entries=entries)


def _closing(session: Session, context: OperationContext) -> list[tuple[FormRow, Account]]:
    """The rows to be cleared with their accounts, locked. Who went to another 州 or 县市 meanwhile
    is that one's to clear (R6). Raises: ActsOnSelf.
    """
    review = queries.find_review(session, context.instance_id)
    kept = rows_of(session, review) if review else []
    wanted = [row for row in kept if row.values.get("decision") == Decision.CLOSE]
    refs = queries.accounts_of(session, wanted)
    accounts = lock_accounts(session, set(refs.values()))
    found = []
    for row in wanted:
        account = accounts[refs[row.account_id or 0]]
        if account.unit.division_id == context.unit.division_id:
            found.append((form_row(row, account.person_ref), account))
    refuse_own(session, context, [row for row, _ in found])
    return found
