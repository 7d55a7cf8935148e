"""A05 紧急停用: effect first, the form and the leader's word afterwards."""

from typing import Any

import pytest
from sqlalchemy import select

from app.access.models import Account
from app.access.types import AccountState, person_ref
from app.demo import people as invented
from app.ledgers.models import LedgerRow
from tests.support.story import Json, Story

KEY = "emergency-freeze"
CLERK, HEAD, LEADER, ACCOUNTS, GRANTS = (
    "yaohaiyang",
    "qinyongan",
    "pengxiuying",
    "tanlihua",
    "wuyiming",
)
YANG = {"name": "杨𬱖", "id_number": "422899199309109992"}


@pytest.fixture
def office_of(county: Story) -> Story:
    """杨𬱖 has an account."""
    county.at("2026-11-02 09:00")
    row = {**invented.row(1, post="review"), **YANG}
    answers = {"subsystem": "gig-station", "contact_phone": "0718-8200000", "people": [row]}
    number = county.ask(CLERK, "operator-account", answers)
    county.decide(HEAD, number)
    county.decide(LEADER, number)
    for username in (ACCOUNTS, GRANTS):
        task = county.task(username, number)
        if "claim" in task["actions"]:
            county.do(username, f"/tasks/{task['id']}/claim", {"version": task["version"]})
        county.decide(username, number, answers={"result": "已办理。"})
    return county


def slip(**more: Any) -> Json:
    return {"measure": "freeze", "cause": "stolen", "reason": "同一账户两地登录。", **YANG, **more}


def state(story: Story) -> AccountState:
    story.session.expire_all()
    ref = person_ref(YANG["id_number"])
    return story.session.scalars(select(Account.state).where(Account.person_ref == ref)).one()


def test_it_takes_effect_before_any_signature_and_is_confirmed(office_of: Story) -> None:
    story = office_of
    desk = story.desk("yangwei")
    number = story.ask(GRANTS, KEY, slip())
    assert state(story) is AccountState.SUSPENDED
    assert desk.get("/me").status_code == 401
    body = {"process": KEY, "answers": slip()}
    twice = story.do(LEADER, "/tickets", body, says=409)
    assert twice["code"] == "already_suspended"
    task = story.task(GRANTS, number)
    assert task["due_at"].startswith("2026-11-04")
    story.decide(GRANTS, number, answers={"found": "已经核实，账户被他人使用。"})
    story.decide(LEADER, number)
    assert story.see(GRANTS, f"/tickets/{number}")["state"] == "closed"
    assert state(story) is AccountState.SUSPENDED
    books = select(LedgerRow.name).where(LedgerRow.ticket == number)
    assert set(story.session.scalars(books)) == {"accounts", KEY}
    release = story.ask(GRANTS, KEY, slip(measure="unfreeze", cause="cleared"))
    assert state(story) is AccountState.SUSPENDED
    story.decide(LEADER, release)
    assert state(story) is AccountState.ACTIVE


def test_what_has_taken_effect_is_not_taken_back(office_of: Story) -> None:
    """The leader ends it: otherwise the account stayed stopped, and nobody had a form for it."""
    number = office_of.ask(GRANTS, KEY, slip())
    refused = office_of.do(GRANTS, f"/tickets/{number}/withdraw", {"reason": "填错了"}, says=409)
    assert refused["code"] == "too_late"
    seen = office_of.see(GRANTS, f"/tickets/{number}")
    assert (seen["state"], seen["actions"]) == ("running", [])
    assert state(office_of) is AccountState.SUSPENDED


def test_what_the_leader_does_not_confirm_is_undone(office_of: Story) -> None:
    story = office_of
    number = story.ask(GRANTS, KEY, slip())
    story.decide(GRANTS, number, answers={"found": "误报。"})
    story.decide(LEADER, number, "reject", opinion="没有依据。")
    assert state(story) is AccountState.ACTIVE
    assert story.see(GRANTS, f"/tickets/{number}")["state"] == "closed"


def test_nobody_freezes_himself_or_another_county(office_of: Story) -> None:
    story = office_of
    own = slip(name="吴一鸣", id_number="422899199705201512")
    told = story.do(GRANTS, "/tickets", {"process": KEY, "answers": own}, says=422)
    assert told["errors"][0]["code"] == "own_account"
    far = story.do("liusiqi", "/tickets", {"process": KEY, "answers": slip()}, says=422)
    assert far["errors"][0]["code"] == "no_account"
    released = slip(measure="unfreeze", cause="cleared")
    idle = story.do(GRANTS, "/tickets", {"process": KEY, "answers": released}, says=422)
    assert idle["errors"][0]["code"] == "not_suspended"
    story.do(CLERK, "/tickets", {"process": KEY, "answers": slip()}, says=403)
