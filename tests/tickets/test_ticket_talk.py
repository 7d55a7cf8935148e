"""留言 and 抄送: who may say what to whom, and what a copy lets one read."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.models import Event
from app.core.errors import Invalid
from app.identity.models import Login, Person, Unit
from app.identity.queries import colleagues as reach_of
from app.identity.queries import get_unit, list_people
from app.identity.types import UnitKind
from app.tasks import copies
from app.tasks.models import Copy
from app.tasks.queries import waiting_for
from app.tasks.types import Box
from app.tickets import policy, queries, service
from app.tickets.models import Comment, Ticket
from app.tickets.types import (
    CommentNotFound,
    CommentsClosed,
    CommentStands,
    NobodyNamed,
    TicketNotFound,
    WrongState,
)
from tests.support.office import Browser, Office

CLERK, HEAD, STRANGER = "yaohaiyang", "qinyongan", "qutianyu"


def say(
    office: Office, ticket: Ticket, by: str = HEAD, text: str = "请看第 2 行。", **more: Any
) -> None:
    service.comment(
        office.session,
        actor=office.actor(by),
        now=office.now,
        number=ticket.number,
        text=text,
        **more,
    )


def tell(office: Office, ticket: Ticket, *to: str, by: str = CLERK, text: str = "") -> None:
    service.copy_to(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        number=ticket.number,
        to=to,
        text=text,
    )


def kinds(office: Office, ticket: Ticket) -> list[str]:
    chain = select(Event.kind).where(Event.chain == f"ticket:{ticket.number}").order_by(Event.seq)
    return list(office.session.scalars(chain))


def may_read(office: Office, who: str, ticket: Ticket) -> bool:
    try:
        queries.access_ticket(office.session, ticket.number, office.actor(who), policy.can_view)
    except TicketNotFound:
        return False
    return True


def colleagues(office: Office) -> list[str]:
    """Whom the county's people may tell of a ticket."""
    path = get_unit(office.session, office.actor(CLERK).unit_id).path
    given = {"reach": reach_of(path), "now": office.now, "limit": 500}
    return [one.username for one in list_people(office.session, **given).items]


def outsider(office: Office) -> str:
    """A colleague of a township: the county's tickets are not his to see."""
    ticket = office.start()
    return next(one for one in colleagues(office) if not may_read(office, one, ticket))


def test_who_sees_a_ticket_may_say_something(office: Office) -> None:
    """In the timeline it stands with its words; the event keeps a keyed hash, not the words."""
    ticket = office.start()
    say(office, ticket, text="  请核对身份证 422826199001011234。 ")
    row = office.session.scalars(select(Comment)).one()
    assert row.text == "请核对身份证 422826********1234。"
    event = office.session.scalars(select(Event).where(Event.kind == "ticket.commented")).one()
    assert row.text not in str(event.data)


@pytest.mark.parametrize("text", ["", "   ", "字" * 1001])
def test_a_comment_has_words_and_an_end(office: Office, text: str) -> None:
    with pytest.raises(Invalid):
        say(office, office.start(), text=text)


def test_drafts_and_what_ended_long_ago_take_no_comment(office: Office) -> None:
    with pytest.raises(CommentsClosed):
        say(office, office.draft(), by=CLERK)
    ticket = office.walk(office.start())
    say(office, ticket)
    office.now += timedelta(days=31)
    with pytest.raises(CommentsClosed):
        say(office, ticket)


def test_whom_a_comment_calls_gets_a_copy_with_its_words(office: Office) -> None:
    ticket = office.start()
    say(office, ticket, to=["PengXiuYing", "pengxiuying", HEAD])
    copy = office.session.scalars(select(Copy)).one()
    assert (office.username(copy.person_id), copy.note) == ("pengxiuying", "请看第 2 行。")
    assert waiting_for(office.session, office.actor("pengxiuying"))[Box.COPIED] == 1


def test_its_writer_takes_a_comment_back_at_once(office: Office) -> None:
    """Struck out it stays; copies that nobody has seen go with it. Twice is fine."""
    ticket = office.start()
    say(office, ticket, to=["pengxiuying"])
    (row,) = queries.comments_of(office.session, ticket.instance_id).values()
    given: dict[str, Any] = {"number": ticket.number, "comment_id": row.id}
    with pytest.raises(CommentNotFound):
        service.withdraw_comment(office.session, actor=office.actor(CLERK), now=office.now, **given)
    for _ in range(2):
        service.withdraw_comment(office.session, actor=office.actor(HEAD), now=office.now, **given)
    assert row.withdrawn_at is not None
    assert office.session.scalars(select(Copy)).all() == []
    assert kinds(office, ticket).count("ticket.comment_withdrawn") == 1


def test_after_two_minutes_a_comment_stands(office: Office) -> None:
    ticket = office.start()
    say(office, ticket)
    (row,) = queries.comments_of(office.session, ticket.instance_id)
    office.now += timedelta(minutes=3)
    with pytest.raises(CommentStands):
        service.withdraw_comment(
            office.session,
            actor=office.actor(HEAD),
            now=office.now,
            number=ticket.number,
            comment_id=row,
        )


def test_a_copy_lets_somebody_read_what_was_not_his(office: Office) -> None:
    """He may read, not act, and what is sensitive stays masked; in his list it stands first."""
    ticket = office.start()
    other = outsider(office)
    tell(office, ticket, other, text="请你们参照办理。")
    assert may_read(office, other, ticket)
    actor = office.actor(other)
    page = copies.list_copies(office.session, actor)
    assert [(row.number, row.note, row.seen_at) for row in page.items] == [
        (ticket.number, "请你们参照办理。", None)
    ]
    assert policy.actions(actor, ticket, settled=False) == ()
    assert not policy.can_reveal(actor, ticket, has_part=False)
    assert [row.number for row in queries.list_numbered(office.session, actor, [ticket.number])]


