"""When an event falls due, and what is wrong with one."""

from datetime import date

import pytest

from app.personnel.judging import falls_due, faults_of, number_of, three_months
from app.personnel.types import Draft, EventKind, LeaveKind

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("since", "ends"),
    [
        (date(2026, 8, 31), date(2026, 11, 30)),
        (date(2026, 6, 15), date(2026, 9, 15)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2027, 11, 29), date(2028, 2, 29)),
    ],
)
def test_three_months_end_on_the_same_number_or_the_last_day(since: date, ends: date) -> None:
    assert three_months(since) == ends


def leave(on: date, until: date | None) -> Draft:
    return Draft(
        EventKind.LEAVE, on, id_number="422899198906113733", until=until, leave=LeaveKind.SICK
    )


@pytest.mark.parametrize(
    ("on", "until", "due"),
    [
        (date(2026, 12, 1), date(2027, 5, 7), TODAY),
        (date(2026, 11, 20), date(2027, 2, 20), TODAY),
        (date(2026, 11, 20), date(2027, 2, 19), date(2027, 2, 20)),
        (date(2026, 8, 31), None, date(2026, 11, 30)),
        (date(2026, 6, 15), date(2026, 11, 19), date(2026, 9, 15)),
    ],
)
def test_a_long_planned_leave_counts_from_its_approval(
    on: date, until: date | None, due: date
) -> None:
    assert falls_due(leave(on, until), on, TODAY) == due


def test_leaving_counts_from_its_day_and_coming_never() -> None:
    on = date(2026, 12, 31)
    assert falls_due(Draft(EventKind.RETIREMENT, on), on, TODAY) == on
    assert falls_due(Draft(EventKind.RETURN, on), on, TODAY) is None
    assert falls_due(Draft(EventKind.ARRIVAL, on), on, TODAY) is None


def test_an_old_number_gets_its_century_and_check_digit() -> None:
    draft = Draft(EventKind.RETIREMENT, TODAY, id_number="422899 780315111")
    assert number_of(draft) == "422899197803151118"
    assert list(faults_of(draft, TODAY)) == []


@pytest.mark.parametrize(
    ("draft", "path", "code"),
    [
        (Draft(EventKind.RETIREMENT, TODAY), "id_number", "required"),
        (Draft(EventKind.RETIREMENT, TODAY, id_number="42289978"), "id_number", "id_length"),
        (
            Draft(EventKind.RETIREMENT, TODAY, id_number="422899197803151117"),
            "id_number",
            "id_check_digit",
        ),
        (Draft(EventKind.LEAVE, TODAY, username="a"), "leave", "required"),
        (leave(TODAY, date(2026, 11, 19)), "until", "ends_before"),
        (leave(TODAY, date(2036, 11, 19)), "until", "too_far"),
        (Draft(EventKind.RETURN, TODAY, username="a", until=TODAY), "until", "not_here"),
        (Draft(EventKind.RETIREMENT, date(2030, 1, 1), username="a"), "date", "too_far"),
        (Draft(EventKind.RETIREMENT, date(1949, 1, 1), username="a"), "date", "too_early"),
        (Draft(EventKind.RETIREMENT, TODAY, username="a", note="x"), "note", "note"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(draft: Draft, path: str, code: str) -> None:
    assert (path, code) in [(one.path, one.code) for one in faults_of(draft, TODAY)]
