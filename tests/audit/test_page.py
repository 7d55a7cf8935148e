"""/audit: the auditor finds who did what, within reach, and is seen looking."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.kinds import LABELS
from app.audit.models import Event
from app.audit.service import record
from app.identity.types import Position
from app.tickets.models import Ticket
from tests.support.office import NOW, Browser, Office

AUDITOR = "humin"


@pytest.fixture
def closed(office: Office) -> Ticket:
    ticket = office.walk(office.start())
    office.session.commit()
    return ticket


@pytest.fixture
def auditor(closed: Ticket, browser: Callable[[str], Browser]) -> Browser:  # noqa: ARG001
    return browser(AUDITOR)


def test_the_trail_is_told_in_words(auditor: Browser, closed: Ticket) -> None:
    page = auditor.get("/audit", object=closed.number).text
    for words in ("提交申请", "办结", "生成正式件" if "正式件" in page else "签收", "部门"):
        assert words in page
    assert f"/tickets/{closed.number}" in page
    assert "ticket.submitted<" not in page


def test_every_kind_of_a_walk_has_its_words(closed: Ticket, session: Session) -> None:
    kinds = set(session.scalars(select(Event.kind)))
    assert closed.number
    assert kinds <= set(LABELS)


@pytest.mark.parametrize(
    ("asked", "found", "missing"),
    [
        ({"actor": "彭秀英"}, "彭秀英", "谭丽华"),
        ({"actor": "pengxiuying"}, "彭秀英", "谭丽华"),
        ({"type": "task.completed"}, "办理一步</td>", "提交申请</td>"),
        ({"from": "2026-11-20", "to": "2026-11-20"}, "提交申请</td>", "没有找到"),
        ({"to": "2020-01-01"}, "没有找到这样的记录", "提交申请</td>"),
        ({"from": "9999-12-31", "to": "9999-12-31"}, "没有找到这样的记录", "提交申请</td>"),
        ({"object": "QX-CZY-1999-00001"}, "没有找到这样的记录", "提交申请</td>"),
    ],
)
def test_searching(auditor: Browser, asked: dict[str, str], found: str, missing: str) -> None:
    page = auditor.get("/audit", **asked).text
    rows = page[page.index('id="rows"') :]
    assert found in rows
    assert missing not in rows


def test_each_reading_is_an_event(auditor: Browser, session: Session) -> None:
    """What was asked stands in it; REST and page share this."""
    auditor.get("/audit", type="task.completed", actor="彭秀英")
    last = session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert last
    assert (last.kind, last.actor_name) == ("audit.read", "胡敏")
    assert last.data == {"type": "task.completed", "actor": "彭秀英"}
    assert "查看审计记录" in auditor.get("/audit").text


def test_pages_follow_by_key(auditor: Browser, office: Office, session: Session) -> None:
    """All events once, newest first, however many are added meanwhile by the reading itself."""
    for _ in range(60):
        record(session, now=NOW, actor=office.actor(AUDITOR), kind="audit.read", object="audit")
    session.commit()
    page = auditor.get("/audit", type="audit.read").text
    assert 'rel="next"' in page
    cursor = page.split("cursor=", 1)[1].split('"', 1)[0].split("&", 1)[0]
    second = auditor.get("/audit", type="audit.read", cursor=cursor).text
    assert "回到第一页" in second
    seen = [int(part.split(" ", 1)[0]) for part in (page + second).split(" 第 ")[1:]]
    assert len(seen) == len(set(seen))
    count = len(session.scalars(select(Event.id).where(Event.kind == "audit.read")).all())
    assert len(seen) >= min(count - 2, 60)


def test_only_auditors_read(closed: Ticket, browser: Callable[[str], Browser]) -> None:
    """The menu does not offer what is refused."""
    clerk = browser("yaohaiyang")
    assert closed.number
    assert clerk.get("/audit").status_code == 403
    assert 'href="/audit"' not in clerk.get("/tasks").text
    assert 'href="/audit"' in browser(AUDITOR).get("/tasks").text


def test_an_auditor_of_another_county_sees_none_of_it(
    office: Office, closed: Ticket, browser: Callable[[str], Browser]
) -> None:
    stranger = next(
        name for name in ("longjinhua", "ranqiguo", "tiandayong") if _abroad(office, name, closed)
    )
    office.appoint(stranger, Position.AUDITOR)
    office.session.commit()
    page = browser(stranger).get("/audit", object=closed.number)
    assert page.status_code == 200
    assert "没有找到这样的记录" in page.text


def _abroad(office: Office, username: str, ticket: Ticket) -> bool:
    actor, owner = office.actor(username), office.requester(ticket)
    return actor.division_id != owner.division_id and actor.unit_path.count("/") > 2


@pytest.mark.parametrize("asked", [{"from": "x"}, {"to": "2026-13-01"}, {"cursor": "x"}])
def test_wrong_words_are_answered(auditor: Browser, asked: dict[str, Any]) -> None:
    assert auditor.get("/audit", **asked).status_code == 400


def test_words_from_outside_stay_words(auditor: Browser) -> None:
    """A NUL or markup in the search harms nobody."""
    page = auditor.get("/audit", actor="<script>alert(1)</script>", object="a\0b")
    assert page.status_code in (200, 400)
    assert "<script>alert" not in page.text
