"""Counts of days by place, and what is read off them."""

import pytest

from app.insight.spread import HALF, NINE_TENTHS, PLACES, UPPER, most_days, place_of, told


@pytest.mark.parametrize(
    ("days", "most"), [(0, 0), (1, 1), (20, 20), (21, 30), (30, 30), (31, 60), (61, None)]
)
def test_each_count_of_days_has_a_place(days: int, most: int | None) -> None:
    assert UPPER[place_of(days)] == most


def spread(*days: int) -> list[int]:
    counts = [0] * PLACES
    for one in days:
        counts[place_of(one)] += 1
    return counts


@pytest.mark.parametrize(
    ("days", "half", "nine"),
    [
        ((3,), "3 个工作日", "3 个工作日"),
        ((0, 0, 5), "当天", "5 个工作日"),
        ((1, 2, 3, 4), "2 个工作日", "4 个工作日"),
        (tuple(range(1, 11)), "5 个工作日", "9 个工作日"),
        ((25, 25, 70), "30 个工作日", "60 个工作日以上"),
        ((), "—", "—"),
    ],
)
def test_so_many_took_no_more_days(days: tuple[int, ...], half: str, nine: str) -> None:
    assert told(spread(*days), HALF) == half
    assert told(spread(*days), NINE_TENTHS) == nine


def test_nothing_has_no_half() -> None:
    with pytest.raises(ValueError, match="nothing"):
        most_days(spread(), HALF)
