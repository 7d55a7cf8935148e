"""附件1 takes effect: accounts, grants and positions of administrators, in one transaction.

Leaving comes before entering, for everybody, so that nobody has two roles in between (R2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.access.administrators import booking, policy
from app.access.administrators.queries import facts_of
from app.access.administrators.types import (
    ADMIN_POST,
    AdminRow,
    Facts,
    SignerOnForm,
    read_admin_rows,
)
from app.access.models import Account, Grant
from app.access.queries import lock_accounts
from app.access.service.booking import Act, record
from app.access.types import (
    AccountKind,
    AccountState,
    FormRow,
    GrantState,
    Problem,
    RowKind,
    RowRefused,
    refused_numbers,
)
from app.core import crypto
from app.identity import service as identity
from app.identity.models import Appointment, Person, Unit
from app.identity.queries import holders_same_level
from app.identity.types import Position
from app.ledgers.queries import booked_sources
from app.ledgers.types import ACCOUNTS
from app.processes.registry import OperationContext
from app.tasks.queries import signers_of
from app.tickets.queries import ticket_of
from app.tickets.service import copying

TOLD = "管理员账户权限申请已经办结，请核对本级的管理员。"
ORDER = {RowKind.CLOSE: 0, RowKind.CHANGE: 1, RowKind.ADD: 2}


@dataclass
class Effect:
    """One form as it takes effect, with what it has booked so far."""

    session: Session
    context: OperationContext
    facts: Facts
    accounts: dict[bytes, Account]
    created: set[bytes]
    book: booking.Book
    acts: list[Act] = field(default_factory=list)

    def person_id(self, row: AdminRow) -> int | None:
        return self.facts.worker(row).id

    def unit_of(self, row: AdminRow) -> Unit:
        """Where somebody works; who is not on record, in the office that asked for him."""
        return self.session.get_one(
            Unit, self.facts.worker(row).unit_id or self.facts.place.unit_id
        )


def apply(session: Session, context: OperationContext) -> None:
    """Carry out the rows that no executor left aside. Raises: SignerOnForm, RowRefused."""
    refused = refused_numbers(context.results.values())
    rows = [row for row in read_admin_rows(context.answers) if row.no not in refused]
    refuse_signers(session, context, rows)
    created = create_missing(session, context, rows, _homes(session, rows))
    accounts = lock_accounts(session, {row.person_ref for row in rows})
    facts = facts_of(session, now=context.now, unit=context.unit, rows=rows, ticket=context.ticket)
    _refuse_changed(context, rows, facts, created)
    effect = Effect(session, context, facts, accounts, created, booking.Book(session, context))
    booked = booked_sources(session, ACCOUNTS.name, [booking.source(context, row) for row in rows])
    for row in sorted(rows, key=lambda row: (ORDER[row.kind], row.no)):
        if booking.source(context, row) not in booked:
            _carry_out(effect, row)
    record(session, context.instance_id, effect.acts, actor=context.actor, now=context.now)
    effect.book.close()


def tell_account_admins(session: Session, context: OperationContext) -> None:
    """抄送 to the account admins of the requester's own 州 or 县市: they keep its accounts."""
    held = holders_same_level(
        session, Position.ACCOUNT_ADMIN, context.unit.division_id, context.now
    )
    others = {one.person_id: one.person for one in held}
    for person_id in (context.actor.person_id, context.requester_id):
        others.pop(person_id, None)
    ticket = ticket_of(session, context.instance_id)
    copying.tell(
        session, ticket, list(others.values()), actor=context.actor, now=context.now, text=TOLD
    )


def _carry_out(effect: Effect, row: AdminRow) -> None:
    account = effect.accounts[row.person_ref]
    if row.kind is RowKind.CLOSE:
        _leave(effect, row, account)
    else:
        enter(effect, row, account, effect.unit_of(row))


def _leave(effect: Effect, row: AdminRow, account: Account) -> None:
    """The account is closed, its grants go, and so does the position that lets him act here."""
    give(effect, row, account, frozenset())
    account.close(effect.context.ticket, row.no, effect.context.now)
    effect.acts.append(Act("account.closed", account, row.no))
    effect.book.account(row, account, "撤销")
    person_id = effect.person_id(row)
    if person_id is not None:
        _dismiss(effect, person_id, Position(row.post))


def enter(effect: Effect, row: AdminRow, account: Account, unit: Unit) -> None:
    """Opened, opened again (R1), or changed; with the grants and the position of the role."""
    context = effect.context
    act, kind = "变更", "account.changed"
    if row.person_ref in effect.created:
        act, kind = "创建", "account.opened"
    elif account.state is AccountState.CLOSED:
        act, kind = "恢复", "account.reopened"
        source = booking.source(context, row)
        account.reopen(unit.id, context.ticket, row.no, source, context.now)
        account.name = row.name or account.name
    account.kind = row.role
    if row.phone and crypto.unseal(account.phone).decode() != row.phone:
        account.phone = crypto.seal(row.phone)
    account.touch(context.ticket, row.no, context.now)
    effect.acts.append(Act(kind, account, row.no))
    effect.book.account(row, account, act)
    if row.role is AccountKind.PERMISSION_ADMIN and row.subsystems:
        give(effect, row, account, frozenset(row.subsystems))
    if row.kind is RowKind.ADD:
        _appoint(effect, row, unit)


