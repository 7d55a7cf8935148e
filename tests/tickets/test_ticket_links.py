"""关联办件: who links what, who sees it, and that nobody learns of what he may not see."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.audit.models import Event
from app.demo import people as invented
from app.tickets import service
from app.tickets.linking import about_the_same, links_of
from app.tickets.models import Link, Ticket
from app.tickets.presentation import ticket_view
from app.tickets.types import (
    MAX_LINKS,
    LinkedOtherwise,
    LinkKind,
    LinkNotFound,
    MayNotLink,
    MayNotUnlink,
    NothingToLink,
    TicketNotFound,
    TooManyLinks,
    WrongState,
)
from tests.support.office import Browser, Office, race

CLERK, HEAD, LEADER = "yaohaiyang", "qinyongan", "pengxiuying"
STRANGER = "qutianyu"
ADMINISTRATOR = "duanshiyu"


def link(
    office: Office,
    ticket: Ticket,
    other: Ticket,
    kind: LinkKind = LinkKind.PREVIOUS,
    by: str = CLERK,
) -> None:
    service.link(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        number=ticket.number,
        to=other.number,
        kind=kind,
    )


def only(office: Office) -> Link:
    return office.session.scalars(select(Link)).one()


def unlink(office: Office, ticket: Ticket, by: str = CLERK, link_id: int = 0) -> None:
    service.unlink(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        number=ticket.number,
        link_id=link_id or only(office).id,
    )


def labels(office: Office, ticket: Ticket, by: str = CLERK) -> list[tuple[str, str]]:
    found = links_of(office.session, office.actor(by), ticket.instance_id)
    return [(one.label, one.number) for one in found if one.removed_at is None]


def told(office: Office, ticket: Ticket, by: str) -> str:
    """Everything the page and REST say of it, but for the address of the ticket itself."""
    view = ticket_view(office.session, ticket, office.actor(by), office.now)
    return f"{view.links} {view.timeline}"


def kinds(office: Office, ticket: Ticket) -> list[str]:
    chain = select(Event.kind).where(Event.chain == f"ticket:{ticket.number}").order_by(Event.seq)
    return [kind for kind in office.session.scalars(chain) if "link" in kind]


def far_ticket(office: Office) -> Ticket:
    """Of another county, where the clerk sees nothing."""
    return office.start(STRANGER)


@pytest.mark.parametrize(
    ("kind", "here", "there"),
    [
        (LinkKind.PREVIOUS, "前一件", "后一件"),
        (LinkKind.SUPPLEMENT, "补充件", "所补充的件"),
        (LinkKind.RELATED, "相关件", "相关件"),
    ],
)
def test_both_show_it_each_in_its_words(
    office: Office, kind: LinkKind, here: str, there: str
) -> None:
    one, other = office.start(), office.start()
    link(office, one, other, kind)
    assert labels(office, one) == [(here, other.number)]
    assert labels(office, other) == [(there, one.number)]
    assert kinds(office, one) == kinds(office, other) == ["ticket.linked"]
    said = ticket_view(office.session, one, office.actor(CLERK), office.now).timeline
    assert any(f"关联{here} {other.number}" in entry.title for entry in said)


def test_events_keep_the_number_to_themselves(office: Office) -> None:
    one, other = office.start(), office.start()
    link(office, one, other)
    events = office.session.scalars(select(Event).where(Event.kind == "ticket.linked")).all()
    assert {event.chain for event in events} == {f"ticket:{t.number}" for t in (one, other)}
    assert all(t.number not in str(event.data) for event in events for t in (one, other))


def test_who_may_not_see_the_other_sees_nothing_of_it(office: Office) -> None:
    """Neither number nor line: only 州 people, who see both, know of the link."""
    near, far = office.start(), far_ticket(office)
    row = Link(
        low_id=min(near.instance_id, far.instance_id),
        high_id=max(near.instance_id, far.instance_id),
        from_id=near.instance_id,
        kind=LinkKind.RELATED,
        person_id=office.actor(ADMINISTRATOR).person_id,
        at=office.now,
    )
    office.session.add(row)
    office.session.flush()
    for ticket, other, reader in ((near, far, CLERK), (far, near, STRANGER)):
        assert other.number not in told(office, ticket, reader)
        assert labels(office, ticket, reader) == []
        with pytest.raises(LinkNotFound):
            unlink(office, ticket, reader, row.id)
    seen = links_of(office.session, office.actor(ADMINISTRATOR), near.instance_id)
    assert [one.number for one in seen] == [far.number]


def test_a_line_of_the_timeline_is_hidden_with_what_it_names(office: Office) -> None:
    """A link between two counties, made by somebody of the 州 who had a step of one."""
    near, far = office.start(), far_ticket(office)
    task = office.task(near)
    task.assignee_id = office.actor(ADMINISTRATOR).person_id
    link(office, near, far, by=ADMINISTRATOR)
    assert far.number in told(office, near, ADMINISTRATOR)
    assert far.number not in told(office, near, CLERK)
    assert "关联" not in told(office, near, CLERK)
    assert near.number in told(office, far, ADMINISTRATOR)
    assert "关联" not in told(office, far, STRANGER)


def test_a_number_out_of_reach_answers_like_one_that_is_missing(office: Office) -> None:
    ticket, far, draft = office.start(), far_ticket(office), office.draft("longjinhua")
    answers = set()
    for number in (far.number, draft.number, "QX-CZY-2026-09999", "什么"):
        with pytest.raises(NothingToLink) as refused:
            service.link(
                office.session,
                actor=office.actor(CLERK),
                now=office.now,
                number=ticket.number,
                to=number,
                kind=LinkKind.RELATED,
            )
        answers.add((refused.value.code, refused.value.text))
    assert len(answers) == 1
    assert kinds(office, ticket) == []


def test_it_is_for_who_asked_and_who_has_or_had_a_step(office: Office) -> None:
    ticket, other = office.start(), office.start()
    with pytest.raises(MayNotLink):
        link(office, ticket, other, by="humin")
    with pytest.raises(TicketNotFound):
        link(office, ticket, other, by=STRANGER)
    link(office, ticket, other, by=HEAD)
    office.decide(ticket)
    unlink(office, ticket, HEAD)
    link(office, ticket, other, by=HEAD)
    assert len(labels(office, ticket)) == 1


def test_not_to_itself_not_with_drafts(office: Office) -> None:
    ticket, draft = office.start(), office.draft()
    with pytest.raises(NothingToLink):
        link(office, ticket, ticket)
    with pytest.raises(NothingToLink):
        link(office, ticket, draft)
    with pytest.raises(WrongState):
        link(office, draft, ticket)


def test_a_double_click_links_once_and_another_kind_is_refused(office: Office) -> None:
    ticket, other = office.start(), office.start()
    for _ in range(2):
        link(office, ticket, other)
    assert kinds(office, ticket) == ["ticket.linked"]
    with pytest.raises(LinkedOtherwise):
        link(office, ticket, other, LinkKind.SUPPLEMENT)
    with pytest.raises(LinkedOtherwise):
        link(office, other, ticket)  # the one before cannot be the one after too
    third = office.start()
    link(office, ticket, third, LinkKind.RELATED)
    link(office, third, ticket, LinkKind.RELATED)  # the same from either side
    assert len(labels(office, ticket)) == 2


def test_twenty_are_enough_on_either_side(office: Office) -> None:
    ticket, other = office.start(), office.start()
    person = office.actor(CLERK).person_id
    for n in range(MAX_LINKS):
        office.session.add(
            Link(
                low_id=other.instance_id,
                high_id=office.draft().instance_id,
                from_id=other.instance_id,
                kind=LinkKind.RELATED,
                person_id=person,
                at=office.now,
            )
        )
        assert n < MAX_LINKS
    office.session.flush()
    for one, far in ((ticket, other), (other, ticket)):
        with pytest.raises(TooManyLinks):
            link(office, one, far)


def test_who_linked_takes_it_back_from_either_side_or_an_administrator(office: Office) -> None:
    ticket, other = office.start(), office.start()
    link(office, ticket, other)
    for who in (HEAD, "humin"):
        with pytest.raises(MayNotUnlink):
            unlink(office, ticket, who)
    with pytest.raises(TicketNotFound):
        unlink(office, ticket, STRANGER)
    for _ in range(2):
        unlink(office, other)
    assert kinds(office, ticket) == kinds(office, other) == ["ticket.linked", "ticket.unlinked"]
    assert labels(office, ticket) == []
    assert f"取消关联前一件 {other.number}" in told(office, ticket, CLERK)
    link(office, ticket, other, LinkKind.SUPPLEMENT)
    (_, again) = office.session.scalars(select(Link).order_by(Link.id)).all()
    unlink(office, ticket, ADMINISTRATOR, again.id)
    assert labels(office, ticket) == []


def test_a_link_of_two_others_is_not_found_here(office: Office) -> None:
    ticket, other, third = office.start(), office.start(), office.start()
    link(office, ticket, other)
    for wrong in (only(office).id, 999_999):
        with pytest.raises(LinkNotFound):
            unlink(office, third, link_id=wrong)


@pytest.mark.committed
def test_two_who_link_from_both_sides_at_once_make_one(office: Office) -> None:
    one, other = office.start(), office.start()
    office.session.commit()
    actor, now = office.actor(CLERK), office.tick()

    def from_side(here: Ticket, there: Ticket) -> Callable[..., object]:
        return lambda session: service.link(
            session,
            actor=actor,
            now=now,
            number=here.number,
            to=there.number,
            kind=LinkKind.RELATED,
        )

    answers = race(from_side(one, other), from_side(other, one))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    office.session.expire_all()
    only(office)


def test_others_about_the_same_person_are_suggested(office: Office) -> None:
    """Within reach, five at most, none of drafts."""
    person = invented.row(700, post="review")
    closed = office.walk(office.start(answers=office.answers(people=[person])))
    now = office.start(answers=office.answers(people=[{**person, "kind": "change"}]))
    actor = office.actor(CLERK)
    assert [row[0] for row in about_the_same(office.session, actor, now)] == [closed.number]
    assert about_the_same(office.session, office.actor(STRANGER), now) == []
    assert about_the_same(office.session, actor, office.draft()) == ()


def test_the_page_links_and_takes_back(
    office: Office, browser: Callable[[str], Browser], count_queries: Callable[..., list[str]]
) -> None:
    ticket, other = office.start(), office.start()
    office.session.commit()
    clerk = browser(CLERK)
    way = f"/tickets/{ticket.number}"
    wrong = clerk.post(f"{way}/links", to="QX-CZY-2026-09999", kind="previous")
    assert (wrong.status_code, "请核对编号" in wrong.text) == (422, True)
    assert clerk.post(f"{way}/links", to=other.number, kind="friend").status_code == 400
    assert clerk.post(f"{way}/links", to=other.number.lower(), kind="previous").status_code == 302
    page = clerk.get(way).text
    assert other.number in page
    assert "取消与" in page
    assert "取消与" not in browser(HEAD).get(way).text
    asked = count_queries()
    clerk.get(way)
    few = len(asked)
    for _ in range(3):
        third = office.start()
        link(office, ticket, third, LinkKind.RELATED)
    office.session.commit()
    asked = count_queries()
    clerk.get(way)
    assert len(asked) == few  # as often for four as for one
    first = office.session.scalars(select(Link).order_by(Link.id)).first()
    assert first is not None
    assert clerk.post(f"{way}/links/{first.id}/remove").status_code == 302
    office.session.expire_all()
    assert len(labels(office, ticket)) == 3
