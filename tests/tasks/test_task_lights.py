"""Lights and what is left, in lists, on the ticket and over REST."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from app.calendar.lights import Horizon, Light, explained
from app.tasks import screens
from app.tasks.queries import list_tasks
from app.tasks.types import Box
from app.tickets.dues import dues
from app.tickets.types import TicketState
from tests.support.dated import HEAD, agree, begun, on, publish
from tests.support.office import Browser, Office


def horizon(office: Office) -> Horizon:
    return Horizon(office.session, office.actor(HEAD).unit_id, office.now)


@pytest.mark.parametrize(
    ("today", "light", "left"),
    [
        ("2026-09-30", "green", "剩 3 个工作日"),
        ("2026-10-01", "green", "剩 3 个工作日"),
        ("2026-10-07", "green", "剩 3 个工作日"),
        ("2026-10-08", "green", "剩 2 个工作日"),
        ("2026-10-09", "yellow", "剩 1 个工作日"),  # due on the Saturday, which is worked
        ("2026-10-10", "yellow", "今天到期"),
        ("2026-10-11", "red", "已超期"),  # a Sunday: no working day has passed
        ("2026-10-12", "red", "超期 1 个工作日"),
    ],
)
def test_a_light_over_national_day(office: Office, today: str, light: str, left: str) -> None:
    """S1: received on Wed 09-30, three working days, due on Sat 10-10."""
    publish(office, deadline="3wd")
    begun(office, "2026-09-30", by="yaohaiyang")
    office.session.flush()
    on(office, today, 10)
    (row,) = list_tasks(office.session, office.actor(HEAD), Box.TODO).items
    shown = screens.lamp(row, horizon(office))
    assert shown is not None
    assert (shown.light, shown.left, shown.is_estimate) == (light, left, False)


def test_it_is_yellow_until_the_office_closes(office: Office) -> None:
    publish(office, deadline="3wd")
    ticket = begun(office, "2026-09-30")
    due_at = office.task(ticket).due_at
    seen = {}
    for hour in (17, 18):
        on(office, "2026-10-10", hour)
        seen[hour] = horizon(office).light(due_at)
    assert seen == {17: Light.YELLOW, 18: Light.RED}


def test_of_what_is_suspended_the_clock_stands(office: Office) -> None:
    publish(office, deadline="1wd", process="5wd")
    ticket = begun(office, "2026-09-18")
    ticket.hold(office.now)
    ticket.instance.suspended_at = office.now
    office.session.flush()
    on(office, "2026-12-01")
    (row,) = list_tasks(office.session, office.actor(HEAD), Box.TODO).items
    shown = screens.lamp(row, horizon(office))
    assert shown is not None
    assert (shown.light, shown.left) == (Light.GREY, "暂停计时")
    found = dues(office.session, ticket, office.tasks(ticket), horizon(office))
    assert [(one.what, one.shown.light) for one in found] == [("整件", "grey"), ("审核", "grey")]


@pytest.mark.parametrize(("day", "light"), [("2026-09-21", Light.BLUE), ("2026-10-20", Light.RED)])
def test_what_is_closed_is_blue_in_time_and_red_after_it(
    office: Office, day: str, light: Light
) -> None:
    publish(office, process="5wd")
    ticket = begun(office, "2026-09-18")
    agree(office, ticket, day)
    agree(office, ticket)
    assert ticket.state is TicketState.CLOSED
    (whole,) = dues(office.session, ticket, office.tasks(ticket), horizon(office))
    assert (whole.what, whole.shown.light) == ("整件", light)


def test_what_was_skipped_is_told() -> None:
    days = [date(2026, 10, day) for day in (1, 2, 3, 4, 5, 6, 7, 11)]
    assert explained(days, is_estimate=False) == "已跳过休息日 10月1日—7日、10月11日"
    assert explained([date(2026, 1, 31), date(2026, 2, 1)], is_estimate=True).startswith(
        "已跳过休息日 1月31日—2月1日；暂估："
    )
    assert explained([], is_estimate=False) == ""


def test_far_away_nothing_is_counted(office: Office) -> None:
    seen = horizon(office)
    assert seen.left(datetime(2030, 1, 4, tzinfo=UTC)) == ""
    assert seen.left(datetime(2020, 1, 4, tzinfo=UTC)) == "已超期"
    assert seen.light(None) is None


def test_the_pages_say_it(office: Office, browser: Callable[[str], Browser]) -> None:
    """The clock of pages is the real one: the deadline is far behind or ahead."""
    publish(office, deadline="3wd", process="999d")
    ticket = begun(office, "2026-09-30")
    office.session.commit()
    page = browser(HEAD).get(f"/tickets/{ticket.number}").text
    assert "整件：" in page
    assert "（暂估）" in page
    assert "已跳过休息日 10月1日—7日" in page
    listed = browser(HEAD).get("/tasks").text
    assert "超期" in listed
    assert "light--late" in listed
