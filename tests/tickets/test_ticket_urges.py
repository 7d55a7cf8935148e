"""催办 of many at once: each on its own, limited as one is, cut off, told, tried again."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.models import Event
from app.core import clock
from app.core.errors import Invalid, Malformed
from app.core.outbox import Outbox
from app.identity.demo import DEMO_PASSWORD
from app.identity.types import Position
from app.repairs import standing
from app.tasks import service as tasks
from app.tasks.models import TaskBatch
from app.tasks.service import batching
from app.tasks.types import BatchNotFound, ItemState, NothingChosen, TooManyChosen
from app.tickets import service
from app.tickets.models import Ticket
from app.tickets.types import MayNotUrge, NobodyWaits, TicketNotFound
from tests.support.office import Browser, Office, race
from tests.tasks.together import another, begun

CLERK, HEAD, LEADER, EXECUTOR = "yaohaiyang", "qinyongan", "pengxiuying", "tanlihua"
STRANGER, KEY = "longjinhua", "u" * 32
W, D, R, S = ItemState.WAITING, ItemState.DONE, ItemState.REFUSED, ItemState.SKIPPED


def order(
    office: Office, numbers: Sequence[str], by: str = CLERK, key: str = KEY, text: str = "请抓紧。"
) -> TaskBatch:
    return service.urge_many(
        office.session,
        actor=office.actor(by),
        now=office.now,
        numbers=numbers,
        text=text,
        client_key=key,
    )


def finish(office: Office, batch: TaskBatch) -> list[ItemState]:
    for item in batch.of(W):
        batching.step(office.session, {"item": item.id}, office.now)
    return [item.state for item in batch.items]


def urged(office: Office) -> int:
    heard = select(func.count()).where(Event.kind == "ticket.urged")
    return office.session.scalar(heard) or 0


def numbers(found: Sequence[Ticket]) -> list[str]:
    return [ticket.number for ticket in found]


@pytest.fixture
def found(office: Office) -> list[Ticket]:
    return [office.start() for _ in range(3)]


def test_each_is_urged_with_the_words_of_all(office: Office, found: list[Ticket]) -> None:
    batch = order(office, numbers(found))
    assert [item.label for item in batch.items] == ["催秦永安"] * 3
    assert finish(office, batch) == [D, D, D]
    assert [office.task(ticket).urge_count for ticket in found] == [1, 1, 1]
    told = office.session.scalars(select(Event).where(Event.kind == "ticket.urged")).all()
    assert {event.data["reason"] for event in told} == {"请抓紧。"}
    assert {event.actor_name for event in told} == {"姚海洋"}


def test_the_limit_is_that_of_one(office: Office, found: list[Ticket]) -> None:
    """Urged already: told at once who was it. Urged meanwhile by the leader: told in its turn."""
    service.urge(office.session, actor=office.actor(CLERK), now=office.now, number=found[0].number)
    batch = order(office, numbers(found))
    assert [item.state for item in batch.items] == [R, W, W]
    assert "姚海洋" in batch.items[0].why
    service.urge(office.session, actor=office.actor(LEADER), now=office.now, number=found[1].number)
    assert finish(office, batch) == [R, R, D]
    assert "彭秀英" in batch.items[1].why
    assert urged(office) == 3


def test_what_cannot_be_urged_says_why(office: Office, found: list[Ticket]) -> None:
    """A draft, one that is held, one that waits for himself, one that is over."""
    held, mine, over = found
    standing.suspend(
        office.session,
        actor=office.actor("duanshiyu"),
        now=office.tick(),
        number=held.number,
        reason="先停一停。",
    )
    office.send_back(mine)
    office.walk(over)
    draft = office.draft()
    batch = order(office, numbers([held, mine, over, draft]))
    assert finish(office, batch) == [R] * 4
    why = [item.why for item in batch.items]
    assert ("挂起" in why[0], why[1], "不用催办" in why[2]) == (True, NobodyWaits.message, True)
    assert urged(office) == 0


def test_a_stranger_learns_nothing(office: Office, found: list[Ticket]) -> None:
    """Another county's number is like one that is not there; who executes may not urge."""
    batch = order(office, [found[0].number, "没有这件"], by=STRANGER)
    assert {(item.state, item.number, item.why) for item in batch.items} == {
        (R, "", TicketNotFound.message)
    }
    assert all(item.task_id < 0 for item in batch.items)
    actor, now = office.actor(STRANGER), office.now
    assert tasks.subjects_of(office.session, actor=actor, now=now, batch=batch) == {}
    with pytest.raises(BatchNotFound):
        tasks.access_batch(office.session, batch.id, office.actor(CLERK))
    office.walk(found[1], to="account_execution")
    other = order(office, [found[1].number], by=EXECUTOR, key="e" * 32)
    assert [item.why for item in other.items] == [MayNotUrge.message]
    assert urged(office) == 0


def test_the_right_is_asked_in_its_turn(office: Office, found: list[Ticket]) -> None:
    """A leader who was dismissed after he pressed the button urges nobody any more."""
    batch = order(office, numbers(found), by=LEADER)
    item = batch.items[0]
    batching.step(office.session, {"item": item.id}, office.now)
    office.dismiss(Position.UNIT_LEADER, "422826-rsj")
    assert finish(office, batch) == [D, R, R]


def test_a_double_click_urges_once(office: Office, found: list[Ticket]) -> None:
    first, second = (order(office, numbers(found)) for _ in range(2))
    assert first.id == second.id
    finish(office, first)
    for item in first.items:  # the outbox brings it again when its worker died after the commit
        batching.step(office.session, {"item": item.id}, office.now)
    assert (urged(office), len(first.items)) == (3, 3)