def give(effect: Effect, row: AdminRow, account: Account, wanted: frozenset[str]) -> None:
    """Afterwards he gives permissions in exactly these subsystems (R7)."""
    session, context = effect.session, effect.context
    session.flush()  # a new account's id
    held = {
        grant.subsystem: grant
        for grant in session.scalars(
            select(Grant)
            .where(Grant.account_id == account.id, Grant.state == GrantState.ACTIVE)
            .order_by(Grant.id)
            .with_for_update()
        )
    }
    for subsystem in sorted(held.keys() - wanted):
        held[subsystem].revoke(context.ticket, row.no, context.now)
        effect.acts.append(Act("grant.revoked", account, row.no, subsystem, ADMIN_POST))
        effect.book.grant(row, account, subsystem, is_given=False)
    for subsystem in sorted(wanted - held.keys()):
        session.add(
            Grant(
                account_id=account.id,
                subsystem=subsystem,
                post=ADMIN_POST,
                state=GrantState.ACTIVE,
                ticket=context.ticket,
                row_no=row.no,
                at=context.now,
                granted_ticket=context.ticket,
                granted_row=row.no,
                granted_at=context.now,
            )
        )
        effect.acts.append(Act("grant.given", account, row.no, subsystem, ADMIN_POST))
        effect.book.grant(row, account, subsystem, is_given=True)


def create_missing(
    session: Session,
    context: OperationContext,
    rows: Sequence[AdminRow],
    homes: Mapping[bytes, int],
) -> set[bytes]:
    """Insert the accounts of 新增 that nobody has, in one order; answers whose they are.

    Two forms may open the same person at once: the second waits here and then finds an account.
    """
    wanted = {row.person_ref: row for row in rows if row.kind is RowKind.ADD}
    if not wanted:
        return set()
    values = [
        {
            "person_ref": ref,
            "name": row.name,
            "id_number": crypto.seal(row.id_number),
            "phone": crypto.seal(row.phone),
            "unit_id": homes.get(ref, context.unit.id),
            "kind": row.role,
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


def _homes(session: Session, rows: Sequence[AdminRow]) -> dict[bytes, int]:
    found = session.execute(
        select(Person.id_index, Person.unit_id).where(
            Person.id_index.in_({row.person_ref for row in rows})
        )
    )
    return {ref: unit_id for ref, unit_id in found if ref is not None}


def refuse_signers(session: Session, context: OperationContext, rows: Sequence[AdminRow]) -> None:
    """Whoever had a say stands not on the form: also who came on record since it was sent."""
    signers = signers_of(session, context.instance_id, context.submission)
    ids = {task.assignee_id for group in signers.values() for task in group}
    ids |= {task.for_id for group in signers.values() for task in group}
    found = set(
        session.scalars(
            select(Person.id_index).where(
                Person.id.in_({*filter(None, ids), context.actor.person_id})
            )
        )
    )
    for row in rows:
        if row.person_ref in found:
            raise SignerOnForm(row)


def _refuse_changed(
    context: OperationContext, rows: Sequence[AdminRow], facts: Facts, created: set[bytes]
) -> None:
    """The rules once more, with the accounts locked. Who was just opened has no account before."""
    judged = [row for row in rows if row.person_ref not in created]
    found = policy.problems(judged, facts, own_ref=None, ticket=context.ticket)
    found += policy.newcomers([row for row in rows if row.person_ref in created], facts)
    problems = [Problem(plain(one.row), one.field, one.code, one.message) for one in found]
    said = context.answers.get("urgent_reason")
    if not (isinstance(said, str) and said.strip()):
        told = "还没有办完管理员交接，也没有写明先注销的理由"
        problems += [
            Problem(plain(row), "kind", "handover", told) for row in policy.unfinished(rows, facts)
        ]
    if problems:
        raise RowRefused(problems)


def plain(row: AdminRow) -> FormRow:
    return FormRow(
        row.no,
        row.kind,
        row.name,
        row.id_number,
        row.phone,
        row.post,
        row.requirement,
        row.person_ref,
    )


def _appoint(effect: Effect, row: AdminRow, unit: Unit) -> None:
    """Only an executed row makes somebody an administrator here; who is new is put on record."""
    session, context = effect.session, effect.context
    person_id = effect.person_id(row)
    if person_id is None:
        person = identity.create_person(
            session,
            actor=context.actor,
            name=row.name,
            unit=unit,
            id_number=row.id_number,
            phone=row.phone,
            now=context.now,
        )
        person_id = person.id
    identity.appoint(
        session,
        actor=context.actor,
        person_id=person_id,
        position=Position(row.post),
        unit=unit,
        source=context.ticket,
        now=context.now,
    )


def _dismiss(effect: Effect, person_id: int, position: Position) -> None:
    session, context = effect.session, effect.context
    held = session.scalars(
        select(Appointment).where(
            Appointment.person_id == person_id,
            Appointment.position == position,
            Appointment.ends_at.is_(None) | (Appointment.ends_at > context.now),
        )
    ).all()
    for row in held:
        identity.end_appointment(
            session,
            actor=context.actor,
            person_id=person_id,
            position=position,
            unit=row.unit,
            now=context.now,
        )
