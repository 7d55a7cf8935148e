"""Entering and withdrawing notices: who may, what is refused, what it changes, what is told."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.calendar import notices, service
from app.calendar.days import DayKind
from app.calendar.filling import national
from app.calendar.models import Notice
from app.calendar.queries import calendar_for, is_known, missing_year, spoken
from app.calendar.reading import read_days
from app.calendar.types import (
    BadNotice,
    CalendarChanged,
    Draft,
    NoticeNotFound,
    NoticeTwice,
    NoticeWithdrawn,
    NotYourLayer,
    StaleNotice,
)
from app.core import events
from app.identity.queries import unit_by_code
from app.identity.types import NoSuchUnit, Position
from tests.support.office import Office, race

ADMIN = "duanshiyu"  # of the whole 州
COUNTY = "422826"
COUNTY_ADMIN = "tanlihua"
STRANGER = "xianghaiyan"
LOCAL = "2025-08-18 至 2025-08-19 州庆"
Enter = Callable[..., Notice]


@pytest.fixture
def heard() -> Iterator[list[CalendarChanged]]:
    told: list[CalendarChanged] = []

    def hear(_session: Session, event: CalendarChanged) -> None:
        told.append(event)

    events.subscribe(CalendarChanged, hear)
    yield told
    events._subscribers[CalendarChanged].remove(hear)


def draft(
    office: Office, off: str, work: str = "", unit: str | None = "422800", **more: Any
) -> Draft:
    year = more.get("year", 2025)
    days = read_days(off, year, DayKind.OFF)[0] + read_days(work, year, DayKind.WORK)[0]
    days += read_days(more.pop("half", ""), year, DayKind.HALF)[0]
    unit_id = unit_by_code(office.session, unit).id if unit else None
    given = {"year": year, "number": "试〔2025〕1号", "title": "试放假的通知", **more}
    return Draft(unit_id=unit_id, days=tuple(days), **given)


@pytest.fixture
def enter(office: Office) -> Enter:
    def act(off: str = LOCAL, work: str = "", by: str = ADMIN, **more: Any) -> Notice:
        return service.enter_notice(
            office.session,
            actor=office.actor(by),
            now=office.tick(),
            draft=draft(office, off, work, **more),
        )

    return act


def withdraw(office: Office, notice: Notice, by: str = ADMIN, **more: Any) -> Notice:
    given = {"version": notice.rev, "reason": "录错了。", **more}
    return service.withdraw_notice(
        office.session, actor=office.actor(by), now=office.tick(), notice_id=notice.id, **given
    )


def ends(office: Office, unit: str | None = "422826-jyzx") -> date:
    unit_id = unit_by_code(office.session, unit).id if unit else None
    start = date(2025, 8, 15)
    return (
        calendar_for(office.session, unit_id, start, date(2025, 9, 15)).working_days(start, 3).last
    )


def test_a_local_notice_comes_and_goes(
    office: Office, enter: Enter, heard: list[CalendarChanged]
) -> None:
    """S13b: the end moves, and moves back; each time whoever keeps deadlines hears of it."""
    notice = enter()
    assert (ends(office), ends(office, None)) == (date(2025, 8, 22), date(2025, 8, 20))
    withdraw(office, notice)
    assert ends(office) == date(2025, 8, 20)
    span = (date(2025, 8, 18), date(2025, 8, 19))
    assert [(one.unit_id, one.first, one.last) for one in heard] == [(notice.unit_id, *span)] * 2
    told = office.session.scalars(
        select(Event).where(Event.object == f"notice:{notice.id}").order_by(Event.seq)
    ).all()
    assert [one.kind for one in told] == ["notice.entered", "notice.withdrawn"]
    assert told[0].data["off"] == ["2025-08-18", "2025-08-19"]
    assert (told[1].data["reason"], told[1].data["unit"]) == ("录错了。", "恩施州")


def test_the_nation_s_notice_of_the_next_year(
    office: Office, enter: Enter, heard: list[CalendarChanged]
) -> None:
    """S13: 2027 is an estimate until its notice is there; then the whole year may count anew."""
    start, until = date(2026, 12, 28), date(2027, 2, 1)
    assert missing_year(office.session, date(2026, 11, 1)) == 2027
    assert missing_year(office.session, date(2026, 10, 31)) is None
    enter("2027-01-01 至 2027-01-03 元旦", unit=None, year=2027)
    counted = calendar_for(office.session, None, start, until).working_days(start, 5)
    assert (counted.last, counted.is_estimate) == (date(2027, 1, 5), False)
    assert missing_year(office.session, date(2026, 12, 1)) is None
    assert [(one.first, one.last) for one in heard] == [(date(2027, 1, 1), date(2027, 12, 31))]


def test_a_notice_may_stand_instead_of_what_the_program_came_with(
    office: Office, enter: Enter, heard: list[CalendarChanged]
) -> None:
    """And when it is withdrawn, that stands again, so that the year stays known."""
    year = (date(2025, 1, 1), date(2025, 12, 31))
    with pytest.raises(BadNotice, match="没有录入"):
        enter("2025-10-01 国庆", unit=None)
    notice = enter("2025-10-01 国庆", unit=None, replaces_library=True)
    assert calendar_for(office.session, None, *year).off == {date(2025, 10, 1)}
    withdraw(office, notice)
    calendar = calendar_for(office.session, None, *year)
    assert calendar.off >= {day for day in national().off if day.year == 2025}
    assert calendar.known == {2025}
    assert {(one.first, one.last) for one in heard} == {year}


def test_what_the_program_came_with_can_be_withdrawn(office: Office) -> None:
    """It does not come back by itself then."""
    library = notices.find_library(office.session, 2026)
    assert library is not None
    withdraw(office, library)
    assert not is_known(office.session, 2026)


def test_an_afternoon_off_comes_and_is_worked_nearby(
    office: Office, enter: Enter, heard: list[CalendarChanged]
) -> None:
    """Who works it all the same says so; who works it anyway is told that he need not."""
    enter("", half="2025-08-20")
    enter("", "2025-08-20", unit="422826")
    with pytest.raises(BadNotice, match="没有录入"):
        enter("", "2025-08-20", unit="422826-jyzx")
    day = date(2025, 8, 20)
    halves = [
        calendar_for(office.session, unit_by_code(office.session, code).id, day, day).is_half(day)
        for code in ("422827", "422826-jyzx")
    ]
    assert halves == [True, False]
    assert [(one.first, one.last) for one in heard] == [(day, day)] * 2
    told = office.session.scalars(select(Event.data).where(Event.kind == "notice.entered")).all()
    assert [one["half"] for one in told[-2:]] == [["2025-08-20"], []]


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({"off": ""}, "off", "required"),
        ({"year": 1999}, "year", "range"),
        ({"year": 2101}, "year", "range"),
        ({"number": " "}, "number", "required"),
        ({"title": "题" * 201}, "title", "too_long"),
        ({"text": "文" * 20_001}, "text", "too_long"),
        ({"off": "2024-10-01"}, "off", "year"),
        ({"work": "2025-08-18"}, "work", "both"),
        ({"work": "2025-08-20"}, "work", "worked"),  # a Wednesday
        ({"half": "2025-08-18"}, "half", "both"),
        ({"work": "2025-08-23", "half": "2025-08-23"}, "half", "both"),
        ({"half": "2025-08-23"}, "half", "rest"),  # a Saturday
        ({"half": "2025-10-01"}, "half", "rest"),
        ({"half": "2025-09-28", "unit": None}, "half", "clash"),  # worked by the same layer
        ({"off": "2025-03-01 至 2025-05-31；2025-06-01 至 2025-07-01"}, "off", "too_many"),
    ],
)
def test_what_is_wrong_is_named(enter: Enter, given: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(BadNotice) as refused:
        enter(**given)
    assert (path, code) in {(one.path, one.code) for one in refused.value.errors}


def test_a_layer_says_one_thing_of_a_day(enter: Enter) -> None:
    """Another layer may say something else; a notice may name a weekend, which changes nothing."""
    enter("2025-08-16 至 2025-08-19 州庆")
    with pytest.raises(BadNotice) as refused:
        enter("2025-08-19", "2025-08-16", number="试〔2025〕2号")
    messages = [one.message for one in refused.value.errors]
    assert "2025年8月16日（周六）在“试〔2025〕1号”里却是放假" in messages[0]
    assert "2025年8月19日（周二）在“试〔2025〕1号”里也是放假" in messages[1]
    enter("", "2025-08-18、2025-08-19", unit=COUNTY)


def test_a_double_click_and_the_same_number_again(office: Office, enter: Enter) -> None:
    notice = enter()
    for again in (LOCAL, "2025-08-20"):
        with pytest.raises(NoticeTwice) as refused:
            enter(again)
        assert refused.value.facts["notice_id"] == notice.id
    enter("2025-08-20", unit=COUNTY)  # another layer counts its own
    withdraw(office, notice)
    enter()


def test_a_stale_page_and_a_second_withdrawal(office: Office, enter: Enter) -> None:
    notice = enter()
    for version in (None, notice.rev + 1):
        with pytest.raises(StaleNotice):
            withdraw(office, notice, version=version)
    with pytest.raises(BadNotice, match="没有撤销"):
        withdraw(office, notice, reason=" ")
    withdraw(office, notice)
    with pytest.raises(NoticeWithdrawn):
        withdraw(office, notice)


def test_who_keeps_which_layer(office: Office, enter: Enter) -> None:
    """A county keeps its own and what is below; the 州's and the nation's it reads."""
    office.appoint(COUNTY_ADMIN, Position.SYSTEM_ADMIN)
    own = enter(by=COUNTY_ADMIN, unit="422826-jyzx")
    for unit in (None, "422800"):
        with pytest.raises(NotYourLayer):
            enter(by=COUNTY_ADMIN, unit=unit)
    with pytest.raises(NoSuchUnit):
        enter(by=COUNTY_ADMIN, unit="422827")
    with pytest.raises(NotYourLayer):
        enter(by="yaohaiyang", unit="422826-jyzx")
    above = enter()
    with pytest.raises(NotYourLayer):
        withdraw(office, above, by=COUNTY_ADMIN)
    other = enter(unit="422827", number="试〔2025〕9号")
    with pytest.raises(NoticeNotFound):
        withdraw(office, other, by=COUNTY_ADMIN)
    withdraw(office, own, by=COUNTY_ADMIN)


def test_everybody_reads_what_holds_for_him(office: Office, enter: Enter) -> None:
    notice, county = enter(), enter(unit=COUNTY)
    other = enter(unit="422827")

    def listed(by: str, **given: Any) -> list[int]:
        page = notices.list_notices(office.session, actor=office.actor(by), year=2025, **given)
        return [one.notice.id for one in page.items]

    library = notices.find_library(office.session, 2025)
    assert library is not None
    assert listed(ADMIN) == [other.id, county.id, notice.id, library.id]
    assert listed("yaohaiyang") == [county.id, notice.id, library.id]
    assert listed("yaohaiyang", unit=COUNTY) == [county.id]
    unit_id = office.actor("yaohaiyang").unit_id
    said = spoken(office.session, unit_id, date(2025, 8, 18), date(2025, 8, 18))
    assert [one.layer for one in said] == ["恩施州", "咸丰县"]


def test_pages_of_notices(office: Office) -> None:
    seen, cursor = [], None
    while True:
        page = notices.list_notices(
            office.session, actor=office.actor("yaohaiyang"), cursor=cursor, limit=10
        )
        seen += [one.notice.year for one in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert seen == list(range(2026, 2003, -1))


def test_a_preview_tells_what_changes_and_leaves_nothing(office: Office) -> None:
    given = draft(office, "2025-08-16 至 2025-08-18 州庆", "2025-08-24")
    with office.session.begin_nested() as trial:
        weighed = service.weigh(
            office.session, actor=office.actor(ADMIN), now=office.now, draft=given
        )
        trial.rollback()
    assert [(one.said.day.day, one.is_new) for one in weighed.effects] == [
        (16, False),
        (17, False),
        (18, True),
        (24, True),
    ]
    assert ends(office) == date(2025, 8, 20)


@pytest.mark.committed
def test_two_people_enter_the_same_day(office: Office) -> None:
    """One is first; the other hears which notice that was."""
    given = [draft(office, LOCAL, number=number) for number in ("甲1号", "乙1号")]
    actor, now = office.actor(ADMIN), office.tick()
    office.session.commit()
    first, second = (
        lambda session, one=one: service.enter_notice(session, actor=actor, now=now, draft=one)
        for one in given
    )
    answers = race(first, second)
    assert sorted(type(one).__name__ for one in answers) == ["BadNotice", "Notice"]
