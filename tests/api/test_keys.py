"""Idempotency-Key: a request that comes twice is one act with one answer."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.api import service
from app.api.jobs import forget_keys
from app.api.models import IdempotencyKey
from app.core.clock import utcnow
from app.demo.people import signature
from tests.api.conftest import PROCESS, Rest, answers_for

Login = Callable[[str], Rest]


def test_double_post_is_one_ticket(clerk: Rest) -> None:
    """The second answer is the first one again, to the byte."""
    body = {"process": PROCESS, "answers": answers_for(clerk)}
    first, second = (clerk.post("/tickets", body, key="click-1") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.data == second.data
    assert len(clerk.get("/tickets").json["items"]) == 1


def test_key_with_another_body_is_refused(clerk: Rest) -> None:
    """A key stands for one request; with another body or address it is an error."""
    body = {"process": PROCESS, "answers": answers_for(clerk)}
    number = clerk.post("/tickets", body, key="click-1").json["number"]
    other = clerk.post("/tickets", {**body, "draft": True}, key="click-1")
    assert other.status_code == 422
    assert other.json["code"] == "idempotency_key_reused"
    assert clerk.post(f"/tickets/{number}/withdraw", key="click-1").status_code == 422


def test_key_belongs_to_its_person(login: Login, clerk: Rest) -> None:
    """Two people may choose the same key; nobody hears the other's answer."""
    assert (
        clerk.post(
            "/tickets", {"process": PROCESS, "answers": answers_for(clerk)}, key="1"
        ).status_code
        == 201
    )
    other = login("longjinhua")
    answer = other.post("/tickets", {"process": PROCESS, "answers": answers_for(other)}, key="1")
    assert answer.status_code == 201
    assert answer.json["requester"]["username"] == "longjinhua"


def test_refused_request_does_not_use_up_its_key(clerk: Rest) -> None:
    """After a 422 the mended form may come with the same key."""
    bad = {"process": PROCESS, "answers": {"surprise": 1}}
    assert clerk.post("/tickets", bad, key="click-1").status_code == 422
    good = {"process": PROCESS, "answers": answers_for(clerk)}
    assert clerk.post("/tickets", good, key="click-1").status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "键", "x" * 201])
def test_unreadable_key(clerk: Rest, key: str) -> None:
    """A key that cannot be kept is refused before anything happens."""
    answer = clerk.client.post(
        "/api/v1/tickets",
        json={"process": PROCESS},
        headers={
            "Authorization": f"Bearer {clerk.token}",
            "Idempotency-Key": key.encode().decode("latin-1"),
        },
    )
    assert answer.status_code == 400
    assert answer.json["code"] == "idempotency_key"


def test_kept_answer_is_sealed_and_goes(clerk: Rest, session: Session) -> None:
    """Answers hold personal data: unreadable in the table, and gone after two days."""
    body = {"process": PROCESS, "answers": answers_for(clerk)}
    clerk.post("/tickets", body, key="click-1")
    kept = session.scalars(select(IdempotencyKey)).one()
    number = body["answers"]["people"][0]["id_number"]
    assert number.encode() not in (kept.answer_sealed or b"")
    forget_keys()
    assert len(session.scalars(select(IdempotencyKey)).all()) == 1
    service.forget_keys(session, now=utcnow() + service.KEPT)
    assert session.scalars(select(IdempotencyKey)).all() == []


@pytest.mark.committed
def test_twenty_at_once_are_one_act(clerk: Rest, bind: Any) -> None:
    """The others wait for the first and answer as it did; one event is in the chain."""
    body = {"process": PROCESS, "answers": answers_for(clerk)}
    answers = _at_once(20, lambda: clerk.post("/tickets", body, key="click-1"))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    with bind.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM report_tickets")) == 1


@pytest.mark.committed
def test_one_of_many_decisions_wins(login: Login, clerk: Rest, bind: Any) -> None:
    """The same decision without a key, many times at once: one is done, the others hear 409."""
    body = {"process": PROCESS, "answers": answers_for(clerk)}
    task = clerk.post("/tickets", body).json["tasks"][0]
    head = login(task["assignee"])
    decision = {"version": task["version"], "outcome": "approve", "signature": signature()}
    answers = _at_once(8, lambda: head.post(f"/tasks/{task['id']}/complete", decision))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    with bind.connect() as connection:
        counted = text("SELECT count(*) FROM report_events WHERE type = 'task.completed'")
        assert connection.scalar(counted) == 1


def _at_once(count: int, act: Callable[[], Any]) -> list[Any]:
    answers: list[Any] = []
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        answers.append(act())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
