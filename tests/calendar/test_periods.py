"""When deadlines end: the worked examples, what is estimated, and clocks that stood."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.calendar.days import Calendar
from app.calendar.filling import national
from app.calendar.periods import Due, Hours, Period, due
from app.core.clock import local

NATION = national()
ENSHI = NATION.overlaid(frozenset({date(2025, 8, 18), date(2025, 8, 19)}), frozenset())
HOURS = Hours(time(8, 30), time(17, 30), time(11, 45))


def at(text: str) -> datetime:
    """A moment in the office's zone."""
    return datetime.fromisoformat(f"{text}+08:00")


def ends(
    period: Period, since: str, calendar: Calendar = NATION, *pauses: tuple[str, str]
) -> tuple[str, bool]:
    found = due(period, at(since), calendar, HOURS, [(at(a), at(b)) for a, b in pauses])
    return local(found.at).strftime("%Y-%m-%d %H:%M"), found.is_estimate


@pytest.mark.parametrize(
    ("since", "count", "last"),
    [
        ("2026-09-18T09:00", 5, "2026-09-24 17:30"),
        ("2026-09-24T23:59", 5, "2026-10-09 17:30"),
        ("2026-09-29T00:00", 3, "2026-10-09 17:30"),
        ("2026-09-30T09:10", 3, "2026-10-10 17:30"),
        ("2026-10-01T12:00", 3, "2026-10-10 17:30"),
        ("2026-10-09T16:40", 3, "2026-10-13 17:30"),
    ],
)
def test_it_ends_where_the_office_closes_on_the_last_day(since: str, count: int, last: str) -> None:
    assert ends(Period(count, "wd"), since) == (last, False)


def test_year_end_without_the_next_notice_is_an_estimate() -> None:
    assert ends(Period(5, "wd"), "2026-12-28T09:00") == ("2027-01-04 17:30", True)
    entered = Calendar(
        NATION.off | {date(2027, 1, 1)}, NATION.work, NATION.known | frozenset({2027})
    )
    assert ends(Period(5, "wd"), "2026-12-28T09:00", entered) == ("2027-01-05 17:30", False)


def test_a_local_holiday_and_what_was_skipped() -> None:
    found = due(Period(3, "wd"), at("2025-08-15T09:00"), ENSHI, HOURS)
    assert local(found.at).date() == date(2025, 8, 22)
    assert found.skipped == tuple(date(2025, 8, day) for day in (16, 17, 18, 19))


@pytest.mark.parametrize(
    ("count", "unit", "since", "last"),
    [
        (10, "d", "2026-09-22T09:00", "2026-10-08 17:30"),  # ends on a holiday
        (1, "mo", "2026-01-31T09:00", "2026-02-28 17:30"),  # a Saturday that is worked
        (3, "mo", "2025-11-29T09:00", "2026-02-28 17:30"),
        (3, "mo", "2023-11-29T09:00", "2024-02-29 17:30"),
        (48, "h", "2026-10-01T09:15", "2026-10-03 09:15"),  # hours know no holidays
    ],
)
def test_natural_days_months_and_hours(count: int, unit: str, since: str, last: str) -> None:
    assert ends(Period(count, unit), since)[0] == last


@pytest.mark.parametrize(
    ("count", "unit", "since", "last"),
    [
        (3, "wd", "2026-09-30T09:00", "2026-10-10 11:45"),  # a Saturday that is worked
        (1, "wd", "2026-10-09T13:00", "2026-10-10 11:45"),
        (2, "wd", "2026-10-09T13:00", "2026-10-12 17:30"),  # half days in between
        (17, "d", "2026-09-22T09:00", "2026-10-09 11:45"),
        (1, "mo", "2026-09-10T09:00", "2026-10-10 11:45"),
        (1, "wd", "2026-09-30T09:00", "2026-10-08 17:30"),  # what is off has no afternoon
        (24, "h", "2026-10-09T15:00", "2026-10-10 15:00"),  # hours are plain hours
    ],
)
def test_an_afternoon_off_ends_its_day_at_noon(
    count: int, unit: str, since: str, last: str
) -> None:
    half = frozenset(date(2026, 10, day) for day in (1, 9, 10))
    calendar = NATION.overlaid(frozenset(), frozenset(), half)
    assert ends(Period(count, unit), since, calendar)[0] == last


def test_an_afternoon_off_after_a_pause() -> None:
    calendar = NATION.overlaid(frozenset(), frozenset(), frozenset({date(2026, 11, 10)}))
    stood = ("2026-11-03T15:00", "2026-11-06T10:00")
    found = ends(Period(3, "wd"), "2026-11-02T09:00", calendar, stood)
    assert found[0] == "2026-11-10 11:45"


@pytest.mark.parametrize(
    ("count", "unit", "pauses", "last"),
    [
        # Received Mon 11-02; back to the applicant on Tue 11-03, in again on Fri 11-06.
        (3, "wd", [("2026-11-03T15:00", "2026-11-06T10:00")], "2026-11-10 17:30"),
        (3, "wd", [("2026-11-03T09:00", "2026-11-03T16:00")], "2026-11-05 17:30"),  # one day
        (3, "wd", [("2026-11-06T09:00", "2026-11-12T16:00")], "2026-11-05 17:30"),  # over before
        (3, "d", [("2026-11-03T15:00", "2026-11-06T10:00")], "2026-11-09 17:30"),  # 11-08 is Sunday
        (3, "d", [("2026-11-09T09:00", "2026-11-12T16:00")], "2026-11-05 17:30"),
        (24, "h", [("2026-11-02T15:00", "2026-11-04T10:00")], "2026-11-05 04:00"),
        (24, "h", [("2026-11-03T15:00", "2026-11-04T10:00")], "2026-11-03 09:00"),
    ],
)
def test_what_stood_does_not_count(
    count: int, unit: str, pauses: list[tuple[str, str]], last: str
) -> None:
    assert ends(Period(count, unit), "2026-11-02T09:00", NATION, *pauses)[0] == last


def test_days_that_are_never_worked_do_not_break_an_act() -> None:
    never = Calendar(frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(4000)))
    found = due(Period(5, "wd"), datetime(2026, 11, 20, 1, tzinfo=UTC), never, HOURS)
    assert (local(found.at).date(), found.is_estimate) == (date(2026, 11, 27), True)
    assert isinstance(found, Due)
