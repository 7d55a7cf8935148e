"""What the books of accounts and permissions say, folded, beside what the tables hold."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

import forms
from app.access.models import Account, Grant
from app.access.service.booking import Labels
from app.access.types import KIND_LABELS, AccountKind, AccountState, GrantState
from app.core import crypto
from app.identity.models import Appointment, Person
from app.identity.queries import can_sign_in
from app.ledgers.models import LedgerRow
from app.ledgers.types import ACCOUNTS, GRANTS
from app.oldbooks.models import OldBook
from app.oldbooks.types import BookState
from app.processes.models import Incident, Instance, ProcessVersion, Submission
from app.processes.types import IncidentState
from app.tasks.models import Task
from app.tasks.types import ACTIVE
from tests.support.office import START, Office

STATES = {
    "创建": AccountState.ACTIVE,
    "恢复": AccountState.ACTIVE,
    "停用": AccountState.SUSPENDED,
    "撤销": AccountState.CLOSED,
}
POSTS_OF_ADMINS = {kind.value: label for kind, label in KIND_LABELS.items()}
KEEPS = frozenset({"变更", "更正"})
ADMINS = (AccountKind.ACCOUNT_ADMIN.value, AccountKind.PERMISSION_ADMIN.value)

Who = str  # a masked number: the cast's differ in what is seen of them
States = Mapping[Who, AccountState]
Signers = Mapping[str, Sequence[str]]


def faults(office: Office, signers: Signers) -> Iterator[str]:
    """What must never be, in words; nothing if all is well.

    `signers` are, for each process, the nodes that agree before anything is granted.
    """
    session = office.session
    session.flush()
    accounts = {_who(one): one for one in session.scalars(select(Account))}
    told = _folded_accounts(session)
    for who in accounts.keys() | told.keys():
        account = accounts.get(who)
        held = account.state if account else None
        if told.get(who) is not held:
            yield f"account of {who} is {held}, its book says {told.get(who)}"
    yield from _grants(session, {one.id: who for who, one in accounts.items()})
    yield from _roles(office, accounts)
    yield from _unsigned(session, signers)
    yield from _held_by_nobody(office)


def _who(account: Account) -> Who:
    return forms.mask_text(crypto.unseal(account.id_number).decode())


def _rows(session: Session, name: str) -> Iterator[LedgerRow]:
    return iter(
        session.scalars(select(LedgerRow).where(LedgerRow.name == name).order_by(LedgerRow.id))
    )


def _folded_accounts(session: Session) -> States:
    found: dict[Who, AccountState] = {}
    for row in _rows(session, ACCOUNTS.name):
        act, who = row.values["act"], row.values["id_number"]
        if act in STATES:
            found[who] = STATES[act]
        elif act not in KEEPS:
            raise AssertionError(f"the fold knows no act “{act}”")
        elif who not in found or (act == "变更" and found[who] is AccountState.CLOSED):
            raise AssertionError(f"row {row.serial} changes what is not there: {row.values}")
    return found


def _grants(session: Session, whose: Mapping[int, Who]) -> Iterator[str]:
    labels = Labels(session)
    held: dict[tuple[Who, str], set[str]] = defaultdict(set)
    for grant in session.scalars(select(Grant).where(Grant.state == GrantState.ACTIVE)):
        held[whose[grant.account_id], labels.subsystem(grant.subsystem)].add(
            POSTS_OF_ADMINS.get(grant.post) or labels.post(grant.post)
        )
    told: dict[tuple[Who, str], set[str]] = {}
    for row in _rows(session, GRANTS.name):
        after = row.values["after"]
        posts = set() if after == "无" else set(after.split("、"))
        told[row.values["id_number"], row.values["subsystem"]] = posts
    for key in held.keys() | told.keys():
        if held.get(key, set()) != told.get(key, set()):
            yield f"{key} holds {held.get(key)}, the book says {told.get(key)}"
    closed = {
        whose[one.id]
        for one in session.scalars(select(Account).where(Account.state == AccountState.CLOSED))
    }
    for who, subsystem in held:
        if who in closed:
            yield f"{who} has posts in {subsystem} and no account"


def _roles(office: Office, accounts: Mapping[Who, Account]) -> Iterator[str]:
    """R2: account administrator, permission administrator and operator are never one person."""
    session = office.session
    roles: dict[bytes, set[str]] = defaultdict(set)
    for account in accounts.values():
        if account.state is not AccountState.CLOSED:
            roles[account.person_ref].add(account.kind.value)
    appointed = session.execute(
        select(Person.id_index, Appointment.position)
        .join(Appointment, Appointment.person_id == Person.id)
        .where(Appointment.position.in_(ADMINS))
        .where(or_(Appointment.ends_at.is_(None), Appointment.ends_at > office.now))
    )
    for ref, position in appointed:
        if ref is not None:
            roles[ref].add(position)
    names = {account.person_ref: who for who, account in accounts.items()}
    for ref, held in roles.items():
        if len(held) > 1:
            yield f"{names.get(ref, ref)} is {sorted(held)} at once"


def _unsigned(session: Session, signers: Signers) -> Iterator[str]:
    """R9: all who stand before it had signed the submission that a grant was given on."""
    given = session.execute(
        select(
            *(Instance, ProcessVersion.key, Grant.granted_row, Grant.granted_at),
            Grant.granted_ticket,
        )
        .select_from(Grant)
        .outerjoin(Instance, Instance.number == Grant.granted_ticket)
        .outerjoin(ProcessVersion, ProcessVersion.id == Instance.version_id)
        .where(Grant.state == GrantState.ACTIVE)
    )
    signed: dict[tuple[int, datetime], set[str]] = {}  # one form grants many rows at once
    for instance, process, row, at, ticket in given:
        if instance is None:
            if not _was_confirmed(session, ticket):
                yield f"a grant of row {row} stands on no ticket"
            continue
        key = (instance.id, at)
        if key not in signed:
            signed[key] = _signed(session, instance, at)
        if missing := set(signers.get(process, ())) - signed[key]:
            yield f"row {row} of {instance.number} took effect unsigned by {sorted(missing)}"


def _signed(session: Session, instance: Instance, at: datetime) -> set[str]:
    """The nodes at which others than the requester had agreed to what was handed in last."""
    n = (
        select(func.max(Submission.n))
        .where(Submission.instance_id == instance.id, Submission.submitted_at <= at)
        .scalar_subquery()
    )
    return set(
        session.scalars(
            select(Task.node).where(
                Task.instance_id == instance.id,
                Task.submission == n,
                Task.outcome == "approve",
                Task.done_at <= at,
                Task.assignee_id != instance.requester_id,
            )
        )
    )


def _was_confirmed(session: Session, number: str) -> bool:
    """An import of paper ledgers stands for a form once two have agreed (ADR 0122)."""
    books = session.scalars(select(OldBook).where(OldBook.state == BookState.CONFIRMED))
    return any(
        one.number == number and one.confirmed_by_id not in (None, one.uploaded_by_id)
        for one in books
    )


def _held_by_nobody(office: Office) -> Iterator[str]:
    """No open task is held by somebody who cannot sign in, unless an incident says so."""
    broken = exists().where(
        Incident.instance_id == Task.instance_id, Incident.state == IncidentState.OPEN
    )
    held = select(Task).where(
        Task.state.in_(ACTIVE), Task.assignee_id.is_not(None), Task.node != START, ~broken
    )
    for task in office.session.scalars(held):
        if not can_sign_in(office.session, task.assignee_id or 0, office.now):
            yield f"task {task.id} ({task.node}) is held by {task.assignee_id}, who has no login"
