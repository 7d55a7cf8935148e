"""Reviews that come round: who keeps accounts or permissions is told when the next one is due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.access.dormant.overview import departments
from app.access.dormant.types import DORMANT
from app.access.reviews.models import Review, ReviewNotice
from app.access.reviews.types import LOG_REVIEW
from app.audit import service as audit
from app.calendar.days import same_day
from app.core import clock
from app.identity.models import Unit
from app.identity.types import UnitKind
from app.ledgers.types import Period
from app.processes.queries import list_published
from app.rules.queries import parameter
from app.tickets.models import Ticket
from app.tickets.types import TicketState

FROM_HOUR = 8  # the office's: nobody is told of it at night
DUE = "review.due"
GIVEN_UP = (TicketState.CANCELLED, TicketState.REFUSED)
IsDue = Callable[[Session, Unit, date, int], bool]


@dataclass(frozen=True)
class Round:
    """A process that comes round every so many months, as its parameter says."""

    process: str
    parameter: str
    is_due: IsDue


def remind_of_reviews(session: Session, *, now: datetime) -> int:
    """Tell each 州 and 县市 once a round; answers how many were told. Safe to run twice."""
    moment = clock.local(now)
    if moment.hour < FROM_HOUR:
        return 0
    published = {one.key for one in list_published(session)}
    told = 0
    for one in (one for one in ROUNDS if one.process in published):
        for division in session.scalars(_divisions()):
            told += _remind(session, one, division, moment.date(), now)
    return told


def _divisions() -> Select[Unit]:
    return select(Unit).where(Unit.kind == UnitKind.DIVISION).order_by(Unit.id)


def _remind(session: Session, one: Round, division: Unit, today: date, now: datetime) -> bool:
    months = parameter(session, one.parameter, division.id, today).value
    notice = session.get(ReviewNotice, (one.process, division.id), with_for_update=True)
    if notice is not None and same_day(notice.told_on.replace(day=1), months) > today:
        return False
    if not one.is_due(session, division, today, months):
        return False
    if notice is None:
        notice = ReviewNotice(process=one.process, division_id=division.id)
        session.add(notice)
    notice.told_on = today
    audit.record(
        session,
        now=now,
        actor=None,
        kind=DUE,
        object=f"unit:{division.code}",
        data={"process": one.process, "unit": division.id},
    )
    return True


def _idle_due(session: Session, division: Unit, today: date, _months: int) -> bool:
    return any(one.is_due for one in departments(session, division.id, today))


def _log_due(session: Session, division: Unit, today: date, months: int) -> bool:
    """The last months are over, and nobody has looked through any of them."""
    first = today.replace(day=1)
    oldest = str(Period.of(same_day(first, -months)))
    looked = session.scalars(
        select(Review.period)
        .join(Ticket, Ticket.instance_id == Review.instance_id)
        .where(Review.process == LOG_REVIEW, Review.division_id == division.id)
        .where(Ticket.state.not_in(GIVEN_UP), Review.period >= oldest)
    ).first()
    return looked is None


ROUNDS = (
    Round(DORMANT, "dormant_review", _idle_due),
    Round(LOG_REVIEW, "permission_log_review", _log_due),
)
