"""Opening, changing, closing accounts as the rows of an approved form say (R1, R6)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.access.models import Account
from app.access.queries import active_posts, lock_accounts, opened_by
from app.access.service import booking
from app.access.service.rules import refuse_changed, refuse_own
from app.access.types import (
    AccountKind,
    AccountState,
    FormRow,
    NotYetAuthorised,
    Post,
    Problem,
    RowKind,
    RowRefused,
    read_rows,
)
from app.core import crypto
from app.core.actor import Actor
from app.ledgers.queries import booked_sources
from app.ledgers.service import append_rows
from app.ledgers.types import ACCOUNTS
from app.processes.registry import OperationContext
from app.processes.types import UnitRef

CORRECTION = "更正"


def apply_accounts(session: Session, context: OperationContext, rows: Sequence[FormRow]) -> None:
    """Open or change accounts for 新增 and 修改; for 注销 only authorise what comes last.

    `rows` are those that are carried out. After a return the latest submission counts: an account
    that only an earlier one asked for is closed again. Raises: ActsOnSelf, RowRefused.
    """
    refuse_own(session, context, rows)
    created = _create_missing(session, context, rows)
    accounts = lock_accounts(session, {row.person_ref for row in rows})
    refuse_changed(session, context, rows)
    _undo_dropped(session, context, rows)
    booked = _booked(session, context, rows)
    earlier = {ref for ref, account in accounts.items() if account.ticket == context.ticket}
    entries, acts = [], []
    for row in rows:
        account = accounts.get(row.person_ref)
        if account is None:
            raise RowRefused([Problem(row, "kind", "no_account", "此人没有账户可以注销")])
        if not row.keeps_account:
            account.authorise_closing(context.ticket, context.actor.name)
            continue
        account.forget_closing()
        if booking.source(context, row) in booked:
            _refuse_closed(row, account)
            continue
        before = account.name, account.opened_source
        act, kind = _open_or_change(context, row, account, is_new=row.person_ref in created)
        created.discard(row.person_ref)
        if act == "变更" and row.person_ref in earlier and not session.is_modified(account):
            continue  # an earlier submission of this ticket did it and nothing is different
        account.touch(context.ticket, row.no, context.now)
        if act == CORRECTION:
            entries.append(booking.correction_entry(context, row, account, *before))
        else:
            entries.append(booking.account_entry(context, row, account, act))
        acts.append(booking.Act(kind, account, row.no))
    booking.record(session, context.instance_id, acts, actor=context.actor, now=context.now)
    append_rows(session, now=context.now, unit=context.unit, entries=entries)


def close_accounts(session: Session, context: OperationContext, rows: Sequence[FormRow]) -> None:
    """Close what the account admin authorised, unless posts of other subsystems remain.

    `rows` are those that are carried out; what was authorised of others is forgotten.
    Raises: NotYetAuthorised.
    """
    closing = [row for row in rows if not row.keeps_account]
    asked = {row.person_ref for row in read_rows(context.answers) if not row.keeps_account}
    accounts = lock_accounts(session, asked)
    for ref in asked - {row.person_ref for row in closing}:
        if ref in accounts and accounts[ref].closing_ticket == context.ticket:
            accounts[ref].forget_closing()
    posts = active_posts(session, [account.id for account in accounts.values()])
    booked = _booked(session, context, closing)
    labels = booking.Labels(session)
    entries, acts = [], []
    for row in closing:
        account = accounts.get(row.person_ref)
        if account is None or not may_end(account, context.ticket):
            raise NotYetAuthorised(row)
        if booking.source(context, row) in booked:
            continue
        executor = account.closing_by
        was_open = account.state is not AccountState.CLOSED
        act, remark = close_or_keep(context, row, account, posts.get(account.id, ()), labels)
        account.forget_closing()
        if was_open and account.state is AccountState.CLOSED:
            acts.append(booking.Act("account.closed", account, row.no))
        entries.append(
            booking.account_entry(context, row, account, act, executor=executor, remark=remark)
        )
    booking.record(session, context.instance_id, acts, actor=context.actor, now=context.now)
    append_rows(session, now=context.now, unit=context.unit, entries=entries)


def close_or_keep(
    context: OperationContext,
    row: FormRow,
    account: Account,
    held: Iterable[Post],
    labels: booking.Labels,
) -> tuple[str, str]:
    """End an account that holds no post any more; answers act and remark for the book."""
    if left := {post.subsystem for post in held}:
        account.touch(context.ticket, row.no, context.now)
        names = "、".join(labels.subsystem(code) for code in sorted(left))
        return "变更", f"尚有{names}的权限，账户保留"
    if account.state is AccountState.CLOSED:
        return "撤销", "账户此前已经撤销"
    account.close(context.ticket, row.no, context.now)
    return "撤销", ""


def undo_accounts(
    session: Session,
    accounts: Sequence[Account],
    *,
    instance_id: int,
    unit: UnitRef,
    reason: str,
    actor: Actor | None,
    now: datetime,
) -> None:
    """Close accounts whose request did not stand in the end; the ledger shows both rows."""
    entries, acts = [], []
    for account in accounts:
        entries.append(booking.undo_entry(account, actor.name if actor else booking.SYSTEM, reason))
        account.close(account.opened_ticket, account.opened_row, now)
        acts.append(booking.Act("account.undone", account, account.opened_row))
    booking.record(session, instance_id, acts, actor=actor, now=now)
    append_rows(session, now=now, unit=unit, entries=entries)


def may_end(account: Account, ticket: str) -> bool:
    """Whether the account admin has had this ticket's closing in hand."""
    done = account.state is AccountState.CLOSED or account.ticket == ticket
    return account.closing_ticket == ticket or done


