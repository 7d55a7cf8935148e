"""A paper ledger waits for its second person: he is told, and it does not wait for ever."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core.clock import utcnow
from app.identity.models import Login
from app.notifications.models import Notification, Untold
from app.notifications.service import noting
from app.oldbooks import service
from app.oldbooks.models import OldBookRow
from app.oldbooks.types import UNCONFIRMED
from tests.oldbooks.paper import LEADER, SECOND, UPLOADER, XIANG, Paper, line


def told(session: Session, kind: str) -> Sequence[tuple[str, str, str]]:
    """Who has heard of it, where it leads and what it says, after the worker's turn."""
    for untold in session.scalars(select(Untold.id)).all():
        noting.tell_of(session, untold, utcnow())
    session.commit()
    rows = session.execute(
        select(Login.username, Notification.href, Notification.text)
        .join(Login, Login.person_id == Notification.person_id)
        .where(Notification.kind == kind)
        .order_by(Login.username)
    )
    return [(name, href, words) for name, href, words in rows]


def test_who_may_confirm_is_told_and_who_uploaded_hears_of_it(
    paper: Paper, session: Session
) -> None:
    report = paper.send(line(*XIANG))
    heard = told(session, "old_book.waiting")
    names = {name for name, _, _ in heard}
    assert {SECOND, LEADER, "wuyiming"} <= names
    assert not names & {UPLOADER, "yaohaiyang", "xiangjianhua", "qinzhiming"}
    assert {href for _, href, _ in heard} == {f"/old-books/{report['id']}"}
    assert all("到2026年12月23日还没有人确认" in words for _, _, words in heard)
    paper.confirm(report)
    assert [name for name, _, _ in told(session, "old_book.confirmed")] == [UPLOADER]


def test_nobody_is_called_where_there_is_nothing_to_confirm(paper: Paper, session: Session) -> None:
    paper.send(line("", "1"))
    assert told(session, "old_book.waiting") == []


def test_after_thirty_days_it_is_taken_back(paper: Paper, session: Session) -> None:
    """Its numbers of persons go, its report stays, and the file may come again."""
    report = paper.send(line(*XIANG))
    service.expire(session, now=utcnow() + UNCONFIRMED - timedelta(minutes=5))
    assert paper.story.see(UPLOADER, f"/imports/old-books/{report['id']}")["state"] == "pending"
    paper.story.at("2026-12-23 09:01")
    for _ in range(2):
        service.expire(session, now=utcnow())
        session.commit()
    gone = paper.story.see(UPLOADER, f"/imports/old-books/{report['id']}")
    assert (gone["state"], gone["withdrawn_by"]) == ("withdrawn", "")
    assert gone["withdrawn_reason"] == "30 天没有人确认，系统撤回。"
    kept = select(OldBookRow.id).where(OldBookRow.fields_sealed.is_not(None))
    assert session.scalars(kept).all() == []
    late = paper.confirm(report, says=409)
    assert "系统已经在 2026-12-23 09:01 撤回了这本台账" in late["detail"]
    assert [name for name, _, _ in told(session, "old_book.expired")] == [UPLOADER]
    expired = select(Event.actor_id).where(Event.kind == "old_book.expired")
    assert session.scalars(expired).all() == [None]
    assert paper.send(line(*XIANG))["id"] != report["id"]


def test_one_that_was_confirmed_does_not_lapse(paper: Paper, session: Session) -> None:
    report = paper.send(line(*XIANG))
    paper.confirm(report)
    service.expire(session, now=utcnow() + timedelta(days=99))
    assert paper.story.see(UPLOADER, f"/imports/old-books/{report['id']}")["state"] == "confirmed"
