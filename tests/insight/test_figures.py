"""What is in hand now, for oneself and for those who lead; who may see whose figures."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.calendar.lights import Horizon
from app.core.days import midnight
from app.identity.queries import unit_by_code
from app.identity.types import NoSuchUnit, Position
from app.insight import policy, queries
from app.insight.types import MyDay, UnitFigures
from app.tasks import screens
from app.tasks.narrowing import chosen
from app.tasks.queries import list_tasks, tally
from app.tasks.types import Box
from tests.support import dated
from tests.support.office import Browser, Office

HEAD, LEADER, CLERK = dated.HEAD, dated.LEADER, dated.CLERK
OFFICE, BUREAU, COUNTY = "422826-jyzx", "422826-rsj", "422826"
ELSEWHERE, ITS_LEADER = "422827-rsj", "tengguorong"
AUDITOR = "humin"
MONDAY = "2026-11-16"


def day_of(office: Office, username: str) -> MyDay:
    office.session.flush()
    actor = office.actor(username)
    horizon = Horizon(office.session, actor.unit_id, office.now)
    return queries.my_day(office.session, actor, horizon)[0]


def seen(office: Office, username: str, code: str) -> UnitFigures:
    office.session.flush()
    actor = office.actor(username)
    unit = queries.unit_in_reach(office.session, actor, code, ())
    horizon = Horizon(office.session, unit.id, office.now)
    return queries.unit_figures(office.session, actor, unit, horizon)


def buckets(day: MyDay) -> dict[str, tuple[int, int]]:
    return {one.label: (one.own, one.covering) for one in day.buckets if one.total}


@pytest.fixture(name="filled")
def _filled(office: Office) -> Office:
    """Friday morning: the head has what is late, due today, due on Monday, paused, and covered."""
    dated.publish(office, deadline="3wd from opened")
    tickets = [dated.begun(office, f"2026-11-{day}") for day in (16, 17, 18, 18, 18)]
    dated.on(office, "2026-11-20")
    session = office.session
    tickets[3].instance.suspended_at = office.now
    covered = office.task(tickets[4])
    covered.for_id = office.actor(LEADER).person_id
    session.flush()
    return office


def test_the_own_day(filled: Office) -> None:
    day = day_of(filled, HEAD)
    assert buckets(day) == {
        "已超期": (1, 0),
        "今天到期": (1, 0),
        "11月23日（周一）": (1, 1),
        "暂停计时": (1, 0),
    }
    assert (day.own, day.covering, day.of_light("red"), day.of_light("yellow")) == (4, 1, 1, 3)
    assert (day.done_today, day_of(filled, CLERK).running) == (0, 5)
    assert day_of(filled, "longjinhua").buckets[0].total == 0


def test_the_inbox_says_the_same(filled: Office) -> None:
    """Of what is held the clock stands there too, however long it was over before."""
    held = filled.task(dated.begun(filled, "2026-11-10"))
    dated.on(filled, "2026-11-20")
    held.instance.suspended_at = filled.now
    day, actor = day_of(filled, HEAD), filled.actor(HEAD)
    horizon = Horizon(filled.session, actor.unit_id, filled.now)
    counts = tally(filled.session, actor, horizon)
    late, soon = day.of_light("red"), day.of_light("yellow")
    assert (counts.late, counts.soon, counts.todo) == (late, soon, 6) == (1, 3, 6)
    for due, count in (("late", late), ("soon", soon), ("later", 0)):
        filters = chosen({"due": due}, horizon)
        rows = list_tasks(filled.session, actor, Box.TODO, filters=filters).items
        assert len(rows) == count
    groups = screens.grouped(list_tasks(filled.session, actor, Box.TODO).items, horizon)
    assert [(one.label, len(one.rows)) for one in groups] == [
        ("已超期", late),
        ("快到期", soon),
        ("暂停计时", 2),
    ]


def test_a_unit_and_who_may_see_it(filled: Office) -> None:
    """The county's leader, an overseer, a leader of another county, a person in two units."""
    session = filled.session
    figures = seen(filled, HEAD, OFFICE)
    lights = figures.lights
    assert (lights.late, lights.soon, lights.ahead, lights.paused, lights.total) == (1, 3, 0, 1, 5)
    (process,) = figures.processes
    assert (process.key, process.label, process.lights.total) == (dated.KEY, "有时限的事", 5)
    assert figures.people is not None
    assert [(row.key, row.lights.late) for row in figures.people] == [(HEAD, 1)]
    assert [(row.key, row.running) for row in figures.asked] == [(dated.KEY, 5)]

    assert seen(filled, AUDITOR, OFFICE).people is None
    assert seen(filled, AUDITOR, COUNTY).lights.total == 5
    for who, code in ((ITS_LEADER, OFFICE), (HEAD, BUREAU), (HEAD, ELSEWHERE), (HEAD, "none")):
        with pytest.raises(NoSuchUnit):
            seen(filled, who, code)
    assert seen(filled, ITS_LEADER, ELSEWHERE).lights.total == 0

    clerk = filled.actor(CLERK)
    assert not policy.sees_units(clerk)
    assert queries.units_in_reach(session, clerk) == ()
    with pytest.raises(NoSuchUnit):
        queries.unit_in_reach(session, clerk, "", ())

    filled.appoint(HEAD, Position.DEPT_HEAD, ELSEWHERE)
    head = filled.actor(HEAD)
    units = queries.units_in_reach(session, head)
    assert {OFFICE, ELSEWHERE} <= {unit.code for unit in units}
    assert queries.unit_in_reach(session, head, "", units).code == OFFICE
    assert seen(filled, HEAD, ELSEWHERE).people == ()


