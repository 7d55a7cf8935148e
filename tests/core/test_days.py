"""Days as people write them."""

from datetime import date

import pytest

from app.core.days import typed_day


@pytest.mark.parametrize("text", ["2026-1-5", "2026/01/05", " 2026.1.05 ", "2026年1月5日"])
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert typed_day(text) == date(2026, 1, 5)


@pytest.mark.parametrize(
    "text", ["", "去年", "2026-1", "2026-02-30", "2026-1-5-1", "99999999999999999999-1-1", "26-1-5"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert typed_day(text) is None
