"""Counting as operators do: UTF-16 units, 70 alone, 67 in each part of a longer one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.messaging.text import segments

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=600)
FAIR = (
    "【威海市公共就业和人才服务中心】“春风行动”2027年专场招聘会定于2027年2月20日上午9时在威海市人力资源"
    "市场举办，120家用人单位提供岗位3500个，欢迎广大求职者参加。详询0631-12333。回复T退订"
)


@pytest.mark.parametrize(
    ("text", "units", "count"),
    [
        ("", 0, 1),
        ("字" * 70, 70, 1),
        ("字" * 71, 71, 2),
        ("字" * 134, 134, 2),
        ("字" * 135, 135, 3),
        ("字" * 160, 160, 3),
        ("a" * 71, 71, 2),  # domestic operators know no longer message of plain letters
        ("【威海】" + "杨𬱖" + "字" * 63, 70, 1),
        ("【威海】" + "杨𬱖" + "字" * 64, 71, 2),
        ("😀" * 35, 70, 1),
        (FAIR, 107, 2),
        (FAIR.replace("威海市公共就业和人才服务中心", "威海就业中心"), 99, 2),
    ],
)
def test_counts(text: str, units: int, count: int) -> None:
    """One rare character more, and a text of seventy characters is two messages."""
    assert (segments.units_of(text), segments.count(text)) == (units, count)


def test_both_halves_of_a_rare_character_stay_together() -> None:
    """The 67th unit would be its first half: the part ends before it."""
    text = "字" * 66 + "𬱖" + "字" * 66
    first, second, third = segments.split(text)
    assert (first, second, third) == ("字" * 66, "𬱖" + "字" * 65, "字")


@given(TEXTS)
def test_parts_are_the_text(text: str) -> None:
    """Nothing is lost, nothing doubled, no part is too long, and UTF-16 agrees on the length."""
    parts = segments.split(text)
    assert "".join(parts) == text
    assert segments.units_of(text) == len(text.encode("utf-16-le")) // 2
    most = segments.ALONE if len(parts) == 1 else segments.PART
    assert all(0 < segments.units_of(part) <= most for part in parts if text)


@given(TEXTS)
def test_no_text_takes_more_than_was_said(text: str) -> None:
    """What is shown before the approval is a bound, whatever characters the values will have."""
    assert segments.count(text) <= segments.longest(segments.units_of(text)).segments


def test_cost_is_exact_to_the_cent() -> None:
    """The sums of the worked example; a half cent goes up."""
    assert segments.cost(586_000, Decimal("0.045")) == Decimal("26370.00")
    assert segments.cost(1, Decimal("0.045")) == Decimal("0.05")
    assert segments.cost(0, Decimal("0.045")) == Decimal("0.00")
