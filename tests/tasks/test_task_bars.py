"""Who stands on the form decides nothing of it; levels, receipts and rules asked again (R6-R10)."""

from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.errors import Invalid
from app.identity.cover_models import Pair
from app.identity.models import Appointment
from app.identity.types import Position
from app.processes import registry
from app.processes.models import Incident
from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.tasks import service as tasks
from app.tasks.types import FormOutdated
from app.tickets import service as tickets
from app.tickets.models import Ticket
from forms import FieldError
from tests.bpmn.models import element, end, model, properties
from tests.support.office import NOW, Office

A, B = "qinzhiming", "xiangxiaomei"
NUMBERS = {A: "422899197803151118", B: "42289919850722222X", "tanlihua": "422899198806094440"}
APPLY = {
    "key": "listed/apply",
    "title": "申请表",
    "components": [
        {
            "type": "dynamiclist",
            "key": "people",
            "label": "人员",
            "components": [
                {"type": "id_number", "key": "id_number", "label": "身份证号", "purpose": "核对"},
            ],
        },
        {"type": "person", "key": "heir", "label": "接收人"},
    ],
}
AT_PREFECTURE = "position:account_admin@prefecture(requester.unit)"


def publish(office: Office, bars: str = "people.id_number", **second: str) -> None:
    given = {"title": "列名的事", "category": "试验", "start_positions": "clerk"}
    first = {"assign": AT_PREFECTURE, "outcomes": "approve=同意;reject=不予办理"}
    first["actions"] = "transfer;delegate;add-signers"
    parts = (
        element("startEvent", "apply", properties(form="listed/apply"), 'name="填表"')
        + element("userTask", "receive", properties(**{**first, **second}), 'name="签收"')
        + element("userTask", "act", properties(**first, again="receive"), 'name="实施"')
        + end("done")
    )
    made = model(
        properties(**given, **({"bars": bars} if bars else {})) + parts,
        "apply->receive\nreceive->act\nact->done",
    ).replace(b'id="trial"', b'id="listed"')
    bundle = Bundle(made, {"listed/apply": APPLY})
    version = publishing.deploy(office.session, now=office.now, bundle=bundle)
    publishing.publish(office.session, now=office.now, key="listed", number=version.number)


def begun(office: Office, *named: str, **answers: Any) -> Ticket:
    rows = [{"id_number": NUMBERS[one]} for one in named]
    ticket = tickets.create_draft(
        office.session,
        actor=office.actor("yaohaiyang"),
        now=office.tick(),
        process="listed",
        answers={"people": rows, **answers},
    )
    return office.submit(ticket)


def whose(office: Office, ticket: Ticket) -> str | None:
    task = office.task(ticket)
    return office.username(task.assignee_id) if task.assignee_id else None


def test_the_prefecture_above_is_asked_and_no_county(office: Office) -> None:
    publish(office)
    task = office.task(begun(office))
    assert task.candidates == ["account_admin:422800-xxzx"]
    assert task.assignee_id is None


def test_who_stands_on_the_form_is_left_out(office: Office) -> None:
    publish(office)
    ticket = begun(office, A)
    assert whose(office, ticket) == B
    assert office.actor(A).person_id in office.task(ticket).excluded


def test_a_field_of_people_bars_too(office: Office) -> None:
    publish(office, bars="heir")
    assert whose(office, begun(office, heir=B)) == A


def test_nobody_left_is_an_incident_and_no_pass(office: Office) -> None:
    publish(office)
    ticket = begun(office, A, B)
    assert office.task(ticket).candidates == []
    (incident,) = office.session.scalars(select(Incident))
    assert "没有可以办理的人" in incident.cause


def test_the_other_of_the_pair_steps_in(office: Office) -> None:
    """B need not hold the position himself to stand in for A."""
    publish(office)
    office.session.execute(
        update(Appointment)
        .where(Appointment.person_id == office.actor(B).person_id)
        .values(ends_at=NOW)
    )
    office.session.add(
        Pair(
            unit_id=office.actor(A).unit_id,
            position=Position.ACCOUNT_ADMIN,
            a_id=office.actor(A).person_id,
            b_id=office.actor(B).person_id,
            entered_by_id=office.actor("duanshiyu").person_id,
            created_at=NOW,
        )
    )
    office.session.flush()
    ticket = begun(office, A)
    assert whose(office, ticket) == B
    office.decide(ticket, by=B, signing=None)


@pytest.mark.parametrize("act", ["transfer", "delegate", "add_signers"])
def test_nobody_hands_it_to_who_stands_on_the_form(office: Office, act: str) -> None:
    publish(office)
    ticket = begun(office, A)
    task = office.task(ticket)
    given: dict[str, Any] = {"to": [A], "place": "parallel"} if act == "add_signers" else {"to": A}
    with pytest.raises(Invalid) as caught:
        getattr(tasks, act)(
            office.session,
            actor=office.actor(B),
            now=office.tick(),
            task_id=task.id,
            version=task.version,
            reason="",
            **given,
        )
    assert "在申请表上" in caught.value.errors[0].message


def test_whoever_received_it_may_carry_it_out(office: Office) -> None:
    publish(office)
    ticket = begun(office)
    office.decide(ticket, by=A, signing=None)
    assert office.task(ticket).candidates == ["account_admin:422800-xxzx"]
    office.decide(ticket, by=A, signing=None)
    assert ticket.state == "closed"


def test_without_it_the_other_one_does(office: Office) -> None:
    publish(office)
    ticket = begun(office, "tanlihua")
    office.decide(ticket, by=A, signing=None)
    assert office.actor(A).person_id not in office.task(ticket).excluded
    publish(office, bars="")
    assert begun(office, A).instance.barred == []


def test_rules_are_asked_again_as_somebody_agrees(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [FieldError("people.0.id_number", "gone", "第1行：已经注销。")]
    monkeypatch.setitem(registry.checks, "trial.rule", lambda *_: told)
    publish(office, recheck="trial.rule")
    ticket = begun(office)
    with pytest.raises(FormOutdated, match="第1行：已经注销。现在不能同意"):
        office.decide(ticket, by=A, signing=None)
    office.decide(ticket, "reject", by=A, signing=None, opinion="已经注销")
