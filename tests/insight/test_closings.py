"""What closes is counted once, month by month, and the sums are those of a recount."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendar.days import Calendar
from app.core.days import midnight
from app.core.db import reading, transaction
from app.identity.models import Unit
from app.insight import service
from app.insight.counting import worked
from app.insight.models import Closing, ClosingYear
from app.insight.queries import standing, timeliness
from app.insight.spread import HALF, told
from app.insight.types import Standing, every_month
from app.tickets import service as tickets
from app.tickets.models import Ticket
from tests.support import dated
from tests.support.office import Office, race

NATION = Calendar(frozenset({date(2026, 10, day) for day in range(1, 8)}))
FRIDAY = date(2026, 9, 25)


def at(day: date) -> datetime:
    return midnight(day) + timedelta(hours=10)


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (date(2026, 9, 30), date(2026, 9, 30), 0),
        (FRIDAY, date(2026, 9, 27), 0),
        (FRIDAY, date(2026, 9, 28), 1),
        (date(2026, 9, 30), date(2026, 10, 8), 1),
        (date(2026, 10, 1), date(2026, 10, 7), 0),
    ],
)
def test_days_are_counted_as_deadlines_count_them(since: date, until: date, days: int) -> None:
    assert worked(NATION, since, until) == days


def test_days_on_which_the_clock_stood_are_left_out() -> None:
    stood = (at(date(2026, 9, 21)), at(date(2026, 9, 23)))
    assert worked(NATION, date(2026, 9, 18), date(2026, 9, 24), stood) == 2
    assert worked(NATION, date(2026, 9, 18), date(2026, 9, 24), stood[:1]) == 4  # it stands no more


def test_months_that_have_not_begun_are_not_shown() -> None:
    assert list(every_month(2026, date(2026, 3, 1))) == [1, 2, 3]
    assert len(list(every_month(2025, date(2026, 3, 1)))) == 12
    assert list(every_month(2027, date(2026, 3, 1))) == []


def agreed(office: Office, ticket: Ticket, day: str) -> Ticket:
    dated.agree(office, ticket, day)
    dated.agree(office, ticket)
    return ticket


def test_what_closes_is_counted_once(office: Office, session: Session) -> None:
    """In time, late, without a deadline, called off; told twice; and counted all anew."""
    dated.publish(office, deadline="3wd from opened")
    agreed(office, dated.begun(office, "2026-09-14"), "2026-09-16")
    agreed(office, dated.begun(office, "2026-09-14"), "2026-09-21")
    agreed(office, dated.begun(office, "2026-09-28"), "2026-10-09")
    called_off = dated.begun(office)
    tickets.withdraw(
        session, actor=office.actor(dated.CLERK), now=office.tick(), number=called_off.number
    )
    tickets.cancel(
        session, actor=office.actor(dated.CLERK), now=office.tick(), number=called_off.number
    )
    session.flush()
    unit = session.get_one(Ticket, called_off.id).unit_id
    assert len(session.scalars(select(Closing)).all()) == 3
    assert standing(session, office.now + timedelta(hours=1)) == Standing(0, 0, 3)
    assert service.fold(session, limit=2) == 2
    assert service.fold(session) == 1
    assert service.fold(session) == 0
    assert service.differences(session) == []

    (row,) = session.scalars(select(ClosingYear))
    assert (row.year, row.unit_id, row.process) == (2026, unit, dated.KEY)
    assert row.closed[8:10] == [2, 1]
    assert row.on_time[8:10] == [1, 0]
    assert row.late[8:10] == [1, 1]
    assert told(row.spread_of(9), HALF) == "2 个工作日"
    found = timeliness(session, session.get_one(Unit, unit), 2026, date(2026, 11, 2))
    assert (found.whole.closed, found.whole.on_time_share, len(found.months)) == (3, 33, 11)
    assert not found.is_behind
    assert standing(session, office.now) == Standing(3, 3, 0)

    row.late = [0] * 12  # as nobody may
    session.flush()
    assert service.differences(session) == [(2026, unit, dated.KEY)]
    assert service.recount(session) == 1
    session.flush()
    assert service.differences(session) == []


@pytest.mark.committed
def test_counting_side_by_side_and_cut_off_counts_once(office: Office, session: Session) -> None:
    """What a killed job had not committed waits; of several at once each ticket has one."""
    dated.publish(office)
    for _ in range(3):
        agreed(office, dated.begun(office, "2026-09-14"), "2026-09-16")
    session.commit()
    with pytest.raises(ZeroDivisionError):
        _cut_off()
    folds = [lambda one: service.fold(one, limit=1)] * 3
    answers = race(*folds, service.recount)
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    while True:
        with transaction() as left:
            if not service.fold(left):
                break
    with reading() as after:
        assert service.differences(after) == []
        assert standing(after, office.now) == Standing(3, 3, 0)


def _cut_off() -> None:
    with transaction() as session:
        assert service.fold(session) == 3
        raise ZeroDivisionError