@pytest.mark.committed
def test_two_clicks_at_once_urge_once(office: Office) -> None:
    number = office.start().number
    office.session.commit()
    actor, now = office.actor(CLERK), office.now

    def click(session: Any) -> str:
        made = service.urge_many(
            session, actor=actor, now=now, numbers=[number], text="", client_key=KEY
        )
        return made.id

    assert len(set(race(click, click, click))) == 1
    rows = select(func.count()).where(Outbox.topic == batching.TOPIC)
    assert office.session.scalar(rows) == 1


@pytest.mark.committed
def test_killed_in_the_middle_nothing_is_lost_or_done_twice(office: Office) -> None:
    """What was not committed is undone with its item; the next worker does it."""
    batch = order(office, numbers([office.start() for _ in range(3)]))
    office.session.commit()
    ids = [item.id for item in batch.items]
    batching.step(office.session, {"item": ids[0]}, office.now)
    office.session.commit()
    batching.step(office.session, {"item": ids[1]}, office.now)
    office.session.rollback()  # killed before it committed
    assert [item.state for item in batch.items] == [D, W, W]
    assert urged(office) == 1
    for one in ids:
        batching.step(office.session, {"item": one}, office.now)
        office.session.commit()
    assert [item.state for item in batch.items] == [D, D, D]
    assert urged(office) == 3


def test_stopped_and_tried_again(office: Office, found: list[Ticket]) -> None:
    batch = order(office, numbers(found))
    batching.step(office.session, {"item": batch.items[0].id}, office.now)
    given: dict[str, Any] = {"actor": office.actor(CLERK), "now": office.now, "batch_id": batch.id}
    for _ in range(2):
        tasks.stop_batch(office.session, **given)
    assert finish(office, batch) == [D, S, S]
    tasks.retry_batch(office.session, **given)
    assert finish(office, batch) == [D, D, D]
    assert urged(office) == 3


def test_of_five_hundred_twenty_are_stale(office: Office, count_queries: Callable[[], Any]) -> None:
    """20 were decided to the end since the list was opened: they are told, 480 are urged."""
    found = [begun(office, "any"), *(another(office) for _ in range(499))]
    batch = order(office, numbers(found))
    for ticket in found[::25]:
        service.withdraw(
            office.session, actor=office.actor(CLERK), now=office.now, number=ticket.number
        )
    states = finish(office, batch)
    assert (states.count(D), states.count(R)) == (480, 20)
    assert all("不用催办" in item.why for item in batch.of(R))
    counter = count_queries()
    ids = [ticket.instance_id for ticket in found]
    service.foresee_urges(office.session, office.actor(CLERK), office.now, ids)
    assert len(counter) < 12  # however many there are


def test_what_makes_no_batch(office: Office, found: list[Ticket]) -> None:
    with pytest.raises(NothingChosen):
        order(office, [])
    with pytest.raises(TooManyChosen):
        order(office, [f"QX-{n}" for n in range(501)])
    with pytest.raises(Malformed):
        order(office, numbers(found), key="")
    with pytest.raises(Invalid):
        order(office, numbers(found), text="字" * 501)


def test_from_the_list_to_the_report(
    office: Office, found: list[Ticket], browser: Callable[[str], Browser]
) -> None:
    """Ticked, confirmed with words, done once for two clicks, told one by one."""
    office.session.commit()
    clerk = browser(CLERK)
    listed = clerk.get("/tickets", box="mine").text
    assert 'formaction="/tickets/urges"' in listed
    assert 'formaction="/tickets/urges"' not in clerk.get("/tickets", box="draft").text
    page = clerk.post("/tickets/urges", number=[*numbers(found), "没有这件"]).text
    assert (page.count("催秦永安"), TicketNotFound.message in page) == (3, True)
    ticked = re.findall(r'name="number" value="([^"]+)"', page)
    given = {"number": ticked, "client_key": KEY, "step": "do", "text": "群众在等。"}
    wrong = clerk.post("/tickets/urges", **given | {"text": "字" * 501})
    assert (wrong.status_code, "请写短一些" in wrong.text) == (422, True)
    (address,) = {clerk.post("/tickets/urges", **given).headers["Location"] for _ in range(2)}
    office.session.expire_all()
    office.now = clock.utcnow()  # as pages have it
    finish(office, office.session.scalars(select(TaskBatch)).one())
    office.session.commit()
    report = clerk.get(address).text
    assert "批量催办：办好 3 件" in report
    assert found[0].title in report
    assert "回我发起的" in report
    assert "都不能催" in clerk.post("/tickets/urges", number=ticked).text
    assert clerk.post("/tickets/urges").status_code == 422
    assert clerk.post("/tasks/batches", act="urge", item="1:1", client_key=KEY).status_code == 400


def test_over_rest(office: Office, found: list[Ticket], app: Flask) -> None:
    office.session.commit()
    client = app.test_client()
    login = {"username": CLERK, "password": DEMO_PASSWORD}
    token = client.post("/api/v1/tokens", json=login).json["token"]
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    body = {"tickets": [*numbers(found[:1]), "没有这件"], "text": "请抓紧。"}
    made = client.post("/api/v1/tickets/urges", json=body)
    assert (made.status_code, made.json["act"]) == (201, "urge")
    assert [(item["id"], item["state"]) for item in made.json["items"]] == [
        (0, "waiting"),
        (0, "refused"),
    ]
    assert client.get(f"/api/v1/tasks/batches/{made.json['id']}").json["opinion"] == "请抓紧。"
    assert client.post("/api/v1/tickets/urges", json={"tickets": []}).status_code == 422