def test_a_copy_ends_with_the_division(office: Office) -> None:
    """Who moves to another county reads nothing of the old one any more (R12)."""
    ticket = office.start()
    other = outsider(office)
    tell(office, ticket, other)
    person = office.session.scalars(
        select(Person).join(Login, Login.person_id == Person.id).where(Login.username == other)
    ).one()
    person.unit_id = office.actor(STRANGER).unit_id
    office.session.flush()
    assert not may_read(office, other, ticket)
    assert copies.list_copies(office.session, office.actor(other)).items == ()


@pytest.mark.parametrize("who", [STRANGER, "nobody-at-all"])
def test_a_stranger_and_nobody_are_refused_alike(office: Office, who: str) -> None:
    ticket = office.start()
    for act in (
        lambda: tell(office, ticket, HEAD, who),
        lambda: say(office, ticket, to=[HEAD, who]),
    ):
        with pytest.raises(NobodyNamed) as refused:
            act()
        assert [error.path for error in refused.value.errors] == ["to.1"]
    assert office.session.scalars(select(Copy)).all() == []


def test_people_of_the_company_are_told_nothing(office: Office) -> None:
    ticket = office.start()
    outside = office.session.scalars(
        select(Login.username)
        .join(Person, Person.id == Login.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Unit.kind == UnitKind.COMPANY)
    ).all()
    assert outside
    assert set(colleagues(office)).isdisjoint(outside)
    for one in outside:
        with pytest.raises(NobodyNamed):
            tell(office, ticket, one)


def test_the_same_is_told_once_until_it_is_seen(office: Office) -> None:
    ticket = office.start()
    for _ in range(2):
        tell(office, ticket, HEAD, text="请看。")
    assert kinds(office, ticket).count("ticket.copied") == 1
    head = office.actor(HEAD)
    for _ in range(2):
        service.mark_seen(office.session, actor=head, now=office.tick(), number=ticket.number)
    assert waiting_for(office.session, head)[Box.COPIED] == 0
    tell(office, ticket, HEAD, text="请看。")
    assert waiting_for(office.session, head)[Box.COPIED] == 1


def test_drafts_are_told_to_nobody(office: Office) -> None:
    with pytest.raises(WrongState):
        tell(office, office.draft(), HEAD)


def test_unseen_come_first_and_pages_go_by_key(office: Office) -> None:
    head = office.actor(HEAD)
    numbers = []
    for _ in range(3):
        ticket = office.start()
        tell(office, ticket, HEAD)
        numbers.append(ticket.number)
    service.mark_seen(office.session, actor=head, now=office.tick(), number=numbers[2])
    found, cursor = [], None
    while True:
        page = copies.list_copies(office.session, head, cursor=cursor, limit=1)
        found += [row.number for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [numbers[1], numbers[0], numbers[2]]
    assert [row.number for row in copies.list_copies(office.session, head, q=numbers[0]).items] == [
        numbers[0]
    ]


# ── the page ──


def test_the_page_says_tells_and_takes_back(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    ticket = office.start()
    office.session.commit()
    head, number = browser(HEAD), ticket.number
    key = "a" * 32
    for _ in range(2):
        answer = head.post(
            f"/tickets/{number}/comment", text="第 2 行的电话不对。", to=CLERK, client_key=key
        )
        assert answer.status_code == 302
    page = head.get(f"/tickets/{number}").text
    assert page.count("第 2 行的电话不对。") == 1
    assert "留言，请姚海洋看" in page
    assert "撤回这条留言" in page
    clerk = browser(CLERK)
    assert "抄送我" in clerk.get("/tasks").text
    assert "没有看过" in clerk.get("/tasks", box="copied").text
    narrowed = clerk.get("/tasks", box="copied", state="running", person="姚海洋").text
    assert number in narrowed
    assert "去掉条件 还在办理" in narrowed
    assert number not in clerk.get("/tasks", box="copied", state="ended").text
    shown = clerk.get(f"/tickets/{number}").text
    assert "秦永安抄送给您" in shown
    assert "撤回这条留言" not in shown
    assert clerk.post(f"/tickets/{number}/seen").status_code == 302
    assert "抄送给您" not in clerk.get(f"/tickets/{number}").text
    (row,) = office.session.scalars(select(Comment)).all()
    assert head.post(f"/tickets/{number}/comments/{row.id}/withdraw").status_code == 302
    assert "<del>第 2 行的电话不对。</del>" in head.get(f"/tickets/{number}").text


def test_a_refused_form_loses_nothing(office: Office, browser: Callable[[str], Browser]) -> None:
    """What was typed and ticked stands there again, beside what to mend."""
    ticket = office.start()
    office.session.commit()
    clerk = browser(CLERK)
    answer = clerk.post(
        f"/tickets/{ticket.number}/copy", text="写了很久的附言", to=["pengxiuying", STRANGER]
    )
    assert answer.status_code == 422
    assert "写了很久的附言" in answer.text
    assert 'value="pengxiuying" checked' in answer.text
    assert "没有找到这个人" in answer.text
    assert clerk.post(f"/tickets/{ticket.number}/copy", text="没有选人").status_code == 422
    found = clerk.post(f"/tickets/{ticket.number}/comment", act="find", q="彭", text="写到一半")
    assert found.status_code == 200
    assert "写到一半" in found.text
    assert "pengxiuying" in found.text
    part = clerk.get(f"/tickets/{ticket.number}/people", q="彭", to=HEAD).text
    assert 'value="pengxiuying"' in part
    assert f'value="{HEAD}" checked' in part
    assert "pengyulan" not in part  # of another county
