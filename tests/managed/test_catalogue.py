"""What a system consists of, what each post may do there, and who holds it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from app.core.errors import Forbidden
from app.managed import queries
from app.managed.models import PostTemplate
from app.managed.types import PostRow, TemplateKind
from tests.managed.conftest import ADMIN, KEY, Platform
from tests.support.office import Browser, Office
from tests.webhooks.receiver import answers

SUBSYSTEM, POST = "gig-station", "review"
DAY = date(2026, 11, 20)


def post_of(office: Office, by: str = "yaohaiyang") -> PostRow:
    _, subsystems = queries.catalogue(office.session, actor=office.actor(by), key=KEY, day=DAY)
    (found,) = [
        post
        for each in subsystems
        for post in each.posts
        if (each.subsystem, post.post) == (SUBSYSTEM, POST)
    ]
    return found


def keep(office: Office, n: int, *names: str, **more: Any) -> PostTemplate:
    made = PostTemplate(
        division_id=office.actor("yaohaiyang").division_id,
        subsystem=SUBSYSTEM,
        post=POST,
        kind=TemplateKind.SET,
        permissions=[{"permission": name, "remark": ""} for name in names],
        ticket=f"GWQX-2026-{n:05}",
        submission=1,
        at=office.now,
        **({"valid_from": DAY, "valid_to": None} | more),
    )
    office.session.add(made)
    office.session.flush()
    return made


def test_systems_are_those_of_the_region(office: Office) -> None:
    (system,) = queries.list_systems(office.session, actor=office.actor("yaohaiyang"))
    assert system.label == "恩施州劳动力资源信息平台"
    assert len(system.subsystems) == 5
    assert not system.is_pushed


def test_people_of_the_company_see_none_of_it(office: Office) -> None:
    with pytest.raises(Forbidden):
        queries.list_systems(office.session, actor=office.actor("wenbin"))


def test_holders_are_counted_within_reach(office: Office) -> None:
    before = post_of(office).count
    ticket = office.walk(office.start())
    answers_of = office.answers()
    assert ticket.state == "closed"
    assert answers_of["subsystem"] == SUBSYSTEM
    assert (
        sum(
            post.count
            for each in queries.catalogue(
                office.session, actor=office.actor("yaohaiyang"), key=KEY, day=DAY
            )[1]
            for post in each.posts
        )
        > before
    )
    assert post_of(office, "longjinhua").count == 0  # of another county


def test_the_template_of_today_is_the_last_that_holds(office: Office) -> None:
    keep(office, 1, "查询")
    keep(office, 2, "查询", "审核", valid_from=DAY + timedelta(days=3))
    found = post_of(office)
    assert found.now is not None
    assert [one.permission for one in found.now.permissions] == ["查询"]
    assert len(found.history) == 2
    keep(office, 3, "审核", valid_from=DAY - timedelta(days=9), valid_to=DAY - timedelta(days=1))
    assert post_of(office).now is None  # what came last is over
    assert post_of(office, "longjinhua").now is None


def test_pages(platform: Platform, browser: Callable[[str], Browser]) -> None:
    office = platform.office
    keep(office, 1, "岗位信息审核")
    platform.receiver.misbehave = answers(500)
    number = office.walk(office.start()).number
    platform.exhaust()
    push = platform.pushes()[0]
    clerk = browser("yaohaiyang")
    assert "恩施州劳动力资源信息平台" in clerk.get("/systems").text
    shown = clerk.get(f"/systems/{KEY}").text
    assert "岗位信息审核" in shown
    assert "/holdings?subsystem=gig-station" in shown.replace("&amp;", "&")
    assert clerk.get("/systems/another").status_code == 404
    assert "没有送到" in clerk.get(f"/tickets/{number}").text
    assert "没有送到" in clerk.get(f"/holdings/accounts/{push.account_id}").text
    desk = browser(ADMIN)
    assert "重试" in desk.get(f"/systems/{KEY}/pushes", state="failed").text
    wrong = desk.post(f"/systems/pushes/{push.id}/by-hand", why="")
    assert wrong.status_code == 422
    assert desk.post(f"/systems/pushes/{push.id}/by-hand", why="电话办的").status_code == 302
    assert desk.post(f"/systems/pushes/{push.id}/by-hand", why="电话办的").status_code == 409
    assert "电话办的" in desk.get(f"/systems/{KEY}/pushes").text
    assert browser("yaohaiyang").get(f"/systems/{KEY}/pushes").status_code == 403
