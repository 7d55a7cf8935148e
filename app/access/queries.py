"""Reads for checks and operations: accounts by person, active posts, admins among people."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from app.access.models import Account, Grant
from app.access.types import AccountKind, AccountState, GrantState, Ground, Known, Post
from app.core.actor import Actor
from app.identity.models import Appointment, Person, Unit
from app.identity.types import UnitKind
from app.processes.models import Instance, Submission
from app.processes.queries import latest_answers, latest_submission
from app.processes.types import UnitRef
from app.tickets.models import Ticket, TicketPerson

ADMIN_POSITIONS = (AccountKind.ACCOUNT_ADMIN.value, AccountKind.PERMISSION_ADMIN.value)


def known_people(session: Session, now: datetime, refs: Collection[bytes]) -> Mapping[bytes, Known]:
    """All that the rules need of these people, in three statements whatever their number."""
    accounts = {
        account.person_ref: account
        for account in session.scalars(
            select(Account).where(Account.person_ref.in_(refs)).options(joinedload(Account.unit))
        )
    }
    posts = active_posts(session, [account.id for account in accounts.values()])
    names, admins = _own_people(session, now, refs)
    return {
        ref: Known(
            state=account.state if account else None,
            kind=account.kind if account else None,
            name=account.name if account else "",
            unit_name=account.unit.name if account else "",
            unit_path=account.unit.path if account else "",
            division_id=account.unit.division_id if account else None,
            opened_ticket=account.opened_ticket if account else "",
            person_name=names.get(ref, ""),
            posts=frozenset(posts.get(account.id, ())) if account else frozenset(),
            admin_position=admins.get(ref),
        )
        for ref in refs
        for account in [accounts.get(ref)]
    }


def ground_of(session: Session, unit: UnitRef) -> Ground:
    """A township speaks for its own people only, every unit above it for the whole 州 or 县市."""
    place = session.get_one(Unit, unit.id)
    while place.kind not in (UnitKind.TOWNSHIP, UnitKind.DIVISION) and place.parent_id is not None:
        place = session.get_one(Unit, place.parent_id)
    return Ground(unit.division_id, place.path if place.kind is UnitKind.TOWNSHIP else "")


def active_posts(session: Session, account_ids: Collection[int]) -> dict[int, set[Post]]:
    found: dict[int, set[Post]] = defaultdict(set)
    if not account_ids:  # nobody has an account yet: the usual form
        return found
    for account_id, subsystem, post in session.execute(
        select(Grant.account_id, Grant.subsystem, Grant.post).where(
            Grant.account_id.in_(account_ids), Grant.state == GrantState.ACTIVE
        )
    ):
        found[account_id].add(Post(subsystem, post))
    return found


def lock_accounts(session: Session, refs: Collection[bytes]) -> dict[bytes, Account]:
    """These people's accounts, locked in one order so that two forms never wait for each other."""
    rows = session.scalars(
        select(Account)
        .where(Account.person_ref.in_(refs))
        .order_by(Account.person_ref)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {account.person_ref: account for account in rows}


def lock_grants(
    session: Session, account_ids: Collection[int], subsystem: str | None = None
) -> list[Grant]:
    """Their posts in one subsystem, or in all."""
    wanted = select(Grant).where(
        Grant.account_id.in_(account_ids), Grant.state == GrantState.ACTIVE
    )
    if subsystem is not None:
        wanted = wanted.where(Grant.subsystem == subsystem)
    return list(session.scalars(wanted.order_by(Grant.id).with_for_update()))


def posts_taken(session: Session, account_id: int, tickets: Collection[str]) -> set[Post]:
    """The posts that these tickets withdrew from an account."""
    rows = session.execute(
        select(Grant.subsystem, Grant.post).where(
            Grant.account_id == account_id,
            Grant.state == GrantState.REVOKED,
            Grant.ticket.in_(tickets),
        )
    )
    return {Post(subsystem, post) for subsystem, post in rows}


def last_post(session: Session, account_id: int) -> dict[str, list[str]]:
    """Of an account that holds nothing: the post it held last, by subsystem."""
    row = session.execute(
        select(Grant.subsystem, Grant.post)
        .where(Grant.account_id == account_id)
        .order_by(Grant.at.desc(), Grant.id.desc())
        .limit(1)
    ).first()
    return {row.subsystem: [row.post]} if row else {}


def being_cleared(session: Session, process: str, ref: bytes) -> dict[str, str]:
    """By subsystem, the ticket of `process` that names this person and is not over.

    Confidential ones are left out: that there is one is not to be told (R14).
    """
    rows = session.execute(
        select(Ticket.number, Ticket.instance_id)
        .join(TicketPerson, TicketPerson.ticket_id == Ticket.id)
        .where(
            TicketPerson.blind_index == ref,
            Ticket.process == process,
            Ticket.closed_at.is_(None),
            Ticket.submitted_at.is_not(None),
            ~Ticket.is_confidential,
        )
        .order_by(Ticket.id)
    ).all()
    found: dict[str, str] = {}
    for number, instance_id in rows:
        answers = latest_answers(session, instance_id)
        found[str(answers.get("subsystem", ""))] = number
    return found


def opened_by(session: Session, ticket: str) -> list[Account]:
    """Open accounts that this ticket opened and nobody has built upon since, locked."""
    in_use = exists().where(Grant.account_id == Account.id, Grant.state == GrantState.ACTIVE)
    return list(
        session.scalars(
            select(Account)
            .where(Account.opened_ticket == ticket, Account.ticket == ticket, ~in_use)
            .where(Account.state != AccountState.CLOSED)
            .order_by(Account.person_ref)
            .with_for_update()
        )
    )


def find_submitted(session: Session, ticket: str) -> Submission | None:
    """The ticket's latest submission."""
    instance_id = session.scalar(select(Instance.id).where(Instance.number == ticket))
    return latest_submission(session, instance_id) if instance_id is not None else None


def own_ref(session: Session, actor: Actor) -> bytes | None:
    return session.scalar(select(Person.id_index).where(Person.id == actor.person_id))


def _own_people(
    session: Session, now: datetime, refs: Collection[bytes]
) -> tuple[dict[bytes, str], dict[bytes, str]]:
    """Names of those who work here, and the administrators' positions among them."""
    rows = session.execute(
        select(Person.id_index, Person.name, Appointment.position)
        .outerjoin(
            Appointment,
            and_(
                Appointment.person_id == Person.id,
                Appointment.position.in_(ADMIN_POSITIONS),
                Appointment.starts_at <= now,
                or_(Appointment.ends_at.is_(None), Appointment.ends_at > now),
            ),
        )
        .where(Person.id_index.in_(refs))
    ).all()
    known = [(ref, name, position) for ref, name, position in rows if ref is not None]
    return (
        {ref: name for ref, name, _ in known},
        {ref: str(position) for ref, _, position in known if position is not None},
    )
