"""Many tasks at once: each on its own, stopped, cut off, told one by one, tried again, gone."""

import base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.audit.queries import list_chain
from app.core.crypto import seal
from app.core.errors import Invalid, Malformed
from app.core.outbox import Outbox, OutboxState
from app.identity.models import Appointment, Login, Person
from app.identity.types import LoginState
from app.tasks import batches, service
from app.tasks.models import TaskBatch, TaskBatchItem
from app.tasks.service import batching, foreseeing
from app.tasks.types import (
    MOST_ITEMS,
    BatchAct,
    BatchesRunning,
    BatchNotFound,
    ItemState,
    NothingChosen,
    Seen,
    StalePage,
    TaskAlreadyClaimed,
    TaskAlreadyDone,
    TaskNotFound,
    TooManyChosen,
)
from app.tickets.models import Ticket
from tests.support.office import Office, drawing, race

HEAD, LEADER, ADMIN, OTHER_ADMIN = "qinyongan", "pengxiuying", "tanlihua", "tanguifang"
STRANGER = "longjinhua"
W, D, R, S = ItemState.WAITING, ItemState.DONE, ItemState.REFUSED, ItemState.SKIPPED


def sign(office: Office, *usernames: str) -> None:
    """A signature on file for each."""
    for name in usernames:
        person = office.session.get_one(Person, office.actor(name).person_id)
        person.signature_png = seal(base64.b64decode(drawing()))
    office.session.flush()


@pytest.fixture
def tickets(office: Office) -> list[Ticket]:
    """Three that wait for the head of the office, who has a signature on file."""
    sign(office, HEAD, LEADER)
    return [office.start() for _ in range(3)]


def seen(office: Office, tickets: Sequence[Ticket]) -> list[Seen]:
    return [Seen(task.id, task.version) for task in map(office.task, tickets)]


def order(
    office: Office,
    items: Sequence[Seen],
    *,
    act: BatchAct = BatchAct.AGREE,
    by: str = HEAD,
    key: str = "k" * 32,
    opinion: str = "",
    to: str = "",
) -> TaskBatch:
    return service.create_batch(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        act=act,
        items=items,
        opinion=opinion,
        to=to,
        client_key=key,
    )


def step(office: Office, item: TaskBatchItem) -> TaskBatchItem:
    batching.step(office.session, {"item": item.id}, office.tick())
    return item


def finish(office: Office, batch: TaskBatch) -> list[ItemState]:
    for item in batch.of(W):
        step(office, item)
    return [item.state for item in batch.items]


def rows(office: Office) -> int:
    mine = select(func.count()).where(Outbox.topic == batching.TOPIC)
    return office.session.scalar(mine) or 0


def test_each_is_agreed_to_with_the_words_of_all(office: Office, tickets: list[Ticket]) -> None:
    """First outcome, opinion of all, stored signature; each on its ticket's chain."""
    batch = order(office, seen(office, tickets), opinion=" 同意，请按规定办。 ")
    assert finish(office, batch) == [D, D, D]
    for ticket in tickets:
        done = office.tasks(ticket)[0]
        assert (done.outcome, done.opinion) == ("approve", "同意，请按规定办。")
        assert done.signature is not None
        assert office.task(ticket).node == "leader_approval"
        chain = [event.kind for event in list_chain(office.session, ticket.instance.audit_chain)]
        assert chain.count("task.completed") == 1


def test_an_item_is_never_done_twice(office: Office, tickets: list[Ticket]) -> None:
    """The outbox brings an item again when its worker died after the commit."""
    batch = order(office, seen(office, tickets))
    finish(office, batch)
    for item in batch.items:
        step(office, item)
    assert [len(office.tasks(ticket)) for ticket in tickets] == [2, 2, 2]


def test_a_double_click_makes_one_batch(office: Office, tickets: list[Ticket]) -> None:
    first, second = (order(office, seen(office, tickets)) for _ in range(2))
    assert first.id == second.id
    assert rows(office) == 3
    assert order(office, seen(office, tickets), key="other").id != first.id


@pytest.mark.committed
def test_two_clicks_at_once_make_one_batch(office: Office) -> None:
    sign(office, HEAD)
    items = seen(office, [office.start()])
    office.session.commit()
    actor, now = office.actor(HEAD), office.now

    def click(session: Session) -> str:
        given: dict[str, Any] = {"act": BatchAct.AGREE, "items": items, "opinion": ""}
        made = service.create_batch(session, actor=actor, now=now, client_key="k", **given)
        return made.id

    assert len(set(race(click, click, click))) == 1
    assert rows(office) == 1


def test_stale_ones_are_left_and_told(office: Office, tickets: list[Ticket]) -> None:
    """Of what changed since the page was opened nothing is done; the others are."""
    items = seen(office, tickets)
    items[1] = Seen(items[1].task_id, (items[1].version or 0) + 1)
    batch = order(office, items)
    assert finish(office, batch) == [D, R, D]
    assert batch.items[1].why == StalePage.message
    assert office.task(tickets[1]).node == "department_opinion"


