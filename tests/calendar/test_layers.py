"""The calendar of a unit: the nation's, what is nearer before what is further, estimates."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import yaml
from sqlalchemy.orm import Session

from app.calendar.days import A_DAY, SATURDAY, DayKind
from app.calendar.filling import national
from app.calendar.hours import hours_of
from app.calendar.models import Notice, NoticeDay
from app.calendar.periods import Period
from app.calendar.queries import calendar_for, heard_of, next_working_day, spoken
from app.calendar.terms import Counter as Deadlines
from app.calendar.types import NoticeSource
from app.core import clock
from app.core.days import midnight
from app.identity.models import Region
from app.identity.queries import unit_by_code
from app.identity.service import import_region
from app.identity.types import BadRegion
from scripts.process import ROOT
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


def test_an_afternoon_off_leaves_the_morning_to_the_layer_above(session: Session) -> None:
    """2025-09-28 is a Sunday that the nation works; 10-01 is off."""
    say(session, "422800", 2025, d20250928="half", d20250929="half", d20250930="half")
    say(session, "422826", 2025, d20250929="off", d20251001="half")
    say(session, "422826-jyzx", 2025, d20250930="work")
    since, until = date(2025, 9, 28), date(2025, 10, 1)

    def heard(code: str) -> tuple[str, list[list[str]]]:
        unit = unit_by_code(session, code).id
        calendar = calendar_for(session, unit, since, until)
        days = [since + n * A_DAY for n in range(4)]
        told = heard_of(spoken(session, unit, since, until))
        looks = "".join(
            "半" if calendar.is_half(day) else "班" if calendar.is_working(day) else "休"
            for day in days
        )
        return looks, [[one.kind.value for one in told[day]] for day in days if day in told]

    both = ["half", "work"]
    assert heard("422827-rsj") == ("半半半休", [both, ["half"], ["half"], ["off"]])
    assert heard("422826-rsj") == ("半休半休", [both, ["off"], ["half"], ["off"]])
    assert heard("422826-jyzx") == ("半休班休", [both, ["off"], ["work"], ["off"]])


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
    """Of the nearest unit that has hours of its own; with the day where nobody says any."""
    assert hours_of(session, None) == (time(8, 30), time(17, 30), time(12))
    region = session.get_one(Region, "enshi")
    data: dict[str, Any] = {}

    def keep(**hours: Any) -> None:
        data.update(hours)
        kept = {key: value for key, value in region.data.items() if key != "office_hours"}
        region.data = kept | data
        session.flush()
        session.info.pop("region")

    county, office, other = (
        unit_by_code(session, code).id for code in ("422826", "422826-jyzx", "422827-jyzx")
    )
    keep(office_hours=["08:30-12:00", "14:30-17:30"], unit_hours={"422826": ["09:00-16:30"]})
    assert (
        hours_of(session, county) == hours_of(session, office) == (time(9), time(16, 30), time(12))
    )
    assert hours_of(session, other) == (time(8, 30), time(17, 30), time(12))
    keep(unit_hours={"422826": ["09:00-16:30"], "422826-jyzx": ["08:00-11:40", "14:00-18:00"]})
    assert hours_of(session, office) == (time(8), time(18), time(11, 40))
    assert hours_of(session, county).closes == time(16, 30)
    period = Period(1, "wd")
    since = midnight(date(2026, 11, 20))
    ends = [Deadlines(session).count(unit, period, since).at for unit in (county, office, other)]
    assert [clock.local(one).strftime("%H:%M") for one in ends] == ["16:30", "18:00", "17:30"]
    keep(office_hours=[], unit_hours={})
    assert hours_of(session, office) == (time(), time(23, 59, 59), time(12))
    keep(office_hours=["08:00-11:30"])
    assert hours_of(session, office).noon == time(11, 30)


@pytest.mark.parametrize(
    "wrong", [{"422826": []}, {"422826": ["17:30-08:30"]}, {"nowhere": ["08:30-17:30"]}]
)
def test_hours_of_units_that_are_none(session: Session, wrong: dict[str, list[str]]) -> None:
    data = yaml.safe_load((ROOT / "regions" / "enshi.yaml").read_text(encoding="utf-8"))
    with pytest.raises(BadRegion):
        import_region(session, data=data | {"unit_hours": wrong}, now=datetime.now(UTC))
