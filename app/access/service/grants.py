"""Giving and taking the posts of one subsystem (R7). One form speaks of one subsystem."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.access.models import Account, Grant
from app.access.queries import lock_accounts, lock_grants
from app.access.service import booking
from app.access.service.accounts import may_end
from app.access.service.rules import refuse_changed, refuse_own
from app.access.types import AccountState, FormRow, GrantState, NotYetAuthorised, read_rows
from app.ledgers.queries import booked_sources
from app.ledgers.service import append_rows
from app.ledgers.types import GRANTS
from app.processes.registry import OperationContext

Held = dict[str, Grant]


def apply_grants(session: Session, context: OperationContext, rows: Sequence[FormRow]) -> None:
    """Afterwards a person has in the form's subsystem exactly the posts the form lists.

    注销 leaves none; rows without a post change contact data only. Other subsystems stay as they
    are. Raises: ActsOnSelf, RowRefused, NotYetAuthorised.
    """
    refuse_own(session, context, rows)
    accounts = lock_accounts(session, {row.person_ref for row in rows})
    refuse_changed(session, context, rows)
    for row in rows:
        if not _is_ready(row, accounts.get(row.person_ref), context.ticket):
            raise NotYetAuthorised(row)
    subsystem = str(context.answers.get("subsystem", ""))
    held = _held(session, accounts, subsystem)
    listed = _listed(read_rows(context.answers))  # a post left aside is neither given nor taken
    booked = booked_sources(session, GRANTS.name, [booking.source(context, row) for row in rows])
    labels = booking.Labels(session)
    entries, acts = [], []
    # Taking comes before giving, for everybody, so that nobody holds both in between (R2).
    for row in sorted(rows, key=lambda row: (row.keeps_account, row.no)):
        if booking.source(context, row) in booked:
            continue
        account = accounts[row.person_ref]
        posts = held[account.id]
        before = set(posts)
        _take(context, row, posts, listed[row.person_ref])
        _give(session, context, row, account, posts, subsystem)
        entries.append(booking.grant_entry(context, row, account, before, set(posts), labels))
        for kind, changed in (
            ("grant.revoked", before - set(posts)),
            ("grant.given", set(posts) - before),
        ):
            acts += [
                booking.Act(kind, account, row.no, subsystem, post) for post in sorted(changed)
            ]
    booking.record(session, context.instance_id, acts, actor=context.actor, now=context.now)
    append_rows(session, now=context.now, unit=context.unit, entries=entries)


def _is_ready(row: FormRow, account: Account | None, ticket: str) -> bool:
    if account is None:
        return False
    return account.state is AccountState.ACTIVE if row.keeps_account else may_end(account, ticket)


def _held(session: Session, accounts: dict[bytes, Account], subsystem: str) -> dict[int, Held]:
    held: dict[int, Held] = defaultdict(dict)
    for grant in lock_grants(session, [one.id for one in accounts.values()], subsystem):
        held[grant.account_id][grant.post] = grant
    return held


def _listed(rows: Sequence[FormRow]) -> dict[bytes, set[str]]:
    listed: dict[bytes, set[str]] = defaultdict(set)
    for row in rows:
        if row.keeps_account and row.post:
            listed[row.person_ref].add(row.post)
    return listed


def _take(context: OperationContext, row: FormRow, posts: Held, listed: set[str]) -> None:
    if row.keeps_account and not listed:
        return
    for post in sorted(set(posts) - listed):
        posts.pop(post).revoke(context.ticket, row.no, context.now)


def _give(
    session: Session,
    context: OperationContext,
    row: FormRow,
    account: Account,
    posts: Held,
    subsystem: str,
) -> None:
    if not row.keeps_account or not row.post or row.post in posts:
        return
    posts[row.post] = Grant(
        account_id=account.id,
        subsystem=subsystem,
        post=row.post,
        state=GrantState.ACTIVE,
        ticket=context.ticket,
        row_no=row.no,
        at=context.now,
        granted_ticket=context.ticket,
        granted_row=row.no,
        granted_at=context.now,
    )
    session.add(posts[row.post])