def test_what_waits_for_anybody_is_the_units(office: Office) -> None:
    office.walk(office.start(), "account_execution")
    centre = unit_by_code(office.session, "422826-xxzx")
    horizon = Horizon(office.session, centre.id, office.now + timedelta(hours=1))
    figures = queries.unit_figures(office.session, office.actor(AUDITOR), centre, horizon)
    assert (figures.lights.total, figures.people) == (1, None)
    office.appoint("tanlihua", Position.DEPT_HEAD, "422826-xxzx")
    figures = queries.unit_figures(office.session, office.actor("tanlihua"), centre, horizon)
    assert [row.label for row in figures.people or ()] == [queries.NOBODY]


def test_a_row_of_days_off_has_no_days_of_work(office: Office) -> None:
    dated.publish(office)
    dated.begun(office, "2026-09-30")
    day = day_of(office, HEAD)
    assert [one.until.isoformat() for one in day.buckets if one.until][:2] == [
        "2026-09-30",
        "2026-10-08",
    ]
    assert buckets(day) == {"不限时": (1, 0)}
    assert midnight(day.buckets[1].until or office.now.date()) < office.now


def test_pages(filled: Office, browser: Callable[[str], Browser]) -> None:
    filled.session.commit()
    head = browser(HEAD)
    page = head.get("/stats/my-day").text
    assert "代办的" in page
    page = head.get("/stats/unit").text
    assert f'value="{OFFICE}" selected' in page
    assert "秦永安" in page
    assert head.get("/stats/unit", unit=BUREAU).status_code == 404
    assert "还没有办结的件" in head.get("/stats/timeliness", unit=OFFICE).text
    for year in ("1999", "000002026" + "9" * 20, "２０２６"):
        assert head.get("/stats/timeliness", year=year).status_code == 400
    auditor = browser(AUDITOR)
    page = auditor.get("/stats/unit", unit=OFFICE).text
    assert "只给这个单位的领导" in page
    assert "秦永安" not in page
    clerk = browser(CLERK)
    assert clerk.get("/stats/unit").status_code == 403
    assert "单位统计" not in clerk.get("/stats/my-day").text
    assert browser(ITS_LEADER).get("/stats/timeliness", unit=OFFICE).status_code == 404
