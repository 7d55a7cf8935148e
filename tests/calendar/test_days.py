"""Periods of working days, natural days and months, beside a calendar that others keep."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calendar.days import Calendar, NoWorkingDay, same_day
from app.calendar.filling import LAST_YEAR, national

NATION = national()
ENSHI = NATION.overlaid(frozenset({date(2025, 8, 18), date(2025, 8, 19)}), frozenset())
days = st.dates(date(2004, 1, 1), date(2026, 9, 30))
short = st.integers(1, 40)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "count", "last"),
    [
        ("2026-09-18", 5, "2026-09-24"),  # the Sunday between is worked
        ("2026-09-24", 5, "2026-10-09"),
        ("2026-09-29", 3, "2026-10-09"),
        ("2026-09-30", 3, "2026-10-10"),  # a Saturday that is worked
        ("2026-10-01", 3, "2026-10-10"),  # received on a day off
        ("2026-10-09", 3, "2026-10-13"),
        ("2025-08-15", 3, "2025-08-20"),
    ],
)
def test_worked_examples(start: str, count: int, last: str) -> None:
    assert NATION.working_days(day(start), count).last == day(last)


def test_a_local_holiday_moves_the_end() -> None:
    counted = ENSHI.working_days(day("2025-08-15"), 3)
    assert counted.last == day("2025-08-22")
    assert [one.day for one in counted.skipped] == [16, 17, 18, 19]


def test_a_year_without_its_notice_counts_monday_to_friday_and_says_so() -> None:
    counted = NATION.working_days(day("2026-12-28"), 5)
    assert (counted.last, counted.is_estimate) == (day("2027-01-04"), True)
    noticed = Calendar(
        NATION.off | {day("2027-01-01")}, NATION.work, NATION.known | {2027}
    ).working_days(day("2026-12-28"), 5)
    assert (noticed.last, noticed.is_estimate) == (day("2027-01-05"), False)


def test_what_ends_with_the_year_is_no_estimate() -> None:
    assert not NATION.working_days(day("2026-12-24"), 5).is_estimate
    assert NATION.working_days(day("2026-12-31"), 1).is_estimate


@pytest.mark.parametrize(
    ("start", "count", "last"),
    [
        ("2026-08-31", 3, "2026-11-30"),  # there is no 31 November
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2026-07-03", 3, "2026-10-08"),  # 3 October is off until the 7th
        ("2026-11-30", 3, "2027-03-01"),  # 28 February 2027 is a Sunday
    ],
)
def test_months(start: str, count: int, last: str) -> None:
    assert NATION.months(day(start), count).last == day(last)


@pytest.mark.parametrize(
    ("start", "count", "last"),
    [
        ("2026-09-15", 10, "2026-09-28"),
        ("2026-09-15", 5, "2026-09-20"),
        ("2026-11-20", 0, "2026-11-20"),
    ],
)
def test_natural_days_end_on_a_working_day(start: str, count: int, last: str) -> None:
    assert NATION.natural_days(day(start), count).last == day(last)


def test_the_29th_of_february_is_a_day_like_others() -> None:
    assert NATION.working_days(day("2024-02-28"), 1).last == day("2024-02-29")
    assert same_day(day("2020-02-29"), 48) == day("2024-02-29")


def test_no_working_day_left_is_an_error_and_no_endless_search() -> None:
    closed = frozenset(day("2026-01-01") + timedelta(days=n) for n in range(4000))
    with pytest.raises(NoWorkingDay):
        Calendar(off=closed).working_days(day("2026-01-01"), 1)


def test_an_afternoon_off_moves_no_day() -> None:
    """It holds for days that are worked, by whichever layer; off and work say all of a day."""
    said = frozenset(map(day, ("2026-10-09", "2026-10-10", "2026-10-11", "2026-10-01")))
    calendar = NATION.overlaid(frozenset(), frozenset(), said)
    assert {one for one in said if calendar.is_half(one)} == {day("2026-10-09"), day("2026-10-10")}
    assert calendar.working_days(day("2026-09-30"), 3) == NATION.working_days(day("2026-09-30"), 3)
    nearer = calendar.overlaid(frozenset({day("2026-10-09")}), frozenset({day("2026-10-10")}))
    assert not any(map(nearer.is_half, said))


@given(days, short, st.frozensets(days, max_size=40))
def test_halves_count_as_the_days_that_others_count(
    start: date, count: int, half: frozenset[date]
) -> None:
    calendar = NATION.overlaid(frozenset(), frozenset(), half | {start + timedelta(days=1)})
    assert calendar.working_days(start, count) == NATION.working_days(start, count)
    assert calendar.natural_days(start, count) == NATION.natural_days(start, count)
    assert all(chinese_calendar.is_workday(one) for one in half if calendar.is_half(one))


@given(days)
def test_each_day_is_as_others_have_it(one: date) -> None:
    assert NATION.is_working(one) is chinese_calendar.is_workday(one)


@given(days, short)
def test_working_days_are_those_that_others_count(start: date, count: int) -> None:
    last = NATION.working_days(start, count).last
    assert last.year <= LAST_YEAR
    counted = chinese_calendar.get_workdays(start + timedelta(days=1), last)
    assert len(counted) == count
    assert counted[-1] == last


@given(days, short)
def test_days_skipped_and_days_counted_are_all_days(start: date, count: int) -> None:
    counted = NATION.working_days(start, count)
    assert (counted.last - start).days == count + len(counted.skipped)
    assert not any(map(NATION.is_working, counted.skipped))


@given(days, short, st.frozensets(days), st.frozensets(days))
def test_a_nearer_layer_has_the_last_word(
    start: date, count: int, off: frozenset[date], work: frozenset[date]
) -> None:
    local = NATION.overlaid(off - work, work)
    assert all(map(local.is_working, work))
    assert not any(map(local.is_working, off - work))
    assert local.working_days(start, count).last > start
