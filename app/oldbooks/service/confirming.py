"""A second person confirms: accounts, posts and ledger rows are written in one transaction.

Everything is judged once more under the locks. What was reported is what is booked, or nothing is.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.orm import Session

from app.access.models import Account, Grant
from app.access.queries import lock_accounts, own_ref
from app.access.types import AccountState, GrantState
from app.core import clock, crypto
from app.core.actor import Actor
from app.core.tables import Line
from app.ledgers.service import append_placed
from app.oldbooks import policy
from app.oldbooks.folding import NewAccount, Plan, fold
from app.oldbooks.judging import conflicts, judge
from app.oldbooks.models import OldBook, OldBookRow
from app.oldbooks.queries import access_book, rows_of
from app.oldbooks.service.booking import Books
from app.oldbooks.service.checking import facts_of, reads_of, record, refs_of
from app.oldbooks.service.telling import tell
from app.oldbooks.types import (
    SOURCE,
    BookSettled,
    BookState,
    Facts,
    NothingInIt,
    NotYourBook,
    OnTheList,
    PlanChanged,
    RowState,
    SecondPerson,
    StaleBook,
    Verdict,
)

LOCK = 7_040_122  # one import is booked at a time


def confirm(
    session: Session, *, actor: Actor, now: datetime, book_id: int, version: int | None
) -> OldBook:
    """Book what can be, and tell what conflicts.

    Raises: BookNotFound, NotYourBook, SecondPerson, BookSettled, StaleBook, NothingInIt,
    OnTheList, PlanChanged.
    """
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    book = access_book(session, book_id, actor, lock=True)
    refuse_others(actor, book)
    refuse_settled(book, version)
    if not book.ready and not book.conflicts:
        raise NothingInIt
    rows = rows_of(session, book.id)
    verdicts, facts = _judged_again(session, book, rows, now)
    _refuse_own(session, actor, verdicts)
    plan = fold(verdicts, facts)
    book.confirm(actor, now)
    _settle_rows(session, book)
    record(session, book, "old_book.confirmed", actor, now)
    ids = _write(session, book, plan, facts, now)
    told = conflicts(verdicts)
    if told:
        tell(session, book, told, facts, now)
    _book(session, book, plan, ids, actor, now)
    return book


def refuse_others(actor: Actor, book: OldBook) -> None:
    """Raises: NotYourBook, SecondPerson."""
    if not policy.may_decide(actor, book.division_id):
        raise NotYourBook
    if not policy.can_confirm(actor, book.division_id, uploaded_by=book.uploaded_by_id):
        raise SecondPerson


def refuse_settled(book: OldBook, version: int | None) -> None:
    """Raises: BookSettled, StaleBook."""
    if not book.is_pending:
        by = book.confirmed_by or book.withdrawn_by
        at = book.confirmed_at or book.withdrawn_at
        when = f"{clock.local(at):%Y-%m-%d %H:%M}" if at else ""
        did = "确认导入" if book.state is BookState.CONFIRMED else "撤回"
        told = f"{by.name if by else '系统'}已经在 {when} {did}了这本台账，不用再办。"
        raise BookSettled(told, current=book.state.value, version=book.rev)
    if version != book.rev:
        raise StaleBook(current=book.state.value, version=book.rev)


def _judged_again(
    session: Session, book: OldBook, rows: Sequence[OldBookRow], now: datetime
) -> tuple[list[Verdict], Facts]:
    """With the accounts locked. Raises: PlanChanged."""
    lines = [Line(row.n, json.loads(crypto.unseal(row.fields_sealed or b""))) for row in rows]
    reads = reads_of(session, book, lines)
    lock_accounts(session, refs_of(reads))
    facts = facts_of(session, book, reads, now)
    verdicts = judge(reads, facts)
    changed = [
        row.n
        for row, one in zip(rows, verdicts, strict=True)
        if (row.state, row.code) != (one.state, one.code)
    ]
    if changed:
        raise PlanChanged(changed)
    return verdicts, facts


def _refuse_own(session: Session, actor: Actor, verdicts: Sequence[Verdict]) -> None:
    """Raises: OnTheList."""
    own = own_ref(session, actor)
    for one in verdicts:
        if own is not None and one.is_accepted and one.read.row and one.read.row.person_ref == own:
            raise OnTheList(one.n)


def _settle_rows(session: Session, book: OldBook) -> None:
    """What stood in the sheet is in the accounts now; the report keeps no numbers."""
    of_book = OldBookRow.old_book_id == book.id
    session.execute(update(OldBookRow).where(of_book).values(fields_sealed=None))
    ready = update(OldBookRow).where(of_book, OldBookRow.state == RowState.READY)
    session.execute(ready.values(state=RowState.DONE))


def _write(
    session: Session, book: OldBook, plan: Plan, facts: Facts, now: datetime
) -> Mapping[bytes, int]:
    """Accounts and posts; answers everybody's account. Raises: PlanChanged."""
    ids = {ref: one.account_id for ref, one in facts.people.items() if one.account_id}
    made = [_account(book, plan.accounts[ref], now) for ref in sorted(plan.accounts)]
    if made:
        session.execute(insert_once(Account).on_conflict_do_nothing(), made)
        own = select(Account.person_ref, Account.id).where(
            Account.person_ref.in_(plan.accounts), Account.opened_ticket == book.number
        )
        ids |= {row.person_ref: row.id for row in session.execute(own)}
    if late := [one.opened_row for ref, one in plan.accounts.items() if ref not in ids]:
        raise PlanChanged(sorted(late))  # a form has opened an account meanwhile
    grants = list(_grants(book, plan, ids, now))
    if grants:
        session.execute(insert(Grant), grants)
    return ids


def _account(book: OldBook, one: NewAccount, now: datetime) -> dict[str, Any]:
    """It counts from the import on: who never came in since is not idle from its first day."""
    return {
        "person_ref": one.ref,
        "name": one.name,
        "id_number": crypto.seal(one.id_number),
        "phone": crypto.seal(one.phone),
        "unit_id": one.place.id,
        "kind": one.kind,
        "state": one.state,
        "ticket": book.number,
        "row_no": one.last_row,
        "at": now,
        "opened_ticket": book.number,
        "opened_row": one.opened_row,
        "opened_source": f"{SOURCE}{book.id}#{one.opened_row}",
        "opened_at": now,
        "closed_at": now if one.state is AccountState.CLOSED else None,
    }


def _grants(
    book: OldBook, plan: Plan, ids: Mapping[bytes, int], now: datetime
) -> Iterator[dict[str, Any]]:
    for ref, grants in plan.grants.items():
        for one in grants:
            yield {
                "account_id": ids[ref],
                "subsystem": one.post.subsystem,
                "post": one.post.post,
                "state": GrantState.REVOKED if one.taken_row else GrantState.ACTIVE,
                "ticket": book.number,
                "row_no": one.taken_row or one.given_row,
                "at": now,
                "granted_ticket": book.number,
                "granted_row": one.given_row,
                "granted_at": now,
            }


def _book(
    session: Session,
    book: OldBook,
    plan: Plan,
    ids: Mapping[bytes, int],
    actor: Actor,
    now: datetime,
) -> None:
    """Last: the 州 first, then the copies, as everybody takes the counters."""
    books = Books(session, book, actor.name)
    for move in plan.moves:
        books.note(move, ids[move.row.person_ref])
    append_placed(session, now=now, placed=books.own)
    for division_id in sorted(books.copies):
        append_placed(session, now=now, placed=books.copies[division_id])
