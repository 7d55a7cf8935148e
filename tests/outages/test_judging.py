"""What is wrong with an outage, and with the paper of one."""

from datetime import date, timedelta

import pytest

from app.outages.asking import local_moment, paper_of
from app.outages.judging import faults_of, paper_faults
from app.outages.models import Outage
from app.outages.types import BadPaper, Draft, Paper
from tests.support.office import NOW

HOUR = timedelta(hours=1)
FROM, TO = NOW - 30 * HOUR, NOW - 20 * HOUR


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        ({"to_at": NOW + HOUR}, ["future"]),
        ({"to_at": FROM}, ["order"]),
        ({"to_at": FROM - HOUR}, ["order"]),
        ({"from_at": TO - timedelta(days=31)}, ["too_long"]),
        ({"reason": " 停 "}, ["reason"]),
        ({"last_on": date(2026, 11, 19)}, ["past"]),
        ({"last_on": date(2027, 11, 19)}, ["too_late"]),
    ],
)
def test_an_outage_is_judged_whole(changed: dict[str, object], wrong: list[str]) -> None:
    given = {"unit_id": 1, "from_at": FROM, "to_at": TO, "reason": "停电", **changed}
    assert [one.code for one in faults_of(Draft(**given), NOW)] == wrong  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hours", "remark", "found", "wrong"),
    [
        (25, "纸 1 号", {}, []),
        (30, "纸 1 号", {}, []),
        (20, "纸 1 号", {}, []),
        (31, "纸 1 号", {}, ["window"]),
        (19, "纸 1 号", {}, ["window"]),
        (-1, "纸 1 号", {}, ["future"]),
        (25, " ", {}, ["remark"]),
        (25, "纸 1 号", {"withdrawn_at": NOW}, ["withdrawn"]),
        (25, "纸 1 号", {"last_on": date(2026, 11, 19)}, ["over"]),
        (25, "纸 1 号", None, ["unknown"]),
    ],
)
def test_a_paper_fits_its_outage(
    hours: int, remark: str, found: dict[str, object] | None, wrong: list[str]
) -> None:
    outage = None
    if found is not None:
        outage = Outage(**{"from_at": FROM, "to_at": TO, "last_on": date(2026, 11, 20), **found})
    paper = Paper(NOW - hours * HOUR, 1, remark)
    assert [one.code for one in paper_faults(paper, outage, NOW)] == wrong


def test_a_page_sends_moments_of_the_office() -> None:
    at = local_moment("2026-11-19T08:30")
    assert at is not None
    assert at.isoformat() == "2026-11-19T08:30:00+08:00"
    for text in ("", "2026", "0001-01-01T00:00", "9999-12-31T23:59", "2026-11-19T08:30+00:00"):
        assert local_moment(text) is None
    assert paper_of({"paper-at": "2026-11-19T08:30"}) is None
    with pytest.raises(BadPaper):
        paper_of({"paper": "1", "paper-at": "昨天"})
