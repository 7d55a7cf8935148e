"""S5: eight people of a county leave, are away, are under investigation; and awkward halves."""

from typing import Any

import pytest
from sqlalchemy import select

from app.access.models import Account
from app.access.types import AccountState, person_ref
from app.demo import people as invented
from app.ledgers.models import LedgerRow
from app.personnel import service as personnel
from app.tickets.models import Ticket
from tests.support.story import Json, Story

CLERK, HEAD, LEADER = "duzhiqiang", "yanghaixia", "zhuyunxia"
ACCOUNTS, OTHER, GRANTS = "suyunxia", "liaoxiaohong", "huqingyuan"
SYSTEMS = ("gig-station", "shared-labour", "resource-library")
CLEANUP = "account-cleanup"


def row(n: int, **more: Any) -> Json:
    return {**invented.row(n, post="review"), **more}


def act(story: Story, username: str, number: str, result: str = "已按表办理完毕。") -> Json:
    task = story.task(username, number)
    if "claim" in task["actions"]:
        story.do(username, f"/tasks/{task['id']}/claim", {"version": task["version"]})
    return story.decide(username, number, answers={"result": result})


def open_accounts(story: Story, rows: list[Json]) -> None:
    """Through 附件2, one a subsystem."""
    answers = {"subsystem": rows[0]["subsystem"], "contact_phone": "0718-8200000", "people": rows}
    body = {"process": "operator-account", "answers": answers}
    made = story.do(CLERK, "/tickets", body, says=201)
    for number in (made["number"], *(one["number"] for one in made["split"])):
        story.decide(HEAD, number)
        story.decide(LEADER, number)
        act(story, ACCOUNTS, number)
        act(story, GRANTS, number)


def event(story: Story, kind: str, person: Json, day: str, **more: Any) -> Json:
    by = more.pop("by", CLERK)
    body = {
        "kind": kind,
        "date": day,
        "id_number": person["id_number"],
        "name": person["name"],
        **more,
    }
    return story.do(by, "/person-events", body, says=201)


def shown(story: Story, made: Json, by: str = CLERK) -> Json:
    return story.see(by, f"/person-events/{made['id']}")


def account(story: Story, person: Json) -> Account:
    story.session.expire_all()
    ref = person_ref(person["id_number"])
    return story.session.scalars(select(Account).where(Account.person_ref == ref)).one()


def due(story: Story, text: str) -> None:
    """It is that moment, and the job has looked."""
    now = story.at(text)
    while personnel.act_on_due(story.session, now=now):
        story.session.commit()
    personnel.end_short_leaves(story.session, now=now)
    story.session.commit()


@pytest.fixture
def people(county: Story) -> list[Json]:
    """Eight operators over three subsystems, the first in two of them."""
    county.at("2026-06-01 09:00")
    rows = [row(8200 + n, subsystem=SYSTEMS[n % 3]) for n in range(8)]
    open_accounts(county, [*rows, {**rows[0], "subsystem": SYSTEMS[1]}])
    return rows


def test_s5_eight_people_of_a_county(county: Story, people: list[Json]) -> None:
    """Each falls due on its day; forms are split, permissions go before accounts."""
    retired, moved, mothers, sick, inquired = (
        people[0:2],
        people[2],
        people[3:6],
        people[6],
        people[7],
    )
    county.at("2026-06-10 10:00")
    maternity = [
        event(county, "leave", one, "2026-06-15", until="2026-11-19", leave="maternity")
        for one in mothers
    ]
    for made in maternity:
        assert made["state"] == "done", made["outcome"]
        assert len(made["tickets"]) == 1
    county.at("2026-08-31 09:00")
    ill = event(county, "leave", sick, "2026-08-31", leave="sick")
    assert (ill["state"], ill["due_on"], ill["tickets"]) == ("planned", "2026-11-30", [])
    county.at("2026-09-10 09:00")
    leaving = [event(county, "retirement", one, "2026-09-30") for one in retired]
    leaving.append(event(county, "transfer", moved, "2026-09-30"))
    assert {one["state"] for one in leaving} == {"planned"}
    due(county, "2026-09-29 23:30")
    assert {shown(county, one)["state"] for one in leaving} == {"planned"}
    due(county, "2026-09-30 00:10")
    leaving = [shown(county, one) for one in leaving]
    numbers = {number for one in leaving for number in one["tickets"]}
    assert len(numbers) == len(SYSTEMS)
    assert len(leaving[0]["tickets"]) == 2
    for number in sorted(numbers):
        found = county.see(CLERK, f"/tickets/{number}")
        assert found["answers"]["event_date"] == "2026-09-30"
        assert {one["kind"] for one in found["answers"]["people"]} == {"close"}
        assert found["deadlines"][0]["due_at"].startswith("2026-10-08")
    clear(county, numbers)
    for one in (*retired, moved):
        assert account(county, one).state is AccountState.CLOSED
    due(county, "2026-11-29 23:00")
    assert shown(county, ill)["tickets"] == []
    due(county, "2026-11-30 00:10")
    assert len(shown(county, ill)["tickets"]) == 1
    investigate(county, inquired)


