"""Reads for a review: what lies idle in a department, what has been reviewed and when."""

from datetime import date, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

import forms
from app.access.activity.models import AccountActivity
from app.access.activity.queries import used_on
from app.access.dormant.types import DORMANT, MOST, IdleAccount
from app.access.models import Account, Grant
from app.access.reviews.models import Review, ReviewRow
from app.access.service.booking import Labels
from app.access.types import AccountKind, AccountState, GrantState
from app.core import crypto
from app.identity.models import Person, Unit
from app.tickets.models import Ticket
from app.tickets.types import TicketState

GIVEN_UP = (TicketState.CANCELLED, TicketState.REFUSED, TicketState.WITHDRAWN)


def idle_in(
    session: Session, unit_id: int, *, today: date, days: int, ticket: str = "", but: bytes = b""
) -> list[IdleAccount]:
    """Operators' open accounts of a unit, the longest idle first. What `ticket` itself has
    suspended is among them, the account of `but` is not.
    """
    used = used_on()
    own = and_(Account.state == AccountState.SUSPENDED, Account.ticket == ticket)
    rows = session.execute(
        select(Account, AccountActivity, used)
        .outerjoin(AccountActivity, AccountActivity.account_id == Account.id)
        .where(Account.unit_id == unit_id, Account.kind == AccountKind.OPERATOR)
        .where(or_(Account.state == AccountState.ACTIVE, own), Account.person_ref != but)
        .where(used <= today - timedelta(days=days))
        .order_by(used, Account.id)
        .limit(MOST)
    )
    return [
        IdleAccount(
            account.id,
            account.person_ref,
            account.name,
            forms.mask_text(crypto.unseal(account.id_number).decode()),
            activity.login_on if activity else None,
            activity.act_on if activity else None,
            day,
        )
        for account, activity, day in rows
    ]


def posts_of(session: Session, account_ids: list[int]) -> dict[int, str]:
    """What each account may do, in words: “零工驿站子系统：岗位发布岗”."""
    labels, found = Labels(session), dict[int, dict[str, list[str]]]()
    rows = session.execute(
        select(Grant.account_id, Grant.subsystem, Grant.post)
        .where(Grant.account_id.in_(account_ids), Grant.state == GrantState.ACTIVE)
        .order_by(Grant.account_id, Grant.subsystem, Grant.post)
    )
    for account_id, subsystem, post in rows:
        found.setdefault(account_id, {}).setdefault(subsystem, []).append(post)
    return {
        account_id: "；".join(
            f"{labels.subsystem(code)}：{labels.posts(posts)}" for code, posts in held.items()
        )
        for account_id, held in found.items()
    }


def used_since(session: Session, account_ids: list[int], since: date) -> frozenset[int]:
    """Those of which the managed system has told a use after that day."""
    last = func.greatest(AccountActivity.login_on, AccountActivity.act_on)
    wanted = select(AccountActivity.account_id).where(AccountActivity.account_id.in_(account_ids))
    return frozenset(session.scalars(wanted.where(last > since)))


def lock_department(session: Session, unit_id: int) -> None:
    """Of two who ask it at once the second waits here, and then finds the ticket of the first."""
    session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update(key_share=True))


def running_review(session: Session, unit_id: int, *, but: str | None = None) -> str | None:
    """The ticket that reviews this department and is not over."""
    return session.scalar(
        select(Ticket.number)
        .join(Review, Review.instance_id == Ticket.instance_id)
        .where(Review.process == DORMANT, Review.unit_id == unit_id)
        .where(Ticket.closed_at.is_(None), Ticket.state.not_in(GIVEN_UP))
        .where(Ticket.number != (but or ""))
        .order_by(Ticket.id)
        .limit(1)
    )


def find_review(session: Session, instance_id: int) -> Review | None:
    wanted = select(Review).where(Review.instance_id == instance_id, Review.process == DORMANT)
    return session.scalars(wanted).one_or_none()


def accounts_of(session: Session, rows: list[ReviewRow]) -> dict[int, bytes]:
    """By account, whose it is."""
    ids = [row.account_id for row in rows]
    found = session.execute(select(Account.id, Account.person_ref).where(Account.id.in_(ids)))
    return dict(found.all())


def people_behind(session: Session, refs: list[bytes]) -> list[int]:
    """Who of them works here: nobody answers for an account of his own."""
    return sorted(session.scalars(select(Person.id).where(Person.id_index.in_(refs))))