def test_somebody_was_faster(office: Office, tickets: list[Ticket]) -> None:
    """Done by another way after the batch was made, and a second batch over the same tasks."""
    batch = order(office, seen(office, tickets))
    second = order(office, seen(office, tickets), key="second")
    office.decide(tickets[0])
    assert finish(office, batch) == [R, D, D]
    assert batch.items[0].why == TaskAlreadyDone.message
    assert finish(office, second) == [R, R, R]
    assert [len(office.tasks(ticket)) for ticket in tickets] == [2, 2, 2]


def test_what_another_office_has_is_like_what_is_missing(
    office: Office, tickets: list[Ticket]
) -> None:
    batch = order(office, [*seen(office, tickets[:1]), Seen(10**12, 1)], by=STRANGER)
    assert finish(office, batch) == [R, R]
    assert {item.why for item in batch.items} == {TaskNotFound.message}
    assert {(item.number, item.node_title) for item in batch.items} == {("", "")}
    assert rows(office) == 0


def test_nobody_else_knows_the_batch(office: Office, tickets: list[Ticket]) -> None:
    batch = order(office, seen(office, tickets))
    for by in (LEADER, STRANGER):
        given: dict[str, Any] = {"actor": office.actor(by), "now": office.now}
        with pytest.raises(BatchNotFound):
            service.access_batch(office.session, batch.id, office.actor(by))
        with pytest.raises(BatchNotFound):
            service.stop_batch(office.session, batch_id=batch.id, **given)
        with pytest.raises(BatchNotFound):
            service.retry_batch(office.session, batch_id=batch.id, **given)
        assert batches.list_batches(office.session, office.actor(by)).items == ()


def test_claiming_takes_what_is_free(office: Office, tickets: list[Ticket]) -> None:
    for ticket in tickets:
        office.walk(ticket, to="account_execution")
    items = seen(office, tickets)
    service.claim(
        office.session, actor=office.actor(OTHER_ADMIN), now=office.now, task_id=items[2].task_id
    )
    batch = order(office, items, act=BatchAct.CLAIM, by=ADMIN)
    assert finish(office, batch) == [D, D, R]
    assert batch.items[2].why == TaskAlreadyClaimed.message
    own = office.actor(ADMIN).person_id
    assert [office.task(ticket).assignee_id == own for ticket in tickets] == [True, True, False]


def test_handing_on_asks_for_each_whether_he_may(office: Office, tickets: list[Ticket]) -> None:
    """The leader may sign for the head; where the head has decided already he gets nothing back."""
    office.decide(tickets[2])
    assert office.task(tickets[2]).node == "leader_approval"
    handed = {"act": BatchAct.TRANSFER, "opinion": "我出差"}
    with pytest.raises(Invalid):
        order(office, seen(office, tickets[:2]), act=BatchAct.TRANSFER)
    batch = order(office, seen(office, tickets[:2]), to=LEADER, **handed)  # type: ignore[arg-type]
    assert finish(office, batch) == [D, D]
    leader = office.actor(LEADER).person_id
    assert [office.task(ticket).assignee_id for ticket in tickets] == [leader] * 3
    back = order(office, seen(office, tickets), by=LEADER, key="back", to=HEAD, **handed)  # type: ignore[arg-type]
    assert finish(office, back) == [D, D, R]
    assert "已经办过一步" in back.items[2].why


def test_what_takes_more_than_a_click_is_not_done(office: Office, tickets: list[Ticket]) -> None:
    """A form to fill, a signature that is not on file, an application to mend."""
    office.walk(tickets[0], to="account_execution")
    office.send_back(tickets[1])
    told = {
        by: service.foresee(
            office.session,
            actor=office.actor(by),
            now=office.now,
            act=BatchAct.AGREE,
            ids=[office.task(t).id],
        )[0].why
        for by, t in ((ADMIN, tickets[0]), ("yaohaiyang", tickets[1]), (HEAD, tickets[2]))
    }
    assert told == {
        ADMIN: foreseeing.NEEDS_FORM,
        "yaohaiyang": foreseeing.NEEDS_ANSWERS,
        HEAD: "",
    }
    office.session.get_one(Person, office.actor(HEAD).person_id).signature_png = None
    batch = order(office, seen(office, tickets[2:]))
    assert [item.why for item in batch.items] == [foreseeing.NEEDS_SIGNATURE]
    assert rows(office) == 0


def test_what_is_foreseen_names_the_outcome(office: Office, tickets: list[Ticket]) -> None:
    (one,) = service.foresee(
        office.session,
        actor=office.actor(HEAD),
        now=office.now,
        act=BatchAct.AGREE,
        ids=[office.task(tickets[0]).id],
    )
    assert (one.outcome, one.signs, one.why) == ("approve", True, "")
    assert (one.number, one.requester_name) == (tickets[0].number, "姚海洋")


