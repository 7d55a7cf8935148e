"""Looking through accounts, grants, ledgers and the audit trail of one 州 or 县市 for a period."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.access.models import Account, Grant
from app.access.queries import ADMIN_POSITIONS
from app.access.reviews.models import Review, ReviewRow
from app.access.reviews.types import Finding, FindingKind, Thresholds
from app.access.service.booking import Labels
from app.access.types import KIND_LABELS, AccountKind, AccountState, GrantState
from app.audit.models import Event
from app.core import clock
from app.identity.models import Appointment, Person, Unit
from app.ledgers.models import LedgerRow
from app.ledgers.types import ACCOUNTS, GRANTS
from app.processes.models import Instance
from app.rules.queries import parameter

OWN_ACTS = ("account.opened", "account.changed", "account.reopened", "account.closed")
OWN_GRANTS = ("grant.given", "grant.revoked")
EXPORTS = ("ledger.exported", "tickets.exported")
MOST = 500  # as many rows as a form holds


def find_review(session: Session, process: str, division_id: int, period: str) -> Review | None:
    return session.scalars(
        select(Review).where(
            Review.process == process,
            Review.division_id == division_id,
            Review.period == period,
        )
    ).one_or_none()


def review_of(session: Session, ticket: str | None) -> Review | None:
    wanted = select(Review).join(Instance, Instance.id == Review.instance_id)
    return session.scalars(wanted.where(Instance.number == (ticket or ""))).one_or_none()


def rows_of(session: Session, review: Review) -> list[ReviewRow]:
    wanted = select(ReviewRow).where(ReviewRow.review_id == review.id)
    return list(session.scalars(wanted.order_by(ReviewRow.no)))


def looked_count(session: Session, division_id: int, since: datetime, until: datetime) -> int:
    """Acts on accounts and permissions in the period, as they are booked."""
    counted = select(func.count()).where(
        LedgerRow.name.in_((ACCOUNTS.name, GRANTS.name)), LedgerRow.unit_id == division_id
    )
    return session.scalar(counted.where(LedgerRow.at >= since, LedgerRow.at < until)) or 0


def thresholds(session: Session, division_id: int, day: date) -> Thresholds:
    """As the parameters of the 州 or 县市 are on a day."""
    return Thresholds(
        *(
            parameter(session, key, division_id, day).value
            for key in ("night_from", "night_until", "bulk_export")
        )
    )


def findings(
    session: Session, division_id: int, since: datetime, until: datetime, limits: Thresholds
) -> Iterator[Finding]:
    """By kind, each by its time. At most `MOST` of a kind are looked at."""
    labels = Labels(session)
    yield from _unbooked(session, division_id, since, until, labels)
    yield from _conflicts(session, division_id, until)
    yield from _at_night(session, division_id, since, until, labels, limits)
    yield from _own(session, division_id, since, until)
    yield from _exports(session, division_id, since, until, limits.bulk)


def _granted(division_id: int) -> Select[Grant, Account, Unit]:
    return (
        select(Grant, Account, Unit)
        .join(Account, Account.id == Grant.account_id)
        .join(Unit, Unit.id == Account.unit_id)
        .where(Unit.division_id == division_id)
        .order_by(Grant.granted_at, Grant.id)
        .limit(MOST)
    )


def _said(grant: Grant, account: Account, unit: Unit, labels: Labels) -> str:
    post = f"{labels.subsystem(grant.subsystem)}“{labels.post(grant.post)}”"
    return f"{unit.name}{account.name}：{post}，{grant.granted_ticket} 第{grant.granted_row}行"


def _unbooked(
    session: Session, division_id: int, since: datetime, until: datetime, labels: Labels
) -> Iterator[Finding]:
    """R9: who has a post, or got one in the period, without a row of the ledger for it."""
    booked = exists().where(
        LedgerRow.name == GRANTS.name,
        LedgerRow.ticket == Grant.granted_ticket,
        LedgerRow.row_no == Grant.granted_row,
    )
    in_period = and_(Grant.granted_at >= since, Grant.granted_at < until)
    wanted = _granted(division_id).where(
        ~booked, or_(Grant.state == GrantState.ACTIVE, in_period), Grant.granted_at < until
    )
    for grant, account, unit in session.execute(wanted):
        words = f"{_said(grant, account, unit, labels)}；权限管理台账里没有这一行"
        yield Finding(FindingKind.UNBOOKED, grant.granted_at, words)


def _conflicts(session: Session, division_id: int, until: datetime) -> Iterator[Finding]:
    """R2: who holds posts of an operator and is an administrator as well, here or elsewhere."""
    has_posts = exists().where(Grant.account_id == Account.id, Grant.state == GrantState.ACTIVE)
    holds = and_(
        Appointment.person_id == Person.id,
        Appointment.position.in_(ADMIN_POSITIONS),
        Appointment.starts_at < until,
        or_(Appointment.ends_at.is_(None), Appointment.ends_at >= until),
    )
    wanted = (
        select(Account, Unit, Appointment.position, Appointment.starts_at)
        .join(Unit, Unit.id == Account.unit_id)
        .outerjoin(Person, Person.id_index == Account.person_ref)
        .outerjoin(Appointment, holds)
        .where(Unit.division_id == division_id, Account.state != AccountState.CLOSED, has_posts)
        .where(or_(Appointment.id.is_not(None), Account.kind != AccountKind.OPERATOR))
        .order_by(Account.id)
        .limit(MOST)
    )
    for account, unit, position, since in session.execute(wanted):
        role = KIND_LABELS[AccountKind(position) if position else account.kind]
        words = f"{unit.name}{account.name}：是{role}，又有操作员岗位"
        yield Finding(FindingKind.CONFLICT, since or account.at, words)


def _at_night(
    session: Session,
    division_id: int,
    since: datetime,
    until: datetime,
    labels: Labels,
    limits: Thresholds,
) -> Iterator[Finding]:
    hour = func.extract("hour", func.timezone(str(clock.local(since).tzinfo), Grant.granted_at))
    wanted = _granted(division_id).where(
        Grant.granted_at >= since,
        Grant.granted_at < until,
        or_(hour < limits.night_until, hour >= limits.night_from),
    )
    for grant, account, unit in session.execute(wanted):
        yield Finding(FindingKind.NIGHT, grant.granted_at, _said(grant, account, unit, labels))


def _own(session: Session, division_id: int, since: datetime, until: datetime) -> Iterator[Finding]:
    """R6, R7: whoever carried out what concerns himself."""
    owner = aliased(Person)
    wanted = (
        select(Event, Account, Unit)
        .join(Account, Account.id == Event.data["account"].as_integer())
        .join(Unit, Unit.id == Account.unit_id)
        .join(owner, and_(owner.id == Event.actor_id, owner.id_index == Account.person_ref))
        .where(Event.kind.in_((*OWN_ACTS, *OWN_GRANTS)), Unit.division_id == division_id)
        .where(Event.at >= since, Event.at < until)
        .order_by(Event.id)
        .limit(MOST)
    )
    for event, account, unit in session.execute(wanted):
        number = event.object.removeprefix("ticket:")
        words = f"{unit.name}{account.name}：由本人办理，{number} 第{event.data.get('row')}行"
        yield Finding(FindingKind.SELF, event.at, words)


def _exports(
    session: Session, division_id: int, since: datetime, until: datetime, bulk: int
) -> Iterator[Finding]:
    rows = Event.data["rows"].as_integer()
    wanted = (
        select(Event, rows)
        .join(Person, Person.id == Event.actor_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Event.kind.in_(EXPORTS), rows >= bulk, Unit.division_id == division_id)
        .where(Event.at >= since, Event.at < until)
        .order_by(Event.id)
        .limit(MOST)
    )
    for event, count in session.execute(wanted):
        title = event.data.get("title", "办件清单")
        words = f"{event.unit_name}{event.actor_name}：一次导出{title} {count} 行"
        yield Finding(FindingKind.EXPORT, event.at, words)
