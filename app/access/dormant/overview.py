"""Which departments are to be reviewed: what lies idle in each, and when each was asked last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.access.activity.models import AccountActivity
from app.access.activity.queries import used_on
from app.access.dormant.queries import GIVEN_UP
from app.access.dormant.types import DORMANT
from app.access.models import Account
from app.access.reviews.models import Review
from app.access.types import AccountKind, AccountState
from app.calendar.days import same_day
from app.core import clock
from app.identity.models import Unit
from app.rules.queries import parameter
from app.tickets.models import Ticket


@dataclass(frozen=True)
class Department:
    """One with idle accounts; `ticket` reviewed it last, or reviews it now."""

    code: str
    name: str
    count: int
    ticket: str = ""
    asked_on: date | None = None
    is_running: bool = False
    is_due: bool = True


def departments(session: Session, division_id: int, today: date) -> list[Department]:
    """Of one 州 or 县市, by code: how many operators' accounts of each lie idle."""
    days = parameter(session, "dormant_days", division_id, today).value
    months = parameter(session, "dormant_review", division_id, today).value
    rows = session.execute(
        select(Unit.id, Unit.code, Unit.name, func.count())
        .join(Account, Account.unit_id == Unit.id)
        .outerjoin(AccountActivity, AccountActivity.account_id == Account.id)
        .where(Unit.division_id == division_id, Account.kind == AccountKind.OPERATOR)
        .where(Account.state == AccountState.ACTIVE)
        .where(used_on() <= today - timedelta(days=days))
        .group_by(Unit.id)
        .order_by(Unit.code)
    ).all()
    asked = _asked(session, [row.id for row in rows])
    return [
        _department(code, name, count, asked.get(unit_id), months, today)
        for unit_id, code, name, count in rows
    ]


def _department(
    code: str,
    name: str,
    count: int,
    before: tuple[str, datetime, datetime | None] | None,
    months: int,
    today: date,
) -> Department:
    if before is None:
        return Department(code, name, count)
    number, at, closed_at = before
    asked_on = clock.local(at).date()
    is_running = closed_at is None
    is_due = not is_running and same_day(asked_on, months) <= today
    return Department(code, name, count, number, asked_on, is_running, is_due)


def _asked(
    session: Session, unit_ids: Sequence[int]
) -> dict[int, tuple[str, datetime, datetime | None]]:
    """The latest review of each that was not given up."""
    other, later = aliased(Review), aliased(Ticket)
    newest = (
        select(func.max(other.id))
        .join(later, later.instance_id == other.instance_id)
        .where(other.process == DORMANT, other.unit_id == Review.unit_id)
        .where(later.state.not_in(GIVEN_UP))
        .scalar_subquery()
    )
    rows = session.execute(
        select(Review.unit_id, Ticket.number, Review.at, Ticket.closed_at)
        .join(Ticket, Ticket.instance_id == Review.instance_id)
        .where(Review.unit_id.in_(unit_ids), Review.id == newest)
    )
    return {unit_id: (number, at, closed_at) for unit_id, number, at, closed_at in rows if unit_id}