def test_disabled_in_the_middle(office: Office, tickets: list[Ticket]) -> None:
    """Who may not sign in any more does nothing more, whatever he ordered before."""
    batch = order(office, seen(office, tickets))
    step(office, batch.items[0])
    person = office.actor(HEAD).person_id
    login = office.session.scalars(select(Login).where(Login.person_id == person)).one()
    login.state = LoginState.DISABLED
    office.session.flush()
    assert finish(office, batch) == [D, R, R]
    assert batch.items[1].why == batching.CANNOT_SIGN_IN


def test_the_position_lost_in_the_middle(office: Office, tickets: list[Ticket]) -> None:
    batch = order(office, seen(office, tickets))
    step(office, batch.items[0])
    person = office.actor(HEAD).person_id
    office.session.execute(delete(Appointment).where(Appointment.person_id == person))
    assert finish(office, batch) == [D, R, R]
    assert office.task(tickets[2]).node == "department_opinion"


def test_stopped_it_leaves_the_rest_and_goes_on_again(
    office: Office, tickets: list[Ticket]
) -> None:
    batch = order(office, seen(office, tickets))
    step(office, batch.items[0])
    given: dict[str, Any] = {"actor": office.actor(HEAD), "batch_id": batch.id}
    for _ in range(2):  # stopping twice changes nothing
        service.stop_batch(office.session, now=office.now, **given)
    for item in list(batch.items):  # what was on its way finds nothing to do
        step(office, item)
    assert [item.state for item in batch.items] == [D, S, S]
    service.retry_batch(office.session, now=office.tick(), **given)
    assert finish(office, batch) == [D, D, D]
    service.stop_batch(office.session, now=office.tick(), **given)
    assert (batch.stopped_at, rows(office)) == (None, 5)


def test_tried_again_with_what_is_seen_now(office: Office, tickets: list[Ticket]) -> None:
    """A second click tries nothing twice, and what is done stays done."""
    items = [Seen(one.task_id, 99) for one in seen(office, tickets)]
    batch = order(office, items)
    assert finish(office, batch) == [R, R, R]
    given: dict[str, Any] = {"actor": office.actor(HEAD), "batch_id": batch.id}
    service.retry_batch(office.session, now=office.tick(), **given)
    assert finish(office, batch) == [R, R, R]
    fresh = [*seen(office, tickets[:2]), Seen(10**12, 1)]
    for _ in range(2):
        service.retry_batch(office.session, now=office.tick(), items=fresh, **given)
    assert finish(office, batch) == [D, D, R]
    service.retry_batch(office.session, now=office.tick(), items=fresh, **given)
    assert [item.tries for item in batch.items] == [2, 2, 1]
    assert batch.items[2].why == StalePage.message


def test_what_cannot_be_done_still_is_told_anew(office: Office, tickets: list[Ticket]) -> None:
    batch = order(office, [Seen(seen(office, tickets)[0].task_id, 99)])
    finish(office, batch)
    office.decide(tickets[0])
    service.retry_batch(office.session, actor=office.actor(HEAD), now=office.now, batch_id=batch.id)
    assert (batch.is_running, batch.items[0].why) == (False, TaskAlreadyDone.message)


def test_an_item_that_no_attempt_can_do_is_told(office: Office, tickets: list[Ticket]) -> None:
    batch = order(office, seen(office, tickets))
    row = office.session.scalars(
        select(Outbox).where(Outbox.topic == batching.TOPIC).order_by(Outbox.id)
    ).first()
    assert row is not None
    row.state = OutboxState.DEAD
    batching.give_up(office.session, row.id)
    assert finish(office, batch) == [R, D, D]
    assert batch.items[0].why == batching.BROKEN
    batching.give_up(office.session, row.id)  # told once


def test_what_makes_no_batch(office: Office, tickets: list[Ticket]) -> None:
    items = seen(office, tickets)
    with pytest.raises(NothingChosen):
        order(office, [])
    with pytest.raises(TooManyChosen):
        order(office, [Seen(n, 1) for n in range(MOST_ITEMS + 1)])
    with pytest.raises(Malformed):
        order(office, items, key="")
    with pytest.raises(Invalid):
        order(office, items, opinion="字" * 501)
    for n in range(3):
        order(office, items, key=f"key{n}")
    with pytest.raises(BatchesRunning):
        order(office, items, key="one too many")


def test_reports_go_after_a_month(office: Office, tickets: list[Ticket]) -> None:
    finish(office, order(office, seen(office, tickets)))
    batching.sweep(office.session, now=office.now + timedelta(days=29))
    (line,) = batches.list_batches(office.session, office.actor(HEAD)).items
    assert (line.counts, line.count, line.is_running) == ({D: 3}, 3, False)
    batching.sweep(office.session, now=office.now + timedelta(days=31))
    assert office.session.scalars(select(TaskBatch.id)).all() == []
    assert office.session.scalars(select(TaskBatchItem.id)).all() == []


def test_subjects_are_of_those_one_has_a_part_in(office: Office, tickets: list[Ticket]) -> None:
    batch = order(office, seen(office, tickets))
    finish(office, batch)
    told = batches.subjects_of_tasks(office.session, office.actor(HEAD), batch)
    assert len(told) == 3
    assert batches.subjects_of_tasks(office.session, office.actor(STRANGER), batch) == {}
