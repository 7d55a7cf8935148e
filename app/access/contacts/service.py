"""Names and phones change as an approved form says; the ledger keeps what was registered before."""

from sqlalchemy.orm import Session

import forms
from app.access.contacts import policy
from app.access.contacts.types import ContactRow, read_contact_rows
from app.access.models import Account
from app.access.queries import ground_of, known_people, lock_accounts
from app.access.service import booking
from app.access.service.rules import refuse_own
from app.access.types import RowRefused
from app.core import crypto
from app.ledgers.queries import booked_sources
from app.ledgers.service import append_rows
from app.ledgers.types import ACCOUNTS
from app.processes.registry import OperationContext

UNCHANGED = "与原登记相同"


def change_contacts(session: Session, context: OperationContext) -> None:
    """Every row or none. Raises: ActsOnSelf, RowRefused."""
    rows = read_contact_rows(context.answers)
    refuse_own(session, context, rows)
    accounts = lock_accounts(session, {row.person_ref for row in rows})
    sources = {booking.source(context, row): row for row in rows}
    booked = booked_sources(session, ACCOUNTS.name, list(sources))
    todo = [row for source, row in sources.items() if source not in booked]
    _refuse_changed(session, context, todo)
    entries, acts = [], []
    for row in todo:
        account = accounts[row.person_ref]
        remark = _change(account, row)
        account.touch(context.ticket, row.no, context.now)
        entries.append(booking.account_entry(context, row, account, "变更", remark=remark))
        acts.append(booking.Act("account.changed", account, row.no))
    booking.record(session, context.instance_id, acts, actor=context.actor, now=context.now)
    append_rows(session, now=context.now, unit=context.unit, entries=entries)


def _refuse_changed(session: Session, context: OperationContext, rows: list[ContactRow]) -> None:
    people = known_people(session, context.now, {row.person_ref for row in rows})
    found = tuple(policy.problems(rows, people, ground_of(session, context.unit)))
    if found:
        raise RowRefused(found)


def _change(account: Account, row: ContactRow) -> str:
    """Answers what was registered before, numbers masked."""
    before = []
    if row.new_name and row.new_name != account.name:
        before.append(f"原姓名：{account.name}")
        account.name = row.new_name
    phone = crypto.unseal(account.phone).decode()
    if row.phone and row.phone != phone:
        before.append(f"原联系方式：{forms.mask_text(phone)}")
        account.phone = crypto.seal(row.phone)
    return "；".join(before) or UNCHANGED
