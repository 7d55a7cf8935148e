"""Batches on their pages and over REST: what would be done is shown, then done once, then told."""

import base64
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.crypto import seal
from app.identity.demo import DEMO_PASSWORD
from app.identity.models import Person
from app.tasks.models import TaskBatch
from app.tasks.service import batching, foreseeing
from app.tasks.types import ItemState
from app.tickets.models import Ticket
from tests.support.office import Office, drawing

HEAD, ADMIN, STRANGER = "qinyongan", "tanlihua", "longjinhua"
KEY = "p" * 32
Browse = Callable[[str], Any]


@pytest.fixture
def tickets(office: Office) -> list[Ticket]:
    """Two that wait for the head of the office, who has a signature on file."""
    person = office.session.get_one(Person, office.actor(HEAD).person_id)
    person.signature_png = seal(base64.b64decode(drawing()))
    made = [office.start() for _ in range(2)]
    office.session.commit()
    return made


def work_off(office: Office) -> None:
    office.session.expire_all()  # requests have sessions of their own
    batch = office.session.scalars(select(TaskBatch)).one()
    for item in batch.of(ItemState.WAITING):
        batching.step(office.session, {"item": item.id}, office.tick())
    office.session.commit()


def ticked(page: str, tickets: Sequence[Ticket]) -> dict[str, list[str]]:
    """What the list sends when these are ticked: of all rows what was seen."""
    return {
        "number": [ticket.number for ticket in tickets],
        "seen": re.findall(r'name="seen" value="([^"]+)"', page),
    }


def test_an_approver_agrees_to_what_is_ticked(
    office: Office, tickets: list[Ticket], browser: Browse
) -> None:
    """List, confirmation, progress, report; clicking twice makes one batch."""
    head = browser(HEAD)
    sent = {"act": "agree", "client_key": KEY, **ticked(head.get("/tasks").text, tickets[:1])}
    page = head.post("/tasks/batches", **sent).text
    assert f"{tickets[0].number}</a>" in page
    assert f"{tickets[1].number}</a>" not in page
    assert "盖备案签名" in page
    assert page.count('name="item"') == 1
    items = re.findall(r'name="item" value="([^"]+)"', page)
    given = {"act": "agree", "client_key": KEY, "step": "do", "item": items, "opinion": "同意。"}
    answers = [head.post("/tasks/batches", **given) for _ in range(2)]
    (address,) = {answer.headers["Location"] for answer in answers}
    assert "还有 1 件" in head.get(address).text
    work_off(office)
    page = head.get(address).text
    assert "批量同意：办好 1 件" in page
    assert "全部办好了" in page
    assert address in head.get("/tasks/batches").text


def test_what_cannot_be_done_with_others_is_listed(
    office: Office, tickets: list[Ticket], browser: Browse
) -> None:
    office.session.get_one(Person, office.actor(HEAD).person_id).signature_png = None
    office.session.commit()
    head = browser(HEAD)
    sent = {"act": "agree", "client_key": KEY, **ticked(head.get("/tasks").text, tickets)}
    page = head.post("/tasks/batches", **sent).text
    assert page.count(foreseeing.NEEDS_SIGNATURE) == 2
    assert "都不能一起办" in page
    assert 'value="do"' not in page


def test_claiming_asks_no_second_time(
    office: Office, tickets: list[Ticket], browser: Browse
) -> None:
    office.walk(tickets[0], to="account_execution")
    office.session.commit()
    admin = browser(ADMIN)
    listed = ticked(admin.get("/tasks", box="claimable").text, tickets[:1])
    made = admin.post("/tasks/batches", act="claim", client_key=KEY, **listed)
    work_off(office)
    page = admin.get(made.headers["Location"]).text
    assert "批量签收：办好 1 件" in page
    assert office.task(tickets[0]).assignee_id == office.actor(ADMIN).person_id