def _create_missing(
    session: Session, context: OperationContext, rows: Sequence[FormRow]
) -> set[bytes]:
    """Insert the accounts of 新增 that nobody has, in one order; answers whose they are.

    Two forms may open the same person at once: the second waits here and then finds an account.
    """
    wanted = {row.person_ref: row for row in reversed(rows) if row.kind is RowKind.ADD}
    if not wanted:
        return set()
    values = [
        {
            "person_ref": ref,
            "name": row.name,
            "id_number": crypto.seal(row.id_number),
            "phone": crypto.seal(row.phone),
            "unit_id": context.unit.id,
            "kind": AccountKind.OPERATOR,
            "state": AccountState.ACTIVE,
            "ticket": context.ticket,
            "row_no": row.no,
            "at": context.now,
            "opened_ticket": context.ticket,
            "opened_row": row.no,
            "opened_source": booking.source(context, row),
            "opened_at": context.now,
        }
        for ref, row in sorted(wanted.items())
    ]
    statement = insert(Account).values(values).on_conflict_do_nothing()
    return set(session.scalars(statement.returning(Account.person_ref)))


def _open_or_change(
    context: OperationContext, row: FormRow, account: Account, *, is_new: bool
) -> tuple[str, str]:
    if is_new:
        return "创建", "account.opened"
    act = "变更", "account.changed"
    if account.state is AccountState.CLOSED:
        act = "恢复", "account.reopened"
        account.reopen(
            context.unit.id, context.ticket, row.no, booking.source(context, row), context.now
        )
        account.name = row.name or account.name
    elif row.name not in ("", account.name) and account.opened_ticket == context.ticket:
        act = CORRECTION, "account.corrected"
        account.correct_name(row.name, row.no, booking.source(context, row))
    if row.phone and crypto.unseal(account.phone).decode() != row.phone:
        account.phone = crypto.seal(row.phone)
    return act


def _refuse_closed(row: FormRow, account: Account) -> None:
    """A row takes effect once: what was closed after it needs a new submission."""
    if account.state is AccountState.CLOSED:
        raise RowRefused([Problem(row, "kind", "no_account", "此人的账户在开户以后又注销了")])


def _undo_dropped(session: Session, context: OperationContext, rows: Sequence[FormRow]) -> None:
    """What this ticket opened and no longer asks for, or what its executor now leaves aside."""
    asked = {row.person_ref for row in rows if row.keeps_account}
    refused = {row.person_ref: row.no for row in read_rows(context.answers) if row.keeps_account}
    reasons: dict[str, list[Account]] = defaultdict(list)
    for account in opened_by(session, context.ticket):
        if account.person_ref not in asked:
            no = refused.get(account.person_ref)
            gone = f"第{context.submission}次提交的申请表已不含此人"
            reasons[gone if no is None else f"第{no}行未办理"].append(account)
    for reason, accounts in reasons.items():
        undo_accounts(
            session,
            accounts,
            instance_id=context.instance_id,
            unit=context.unit,
            reason=reason,
            actor=context.actor,
            now=context.now,
        )


def _booked(session: Session, context: OperationContext, rows: Sequence[FormRow]) -> frozenset[str]:
    return booked_sources(session, ACCOUNTS.name, [booking.source(context, row) for row in rows])
