"""One clock: aware, movable by a file, shown in the office's zone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.core import clock


@pytest.fixture
def offset(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "offset"
    clock.configure(timezone="Asia/Shanghai", offset_file=file)
    yield file
    clock.configure(timezone="Asia/Shanghai", offset_file=None)


@pytest.mark.parametrize(
    ("text", "moved"), [(None, 0), ("", 0), ("86400\n", 86400), ("-60.5", -60.5), ("0", 0)]
)
def test_offset_file_moves_now(offset: Path, text: str | None, moved: float) -> None:
    if text is not None:
        offset.write_text(text)
    before, told, after = datetime.now(UTC), clock.utcnow(), datetime.now(UTC)
    assert before <= told - timedelta(seconds=moved) <= after


def test_offset_file_is_read_at_each_use(offset: Path) -> None:
    before = clock.utcnow()
    offset.write_text("3600")
    assert clock.utcnow() - before > timedelta(minutes=59)
    offset.unlink()
    assert clock.utcnow() - before < timedelta(minutes=1)


def test_now_is_aware_and_the_day_is_the_offices() -> None:
    assert clock.utcnow().tzinfo is UTC
    late = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
    assert clock.local(late).date().isoformat() == "2026-11-22"
