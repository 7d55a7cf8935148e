"""One person: the account, what it holds and held, what the books say, what is asked and open."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.access.activity.models import AccountActivity
from app.access.models import Account
from app.access.types import GrantState, clean_id_number, person_ref
from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.holdings import panels
from app.holdings.queries.admins import administrators
from app.holdings.queries.listing import grants_of, holding, masked
from app.holdings.queries.reach import among, units_within
from app.holdings.types import AccountNotFound, Asked, Booked, NobodyFound, Portrait, Waiting
from app.identity.models import Person, Unit
from app.identity.queries import scope_path
from app.ledgers.models import LedgerRow
from app.ledgers.types import ACCOUNTS, GRANTS
from app.tasks.models import Task
from app.tasks.types import ACTIVE
from app.tickets.models import Ticket, TicketPerson
from app.tickets.queries import is_visible
from app.tickets.types import LABELS

HISTORY = 20
FEW = 20
TITLES = {ACCOUNTS.name: ACCOUNTS.title, GRANTS.name: GRANTS.title}


def find_by_id_number(session: Session, actor: Actor, number: str) -> tuple[int | None, int | None]:
    """The account of this number, or else the administrator without one: (account, person).

    Raises: NobodyFound.
    """
    ref, units = person_ref(clean_id_number(number)), units_within(session, actor)
    account = session.scalar(
        select(Account.id).where(Account.person_ref == ref, among(Account.unit_id, units))
    )
    if account is not None:
        return account, None
    person = session.scalar(
        select(Person.id).where(Person.id_index == ref, among(Person.unit_id, units))
    )
    if person is None:
        raise NobodyFound
    return None, person


def account_of_person(session: Session, actor: Actor, person_id: int) -> int | None:
    """Of somebody who works here. Raises: AccountNotFound."""
    units = units_within(session, actor)
    person = session.scalars(
        select(Person).where(Person.id == person_id, among(Person.unit_id, units))
    ).first()
    if person is None:
        raise AccountNotFound
    return session.scalar(
        select(Account.id).where(
            Account.person_ref == person.id_index, among(Account.unit_id, units)
        )
    )


def portrait_of_account(
    session: Session, *, actor: Actor, now: datetime, account_id: int, cursor: str | None = None
) -> Portrait:
    """Raises: AccountNotFound."""
    units = units_within(session, actor)
    found = session.execute(
        select(Account, Unit.code, Unit.name, Person)
        .join(Unit, Unit.id == Account.unit_id)
        .outerjoin(Person, Person.id_index == Account.person_ref)
        .where(Account.id == account_id, among(Account.unit_id, units))
    ).first()
    if found is None:
        raise AccountNotFound
    account, code, unit, person = found
    used = session.get(AccountActivity, account.id)
    held = grants_of(session, [account.id]).get(account.id, ())
    shown = holding(account, code, unit, held)
    former = grants_of(session, [account.id], GrantState.REVOKED).get(account.id, [])
    roles = administrators(session, now, units, person_id=person.id) if person else ()
    return Portrait(
        name=account.name,
        id_number=shown.id_number,
        phone=shown.phone,
        unit_code=code,
        unit_name=unit,
        account=shown,
        roles=tuple(roles),
        former=tuple(sorted(former, key=lambda one: one.until or now, reverse=True)),
        history=_history(session, actor, account.id, cursor),
        tickets=_tickets(session, actor, account.person_ref),
        waiting=_waiting(session, actor, person),
        login_on=used.login_on if used else None,
        act_on=used.act_on if used else None,
        pushes=panels.panel(session, account.id),
    )


def portrait_of_person(
    session: Session, *, actor: Actor, now: datetime, person_id: int
) -> Portrait:
    """Of an administrator who has no account. Raises: AccountNotFound."""
    units = units_within(session, actor)
    found = session.execute(
        select(Person, Unit.code, Unit.name)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.id == person_id, among(Person.unit_id, units))
    ).first()
    if found is None:
        raise AccountNotFound
    person, code, unit = found
    return Portrait(
        name=person.name,
        id_number=masked(person.id_number),
        phone=masked(person.phone),
        unit_code=code,
        unit_name=unit,
        account=None,
        roles=tuple(administrators(session, now, units, person_id=person.id)),
        former=(),
        history=Page(()),
        tickets=_tickets(session, actor, person.id_index),
        waiting=_waiting(session, actor, person),
    )


def _history(session: Session, actor: Actor, account_id: int, cursor: str | None) -> Page[Booked]:
    """What the books say, newest first; of other places only what the reader may see there."""
    later = aliased(LedgerRow)
    void = select(later.id).where(later.corrects_id == LedgerRow.id).exists()
    statement = select(LedgerRow, void, LedgerRow.id).where(
        LedgerRow.account_id == account_id,
        LedgerRow.place.startswith(scope_path(session, actor), autoescape=True),
    )
    page = page_by_key(session, statement, key=[LedgerRow.id], cursor=cursor, limit=HISTORY)
    return page.map(lambda row: _booked(row[0], is_void=row[1]))


def _booked(row: LedgerRow, *, is_void: bool) -> Booked:
    values = row.values
    is_grant = row.name == GRANTS.name
    told = [values.get("subsystem", ""), values.get("change", "")] if is_grant else []
    told += [values.get("reason", ""), values.get("remark", "")]
    return Booked(
        id=row.id,
        book=row.name,
        title=TITLES.get(row.name, row.name),
        serial=row.serial,
        year=row.year,
        at=row.at,
        act="权限" if is_grant else values.get("act", ""),
        detail="；".join(filter(None, told)),
        executor=values.get("executor", ""),
        ticket=row.ticket,
        row_no=row.row_no,
        is_void=is_void,
    )


def _tickets(session: Session, actor: Actor, ref: bytes | None) -> tuple[Asked, ...]:
    """The latest tickets that name the person and that the reader may open."""
    if ref is None:
        return ()
    named = select(TicketPerson.ticket_id).where(TicketPerson.blind_index == ref)
    rows = session.scalars(
        select(Ticket)
        .join(Unit, Unit.id == Ticket.unit_id)
        .where(Ticket.id.in_(named), is_visible(session, actor))
        .order_by(Ticket.id.desc())
        .limit(FEW)
    )
    return tuple(
        Asked(one.number, one.title, one.state.value, LABELS[one.state], one.updated_at)
        for one in rows
    )


def _waiting(session: Session, actor: Actor, person: Person | None) -> tuple[Waiting, ...]:
    """What the person has in hand, of tickets that the reader may open."""
    if person is None:
        return ()
    mine = aliased(Task)  # the rule of what is visible asks for tasks, too
    rows = session.execute(
        select(Ticket.number, Ticket.title, mine.title, mine.opened_at, mine.due_at)
        .join(mine, mine.instance_id == Ticket.instance_id)
        .join(Unit, Unit.id == Ticket.unit_id)
        .where(mine.assignee_id == person.id, mine.state.in_(ACTIVE))
        .where(is_visible(session, actor))
        .order_by(mine.opened_at)
        .limit(FEW)
    )
    return tuple(Waiting(*row) for row in rows)
