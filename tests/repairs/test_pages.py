"""The two pages and the command line, as those meet them who must repair something."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import outbox
from app.core.clock import utcnow
from app.core.outbox import OutboxState
from app.processes.models import Incident
from app.processes.queries import get_instance
from app.repairs import queries
from tests.repairs.conftest import (
    ADMIN,
    ID_NUMBER,
    PUBLISHER,
    STRANGER,
    TOPIC,
    Broken,
    Machine,
    letter,
)
from tests.support.office import Browser, Counter, Office

Enter = Callable[[str], Browser]
KINDS = {
    "people": ("没有可以办理的人", "重新找办理人"),
    "timer": ("到时自动办理没有成功", "再走一次这一步"),
    "act": ("办理没有生效", "原因已经消除，请办理人再办"),
    "outbox": ("待发事项没有办成", "让系统再办一次"),
}
every = pytest.mark.parametrize("kind", KINDS)


@every
def test_the_list_leads_to_the_page_and_its_button(
    office: Office, broken: Broken, browser: Enter, kind: str
) -> None:
    """Cause, ticket, when, how often, and one button that says what it does."""
    incident = broken(kind)
    office.session.commit()
    admin = browser(ADMIN)
    listed = admin.get("/incidents").text
    number = get_instance(office.session, incident.instance_id).number
    label, button = KINDS[kind]
    assert all(words in listed for words in (label, number, f"/incidents/{incident.id}"))
    page = admin.get(f"/incidents/{incident.id}").text
    assert button in page
    assert "流程变量" in page
    assert ID_NUMBER not in listed + page
    answer = admin.post(f"/incidents/{incident.id}/retry", tries=0)
    assert answer.status_code == 302
    again = admin.post(f"/incidents/{incident.id}/retry", tries=0)
    assert again.status_code == 409


def test_who_publishes_reads_and_does_not_retry(
    office: Office, broken: Broken, browser: Enter
) -> None:
    incident = broken("act")
    office.session.commit()
    publisher = browser(PUBLISHER)
    page = publisher.get(f"/incidents/{incident.id}").text
    assert "由系统管理员来试" in page
    assert "流程变量" not in page
    assert "Traceback" not in page
    assert publisher.post(f"/incidents/{incident.id}/retry", tries=0).status_code == 403
    assert publisher.get("/outbox").status_code == 403


def test_another_county_sees_none_of_it(office: Office, broken: Broken, browser: Enter) -> None:
    incident = broken("outbox")
    row = letter(office.session)
    office.session.commit()
    stranger = browser(STRANGER)
    assert stranger.get(f"/incidents/{incident.id}").status_code == 404
    assert stranger.post(f"/incidents/{incident.id}/retry", tries=0).status_code == 404
    assert stranger.post(f"/outbox/{row.id}/retry", retries=0).status_code == 404
    assert stranger.post(f"/outbox/{row.id}/discard", reason="不发了。").status_code == 404
    assert stranger.post("/outbox/release", row=row.id).status_code == 404
    assert str(row.ticket) not in stranger.get("/outbox", state="dead").text
    assert "没有要处理的异常" in stranger.get("/incidents").text


def test_a_dead_letter_is_sent_again_or_given_up_with_a_reason(
    office: Office, broken: Broken, machine: Machine, browser: Enter
) -> None:
    broken("outbox")
    row = letter(office.session)
    office.session.commit()
    admin = browser(ADMIN)
    page = admin.get("/outbox").text  # what waits for a person comes first
    assert "多次没有办成 1" in page
    assert "no road to 154****1111" in page
    refused = admin.post(f"/outbox/{row.id}/discard", reason=" ", state="dead")
    assert refused.status_code == 422
    assert "要写明理由" in refused.text
    assert admin.post(f"/outbox/{row.id}/retry", retries=0).status_code == 302
    assert admin.post(f"/outbox/{row.id}/retry", retries=0).status_code == 409
    machine.failure = None
    assert outbox.work_off() == 1
    assert letter(office.session).state is OutboxState.DONE
    assert admin.post(f"/outbox/{row.id}/discard", reason="不发了。").status_code == 409


def test_held_rows_are_released_by_tick(office: Office, machine: Machine, browser: Enter) -> None:
    assert machine.failure is None
    for n in range(3):
        ticket = office.draft()
        outbox.add(office.session, TOPIC, {}, key=f"h{n}", now=utcnow(), ticket=ticket.number)
    office.session.flush()
    outbox.hold_unfinished(office.session)
    office.session.commit()
    held = list(queries.held_ids(office.session, office.actor(ADMIN)))
    admin = browser(ADMIN)
    assert "恢复后扣住 3" in admin.get("/outbox", state="held").text
    assert admin.post("/outbox/release").status_code == 302
    assert list(queries.held_ids(office.session, None)) == held
    assert admin.post("/outbox/release", row=held[:2]).status_code == 302
    assert list(queries.held_ids(office.session, None)) == held[2:]
    assert admin.post("/outbox/release", row=held[:2]).status_code == 409


@every
def test_the_ticket_page_says_it_in_plain_words(
    office: Office, broken: Broken, browser: Enter, kind: str
) -> None:
    """What happened, who knows of it, that nothing is lost; no word of a programmer."""
    incident = broken(kind)
    instance = get_instance(office.session, incident.instance_id)
    office.session.commit()
    page = browser(office.username(instance.requester_id)).get(f"/tickets/{instance.number}").text
    notice = page.split('role="status"', 1)[1].split("</p>", 1)[0]
    assert "报给了系统管理员" in notice
    assert "没有丢" in notice
    assert "Error" not in notice


def test_the_list_asks_no_more_for_more_rows(
    office: Office, broken: Broken, count_queries: Callable[[], Counter]
) -> None:
    incident = broken("act")
    actor = office.actor(ADMIN)
    counter = count_queries()
    queries.list_incidents(office.session, actor)
    one = len(counter)
    for n in range(5):
        copy = Incident(
            instance_id=incident.instance_id,
            node=f"n{n}",
            cause="x",
            detail="",
            created_at=utcnow(),
        )
        office.session.add(copy)
    office.session.flush()
    counter = count_queries()
    page = queries.list_incidents(office.session, actor, limit=4)
    assert len(page.items) == 4
    assert len(counter) <= one
    rest = queries.list_incidents(office.session, actor, limit=4, cursor=page.next_cursor)
    assert len(rest.items) == 2


@pytest.mark.committed
def test_the_command_line_lists_and_retries(broken: Broken, machine: Machine, app: Flask) -> None:
    """Exit code 0 only when it worked."""
    incident = broken("timer")
    run = app.test_cli_runner().invoke
    listed = run(args=["incidents", "list"])
    assert f"{incident.id}\t" in listed.output
    assert "422899********1234" in listed.output
    failed = run(args=["incidents", "retry", str(incident.id)])
    assert failed.exit_code == 1
    assert "没有成功" in failed.output
    machine.failure = None
    assert run(args=["incidents", "retry", str(incident.id)]).exit_code == 0
    again = run(args=["incidents", "retry", str(incident.id)])
    assert (again.exit_code, "已经处理好了" in again.output) == (1, True)
    assert run(args=["incidents", "retry", "987654"]).exit_code == 1
    assert "\t" not in run(args=["incidents", "list"]).output
    assert "再试一次成功了" not in run(args=["incidents", "list"]).output


@pytest.mark.committed
def test_the_command_line_has_the_outbox_in_hand(
    office: Office, broken: Broken, app: Flask
) -> None:
    broken("outbox")
    row = letter(office.session)
    office.session.rollback()
    run = app.test_cli_runner().invoke
    assert f"{row.id}\tdead\t" in run(args=["outbox", "list"]).output
    assert run(args=["outbox", "retry", str(row.id)]).exit_code == 0
    assert run(args=["outbox", "retry", str(row.id)]).exit_code == 1
    assert f"{row.id}\twaiting\t" in run(args=["outbox", "list", "--state", "waiting"]).output
    late = run(args=["outbox", "discard", str(row.id), "--reason", "不发了。"])
    assert late.exit_code == 1
    assert office.session.scalars(select(Incident)).one().tries == 1
