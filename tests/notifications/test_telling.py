"""Who is told of what, once the worker has looked at what is on record."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.audit.service import note
from app.core import clock
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.identity.models import Login
from app.identity.queries import unit_by_code
from app.identity.types import LoginState
from app.notifications import service
from app.notifications.kinds import KINDS, Kind, check, fill
from app.notifications.models import Notification, Untold
from app.notifications.queries import count_unread, list_notifications
from app.notifications.service.acts import TOLD
from app.notifications.types import NotificationNotFound, UnknownKind, UnknownPlace
from app.notifications.working import tell_next
from app.rules import service as rules
from app.rules.types import Draft
from app.tasks import service as tasks
from app.tickets import service as tickets
from app.tickets.recounts import Reminder
from scripts.process import wait_until
from tests.support.office import Browser, Office
from tests.support.patience import PATIENCE

CLERK, HEAD, LEADER, ACCOUNTS = "yaohaiyang", "qinyongan", "pengxiuying", "tanlihua"
STRANGER, COLLEAGUE, ADMINISTRATOR = "longjinhua", "yangwei", "duanshiyu"


def work_off(session: Session) -> None:
    session.commit()
    while tell_next():
        pass
    session.expire_all()


def told(office: Office, who: str) -> list[str]:
    """The kinds of what somebody was told, the oldest first."""
    work_off(office.session)
    page = list_notifications(office.session, office.actor(who), limit=200)
    return [one.kind for one in reversed(page.items)]


def test_texts_have_the_places_that_are_allowed_and_no_other() -> None:
    for kind in KINDS.values():
        check(kind)
    for wrong in ("{phone}", "{person.name}", "{}", "{number!r}", "{a", "{{number}}"):
        with pytest.raises(UnknownPlace):
            check(Kind("x", "x", wrong, "x"))


def test_what_a_fact_says_is_text_on_one_line() -> None:
    facts = {"process": "甲{number}\r\nBcc: x", "person": "张15400000107", "number": "1"}
    assert fill("{process}/{person}/{node}", facts) == "甲{number} Bcc: x/张154****0107/"


def test_who_is_told_along_the_road(office: Office) -> None:
    """Whoever has something to do, once; the requester of how it ends; nobody of his own act."""
    ticket = office.start()
    number = ticket.number
    assert told(office, HEAD) == ["task.offered"]
    assert told(office, CLERK) == []
    tickets.urge(
        office.session, actor=office.actor(CLERK), now=office.tick(), number=number, text="请快办"
    )
    assert told(office, HEAD) == ["task.offered", "task.urged"]
    office.send_back(ticket)
    assert told(office, CLERK) == ["task.returned"]
    office.submit(ticket)
    assert told(office, HEAD)[-1] == "task.offered"
    office.decide(ticket)
    assert told(office, LEADER) == ["task.offered"]
    tickets.copy_to(
        *(office.session,),
        actor=office.actor(CLERK),
        now=office.tick(),
        number=number,
        to=[ACCOUNTS],
        text="",
    )
    assert told(office, ACCOUNTS) == ["ticket.copied"]
    office.decide(ticket)
    assert told(office, ACCOUNTS) == ["ticket.copied", "task.claimable"]
    before = office.session.scalars(select(Notification.id)).all()
    work_off(office.session)
    assert office.session.scalars(select(Notification.id)).all() == before
    office.walk(ticket)
    assert told(office, CLERK)[-1] == "ticket.closed"
    assert told(office, STRANGER) == []
    assert office.session.scalars(select(Untold)).all() == []
    texts = office.session.scalars(select(Notification.text)).all()
    assert any(one.startswith(f"{number} 到了“") for one in texts)
    assert not any("0718" in one for one in texts)


def test_what_was_handed_on_is_told_once_and_comes_back(office: Office) -> None:
    ticket = office.start()
    assert told(office, HEAD) == ["task.offered"]
    task = office.task(ticket)
    given = {"actor": office.actor(HEAD), "task_id": task.id, "version": task.version}
    tasks.delegate(office.session, now=office.tick(), to=COLLEAGUE, reason="请先看", **given)
    assert told(office, COLLEAGUE) == ["task.delegated"]
    (shared,) = (one for one in office.tasks(ticket) if one.assignee_id != task.assignee_id)
    tasks.complete(
        office.session,
        actor=office.actor(COLLEAGUE),
        now=office.tick(),
        task_id=shared.id,
        version=shared.version,
        decision=tasks.Decision("approve", "可以办。"),
    )
    assert told(office, HEAD) == ["task.offered", "task.back"]


def test_deadlines_and_who_supervises_them_are_told_of(office: Office) -> None:
    """From the row of the reminder, whoever it found; 督办 from those who have the step."""
    ticket = office.start()
    run, leader = ticket.instance, office.actor(LEADER)
    people = [leader.person_id]
    due = {"instance_id": run.id, "visit_id": None, "due_at": office.now, "keys": []}
    office.session.add(Reminder(mark="before:1", people=people, at=office.now, **due))
    said = {"what": "审核", "due": "2026-11-24", "answer_by": "2026-11-25"}
    note(office.session, run, "ticket.escalated", now=office.now, actor=None, **said)
    note(office.session, run, "supervision.opened", now=office.now, actor=leader, **said)
    assert told(office, LEADER) == ["ticket.escalated"]
    assert told(office, HEAD) == ["task.offered", "supervision.opened"]
    texts = office.session.scalars(select(Notification.text)).all()
    assert any("“审核”，请在2026年11月25日以前答复" in one for one in texts)


def put(office: Office, who: str, key: str = "k", *, kind: str = "ticket.copied") -> int:
    facts = {"process": "试", "person": "姚海洋"}
    people = [office.actor(who).person_id]
    given = {"kind": kind, "people": people, "key": key, "facts": facts, "ticket": "X-1"}
    return service.notify(office.session, now=utcnow(), **given)


def test_told_twice_it_stands_once_and_nobody_hears_who_left(office: Office) -> None:
    assert [put(office, HEAD), put(office, HEAD)] == [1, 0]
    with pytest.raises(UnknownKind):
        put(office, HEAD, "other", kind="ticket.eaten")
    login = office.session.scalars(select(Login).where(Login.username == LEADER)).one()
    login.state = LoginState.DISABLED
    assert put(office, LEADER) == 0


@pytest.mark.committed
def test_two_workers_who_tell_the_same_at_once_tell_it_once(office: Office) -> None:
    """The second waits for the first, and neither tells nor sends anything."""
    person = office.actor(HEAD).person_id
    office.session.commit()

    def tell(session: Session) -> int:
        given = {"kind": "ticket.closed", "key": "same", "facts": {}, "now": utcnow()}
        return service.notify(session, people=[person], **given)

    def other() -> int:
        with transaction() as session:
            return tell(session)

    def waits() -> bool:
        with reading() as session:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            return bool(session.scalar(text(asked)))

    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            assert tell(session) == 1
            second = pool.submit(other)
            assert wait_until(waits, PATIENCE, 0.02)
        assert second.result(30) == 0


def test_an_act_that_cannot_be_told_of_stops_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again later and later; what came after it is told at once."""

    def broken(*_: object) -> None:
        raise RuntimeError("15400000107")

    monkeypatch.setitem(TOLD, "ticket.copied", broken)  # type: ignore[arg-type]
    ticket = office.start()
    tickets.copy_to(
        *(office.session,),
        actor=office.actor(CLERK),
        now=office.tick(),
        number=ticket.number,
        to=[ACCOUNTS],
    )
    office.send_back(ticket)
    assert told(office, CLERK) == ["task.returned"]
    (left,) = office.session.scalars(select(Untold))
    assert (left.tries, left.error) == (1, "RuntimeError: 154****0107")
    assert left.again_at is not None
    assert left.again_at > utcnow() + timedelta(seconds=5)