def clear(story: Story, numbers: set[str]) -> None:
    """Leader, then permissions, then accounts; who has posts elsewhere keeps the account."""
    story.at("2026-09-30 09:00")
    for number in sorted(numbers):
        story.decide(LEADER, number)
        ticket = act(story, GRANTS, number)
        books = select(LedgerRow.name).where(LedgerRow.ticket == number)
        assert set(story.session.scalars(books)) == {"grants"}, ticket
        act(story, ACCOUNTS, number)
        assert story.see(CLERK, f"/tickets/{number}")["state"] == "closed"
        order = list(story.session.scalars(books.order_by(LedgerRow.id)))
        assert {"accounts", "grants", CLEANUP} == set(order)


def investigate(story: Story, person: Json) -> None:
    """Known to the leader and the permission administrator; printed and booked 见密件."""
    story.at("2026-12-01 09:00")
    made = event(story, "investigation", person, "2026-12-01", by=GRANTS, note="纪检通知")
    (number,) = made["tickets"]
    for username in (CLERK, HEAD, ACCOUNTS, OTHER, "humin", "ranqiguo", "tiandayong", "duanshiyu"):
        assert story.desk(username).get(f"/tickets/{number}").status_code == 404
        for box in ("mine", "unit", "all"):
            found = story.see(username, "/tickets", box=box, process=CLEANUP)["items"]
            assert number not in [one["number"] for one in found]
    seen = story.see("humin", "/events", object=f"ticket:{number}")["items"]
    assert [one for one in seen if one["chain"].startswith("ticket:")] == []
    story.decide(LEADER, number)
    act(story, GRANTS, number)
    found = story.see(GRANTS, f"/tickets/{number}")
    assert found["state"] == "closed"
    assert [one["requirement"] for one in found["answers"]["people"]] == ["见密件"]
    assert account(story, person).state is AccountState.SUSPENDED
    rows = story.session.scalars(select(LedgerRow).where(LedgerRow.ticket == number)).all()
    assert {one.values.get("reason", "见密件") for one in rows} == {"见密件"}
    again = event(story, "return", person, "2026-12-05")
    assert number not in again["tickets"]


def test_return_reopens_the_same_account(county: Story, people: list[Json]) -> None:
    county.at("2026-07-01 09:00")
    person = people[1]
    made = event(county, "leave", person, "2026-07-01", until="2026-12-31", leave="maternity")
    (number,) = made["tickets"]
    county.decide(LEADER, number)
    act(county, GRANTS, number)
    act(county, ACCOUNTS, number)
    closed = account(county, person)
    assert closed.state is AccountState.CLOSED
    county.at("2026-11-02 09:00")
    back = event(county, "return", person, "2026-11-02")
    (draft,) = back["tickets"]
    sent = county.see(CLERK, f"/tickets/{draft}")
    assert sent["state"] == "draft"
    county.do(CLERK, f"/tickets/{draft}/resubmit", {})
    county.decide(HEAD, draft)
    county.decide(LEADER, draft)
    act(county, ACCOUNTS, draft)
    act(county, GRANTS, draft)
    assert account(county, person).id == closed.id
    assert account(county, person).state is AccountState.ACTIVE


def test_an_event_opens_its_process_once(county: Story, people: list[Json]) -> None:
    county.at("2026-10-09 09:00")
    made = event(county, "retirement", people[4], "2026-09-30")
    assert made["late"]
    assert event(county, "retirement", people[4], "2026-09-30")["id"] == made["id"]
    body = {"kind": "retirement", "date": "2026-09-30", "id_number": people[4]["id_number"]}
    twice = county.do(ACCOUNTS, "/person-events", body, says=409)
    assert twice["code"] == "event_twice"
    due(county, "2026-10-10 00:10")
    due(county, "2026-10-11 00:10")
    found = county.session.scalars(select(Ticket.number).where(Ticket.process == CLEANUP)).all()
    assert list(found) == made["tickets"]


def test_a_contact_covers_three_subsystems_with_one_form(county: Story, people: list[Json]) -> None:
    county.at("2026-10-09 09:00")
    rows = [
        {**one, "kind": "close", "cause": "left", "requirement": "调离，收回岗位权限"}
        for one in people[0:3]
    ]
    answers = {
        "subsystem": SYSTEMS[0],
        "nature": "ordinary",
        "event_date": "2026-10-09",
        "contact_phone": "0718-8200000",
        "people": rows,
    }
    body = {"process": CLEANUP, "answers": answers}
    assert len(county.do(CLERK, "/tickets", body, says=201)["split"]) == 2
    secret = {**body, "answers": answers | {"nature": "inquiry"}}
    refused = county.do(CLERK, "/tickets", secret, says=422)
    assert refused["errors"][0]["path"].endswith("nature")
    kept = [{**rows[0], "kind": "keep", "requirement": ""}, {**rows[1], "subsystem": SYSTEMS[0]}]
    told = county.do(CLERK, "/tickets", {**body, "answers": answers | {"people": kept}}, says=422)
    assert {one["code"] for one in told["errors"]} >= {"required"}


def test_an_administrators_event_says_when_the_form_is_due(county: Story) -> None:
    county.at("2026-09-24 09:00")
    made = county.do(
        CLERK,
        "/person-events",
        {"kind": "retirement", "date": "2026-09-24", "person": OTHER},
        says=201,
    )
    assert made["file_by"] == "2026-10-09"
    assert made["tickets"] == []
