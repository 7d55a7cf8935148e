"""An operation that gives rights waits for everybody who has to sign, whatever a repair does."""

import pytest
from sqlalchemy import select

from app.access.models import Account
from app.processes.types import NotSigned
from app.repairs import steering
from app.tickets.models import Ticket
from tests.support.office import Office

ADMIN = "duanshiyu"


def move(office: Office, ticket: Ticket, to: str) -> None:
    steering.move(
        office.session,
        actor=office.actor(ADMIN),
        now=office.tick(),
        number=ticket.number,
        source="",
        target=to,
        reason="走错了路。",
        seen=None,
    )


def test_past_the_leader_nothing_takes_effect(office: Office) -> None:
    ticket = office.walk(office.start(), to="leader_approval")
    move(office, ticket, "account_execution")
    with pytest.raises(NotSigned, match="“分管领导审批”") as caught:
        office.decide(ticket)
    assert caught.value.facts["missing"] == ["分管领导审批"]
    assert office.session.scalar(select(Account.id)) is None


def test_straight_into_the_operation(office: Office) -> None:
    ticket = office.walk(office.start(), to="leader_approval")
    with pytest.raises(NotSigned, match="“账户管理员办理”"):
        move(office, ticket, "apply_grants")


def test_a_decision_on_an_earlier_submission_is_none(office: Office) -> None:
    ticket = office.walk(office.start(), to="account_execution")
    office.send_back(ticket)
    office.submit(ticket, office.answers())
    move(office, ticket, "account_execution")
    with pytest.raises(NotSigned, match=r"“申请部门意见”、“分管领导审批”"):
        office.decide(ticket)


def test_who_signs_and_is_then_repaired_forward_counts(office: Office) -> None:
    ticket = office.walk(office.start(), to="account_execution")
    move(office, ticket, "leader_approval")
    office.decide(ticket)
    office.walk(ticket)
    assert ticket.state == "closed"