def test_reading_is_ones_own_and_twice_is_fine(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    put(office, HEAD, "a")
    put(office, HEAD, "b")
    office.session.commit()
    ids = office.session.scalars(select(Notification.id).order_by(Notification.id)).all()
    head, other = browser(HEAD), browser(STRANGER)
    assert "2<" in head.get("/notifications/count").text
    page = head.get("/notifications", unread="1").text
    assert page.count("抄送：试") >= 2
    assert other.post(f"/notifications/{ids[0]}/open").status_code == 404
    assert other.post(f"/notifications/{ids[0]}/read").status_code == 404
    opened = head.post(f"/notifications/{ids[0]}/open")
    assert opened.location == "/tickets/X-1"
    assert head.post(f"/notifications/{ids[0]}/open").status_code == 302
    put(office, HEAD, "c")  # while the page was open
    office.session.commit()
    assert head.post("/notifications/read", until=ids[1]).status_code == 302
    assert head.post("/notifications/read", until="x").status_code == 400
    assert "1<" in head.get("/notifications/count").text
    with pytest.raises(NotificationNotFound):
        service.mark_read(
            *(office.session,), actor=office.actor(HEAD), now=utcnow(), notification_id=0
        )


def test_asking_how_many_are_new_is_no_sign_of_a_person(
    app: object,  # noqa: ARG001 - its routes are joined
    office: Office,
    browser: Callable[[str], Browser],
) -> None:
    """A page that stands open does not keep its session alive; signed out it is told nothing."""
    head = browser(HEAD)
    office.session.execute(text("UPDATE login_session SET seen_at = seen_at - interval '5 min'"))
    office.session.commit()
    seen = text("SELECT max(seen_at) FROM login_session")
    before = office.session.scalar(seen)
    head.get("/notifications/count")
    assert office.session.scalar(seen) == before
    head.get("/notifications")
    assert office.session.scalar(seen) > before
    head.client.delete_cookie("session")
    quiet = head.client.get("/notifications/count", headers={"HX-Request": "true"})
    assert (quiet.status_code, "count" in quiet.text) == (200, False)


def plan(session: Session, statement: str) -> str:
    rows = session.execute(text(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}"))
    return "\n".join(row[0] for row in rows)


def test_ten_thousand_for_one_person_cost_what_a_page_costs(office: Office) -> None:
    """Counted as far as anybody wants to know, listed a page at a time, each by its index."""
    person = office.actor(HEAD).person_id
    office.session.execute(
        text("""
            INSERT INTO notification (person_id, kind, key, title, text, href, is_shown, at)
            SELECT CASE WHEN n % 2 = 0 THEN :person ELSE p.id END, 'ticket.copied', n::text,
                   '抄送', '抄送', '/x', true, now()
            FROM generate_series(1, 20000) n, (SELECT max(id) AS id FROM person) p
        """),
        {"person": person},
    )
    office.session.execute(text("ANALYZE notification"))
    office.session.execute(text("SET LOCAL enable_seqscan = off"))  # as with millions
    assert count_unread(office.session, person) == 100
    first = list_notifications(office.session, office.actor(HEAD))
    assert len(first.items) == 50
    second = list_notifications(office.session, office.actor(HEAD), cursor=first.next_cursor)
    assert second.items[0].id < first.items[-1].id
    own = f"FROM notification WHERE person_id = {person} AND is_shown"
    few = f"SELECT id {own} AND read_at IS NULL LIMIT 100"
    count = plan(office.session, f"SELECT count(*) FROM ({few}) few")  # noqa: S608 - ours
    page = plan(office.session, f"SELECT * {own} AND id < 19000 ORDER BY id DESC LIMIT 51")
    assert "ix_notification_unread" in count, count
    assert "ix_notification_person" in page, page
    for found in (count, page):
        assert "Sort" not in found, found
        assert "Seq Scan" not in found, found


def test_who_keeps_rules_is_told_before_they_end(office: Office) -> None:
    today = clock.local(office.now).date()
    rules.enter_version(
        office.session,
        actor=office.actor(ADMINISTRATOR),
        now=office.tick(),
        draft=Draft(
            "trial-rules",
            unit_by_code(office.session, "422826").id,
            "试行办法",
            "",
            "",
            today,
            today + timedelta(days=20),
            (),
        ),
    )
    for _ in range(2):  # once, however often one looks
        rules.warn_of_ends(office.session, now=office.tick())
    assert told(office, ADMINISTRATOR) == told(office, "gongyuanhang") == ["rule.ending"]
    titles = office.session.scalars(select(Notification.title)).all()
    assert titles == ["快到期：试行办法"] * 2
