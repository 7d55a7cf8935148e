"""The calendar of a unit: the nation's, what is nearer before what is further, estimates."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time

from sqlalchemy.orm import Session

from app.calendar.days import SATURDAY, DayKind
from app.calendar.filling import national
from app.calendar.hours import closing_time
from app.calendar.models import Notice, NoticeDay
from app.calendar.queries import calendar_for, next_working_day
from app.calendar.types import NoticeSource
from app.identity.models import Region
from app.identity.queries import unit_by_code
from tests.support.office import Counter

NOW = datetime(2025, 8, 1, tzinfo=UTC)


def say(session: Session, unit: str | None, year: int, **days: str) -> Notice:
    """`d20250818="off"`: a notice straight into the tables."""
    unit_id = unit_by_code(session, unit).id if unit else None
    notice = Notice(
        unit_id=unit_id,
        year=year,
        number=f"{unit} {days}",
        title="测试",
        source=NoticeSource.ENTERED,
        entered_at=NOW,
    )
    session.add(notice)
    session.flush()
    for day, kind in days.items():
        session.add(
            NoticeDay(
                notice_id=notice.id,
                day=date.fromisoformat(day[1:]),
                unit_id=unit_id,
                kind=DayKind(kind),
            )
        )
    session.flush()
    return notice


def test_every_installation_has_the_nation_s_days(session: Session) -> None:
    """As Monday to Friday would not have them; weekends within a festival are named too."""
    since, until = date(2004, 1, 1), date(2026, 12, 31)
    found, theirs = calendar_for(session, None, since, until), national()
    assert found.known == theirs.known
    assert found.work == theirs.work
    assert {day for day in found.off if day.weekday() < SATURDAY} == theirs.off
    assert date(2026, 10, 3) in found.off


def test_a_local_holiday_holds_for_the_units_below_and_for_no_other(session: Session) -> None:
    """S13b: three working days from Friday 2025-08-15."""
    say(session, "422800", 2025, d20250818="off", d20250819="off")
    since, until = date(2025, 8, 15), date(2025, 9, 15)
    for unit in ("422800", "422800-xxzx", "422826", "422826-jyzx"):
        calendar = calendar_for(session, unit_by_code(session, unit).id, since, until)
        assert calendar.working_days(since, 3).last == date(2025, 8, 22)
    elsewhere = calendar_for(session, None, since, until)
    assert elsewhere.working_days(since, 3).last == date(2025, 8, 20)


def test_the_nearest_layer_is_heard(session: Session) -> None:
    say(session, "422800", 2025, d20250818="off", d20250819="off")
    say(session, "422826-jyzx", 2025, d20250818="work")
    since, until = date(2025, 8, 15), date(2025, 9, 15)

    def off(code: str) -> set[int]:
        calendar = calendar_for(session, unit_by_code(session, code).id, since, until)
        return {day.day for day in (date(2025, 8, 18), date(2025, 8, 19)) if day in calendar.off}

    assert (off("422826-jyzx"), off("422826-rsj"), off("422827-rsj")) == ({19}, {18, 19}, {18, 19})


def test_the_end_of_a_year_without_the_next_notice(session: Session) -> None:
    """S13: an estimate first; a local notice does not make the year known, the nation's does."""
    start, until = date(2026, 12, 28), date(2027, 3, 1)

    def counted() -> tuple[date, bool]:
        unit = unit_by_code(session, "422826-jyzx").id
        found = calendar_for(session, unit, start, until).working_days(start, 5)
        return found.last, found.is_estimate

    assert counted() == (date(2027, 1, 4), True)
    say(session, "422800", 2027, d20270819="off")
    assert counted() == (date(2027, 1, 4), True)
    say(session, None, 2027, d20270101="off", d20270102="off", d20270103="off")
    assert counted() == (date(2027, 1, 5), False)


def test_a_notice_that_was_withdrawn_says_nothing(session: Session) -> None:
    notice = say(session, None, 2027, d20270101="off")
    notice.withdrawn_at = NOW
    said = session.get_one(NoticeDay, (notice.id, date(2027, 1, 1)))
    said.stands = False
    calendar = calendar_for(session, None, date(2026, 12, 28), date(2027, 2, 1))
    assert calendar.is_working(date(2027, 1, 1))
    assert 2027 not in calendar.known


def test_one_statement(session: Session, count_queries: Callable[[], Counter]) -> None:
    unit = unit_by_code(session, "422826-jyzx").id
    session.connection()
    counter = count_queries()
    calendar_for(session, unit, date(2026, 9, 1), date(2026, 12, 31))
    assert len(counter) == 1


def test_the_next_working_day(session: Session) -> None:
    assert next_working_day(session, None, date(2026, 9, 30)) == date(2026, 10, 8)
    assert next_working_day(session, None, date(2026, 10, 9)) == date(2026, 10, 10)  # a Saturday
    assert next_working_day(session, None, date(2026, 10, 8)) == date(2026, 10, 9)


def test_a_day_ends_when_the_office_closes(session: Session) -> None:
    assert closing_time(session) == time(17, 30)
    region = session.get_one(Region, "enshi")
    region.data = {key: value for key, value in region.data.items() if key != "office_hours"}
    session.flush()
    session.info.pop("region")
    assert closing_time(session) == time(23, 59, 59)