def test_it_is_stopped_and_tried_again_from_its_page(
    office: Office, tickets: list[Ticket], browser: Browse
) -> None:
    head = browser(HEAD)
    items = [f"{office.task(ticket).id}:{office.task(ticket).version}" for ticket in tickets]
    given = {"act": "agree", "client_key": KEY, "step": "do", "item": items}
    address = head.post("/tasks/batches", **given).headers["Location"]
    for _ in range(2):
        assert head.post(f"{address}/stop").status_code == 302
    page = head.get(address).text
    assert "再试一次没有办的 2 件" in page
    again = re.findall(r'name="item" value="([^"]+)"', page)
    assert head.post(f"{address}/retry", item=again).status_code == 302
    work_off(office)
    assert "全部办好了" in head.get(address).text


def test_others_do_not_find_it(office: Office, tickets: list[Ticket], browser: Browse) -> None:
    items = [f"{office.task(tickets[0]).id}:1"]
    given = {"act": "agree", "client_key": KEY, "step": "do", "item": items}
    address = browser(HEAD).post("/tasks/batches", **given).headers["Location"]
    stranger = browser(STRANGER)
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}/stop").status_code == 404
    assert stranger.post(f"{address}/retry").status_code == 404
    page = stranger.post("/tasks/batches", act="agree", client_key=KEY, item=items).text
    assert tickets[0].number not in page


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"act": "burn", "item": "1:1"}, 400),
        ({"act": "claim", "item": "1:1"}, 400),
        ({"act": "claim", "item": "x:1", "client_key": KEY}, 400),
        ({"act": "claim", "item": "1", "client_key": KEY}, 400),
        ({"act": "claim", "item": f"{2**63}:1", "client_key": KEY}, 400),
        ({"act": "claim", "item": f"1:{2**31}", "client_key": KEY}, 400),
        ({"act": "claim", "client_key": KEY}, 422),
        ({"act": "agree", "client_key": KEY}, 422),
        (
            {"act": "agree", "client_key": KEY, "item": "1:1", "step": "do", "opinion": "字" * 501},
            422,
        ),
    ],
)
def test_what_makes_no_batch(
    tickets: list[Ticket], browser: Browse, sent: dict[str, str], status: int
) -> None:
    assert tickets
    assert browser(HEAD).post("/tasks/batches", **sent).status_code == status


def test_over_rest(office: Office, tickets: list[Ticket], app: Flask) -> None:
    """The same key makes one; stopped, and what is left tried again with what is seen now."""
    client = app.test_client()
    entered = {"username": HEAD, "password": DEMO_PASSWORD}
    token = client.post("/api/v1/tokens", json=entered).json["token"]
    headers = {"Authorization": f"Bearer {token}"}

    def ask(method: str, path: str, body: Any = None, key: str = "") -> Any:
        more = {"Idempotency-Key": key} if key else {}
        address = f"/api/v1/tasks/batches{path}"
        return client.open(address, method=method, json=body, headers={**headers, **more})

    tasks = [office.task(ticket) for ticket in tickets]
    body = {
        "act": "agree",
        "items": [
            {"id": tasks[0].id, "version": tasks[0].version},
            {"id": tasks[1].id, "version": 9},
        ],
        "opinion": "同意。",
    }
    first, second = (ask("POST", "", body, "once") for _ in range(2))
    assert (first.status_code, first.json) == (201, second.json)
    made = first.json
    assert (made["state"], made["counts"]) == ("running", {"waiting": 2})
    work_off(office)
    shown = ask("GET", f"/{made['id']}").json
    assert [(item["state"], bool(item["why"])) for item in shown["items"]] == [
        ("done", False),
        ("refused", True),
    ]
    again = {"items": [{"id": tasks[1].id, "version": tasks[1].version}]}
    assert ask("POST", f"/{made['id']}/retry", again).json["state"] == "running"
    assert ask("POST", f"/{made['id']}/stop").json["state"] == "stopped"
    assert ask("POST", f"/{made['id']}/retry", {}).json["state"] == "running"
    work_off(office)
    (listed,) = ask("GET", "").json["items"]
    assert (listed["state"], listed["counts"]) == ("done", {"done": 2})
    assert ask("POST", "", {**body, "items": []}).status_code == 422
    assert ask("POST", "", {**body, "act": "burn"}).status_code == 422
    assert ask("GET", "/not-there").status_code == 404
