"""代: tasks go to who stands in, who acts in the own name, and come back when it is over."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.models import Event
from app.core import clock
from app.core.db import reading
from app.documents.queries import print_data
from app.identity import service
from app.identity.cover_models import Absence, Mandate
from app.identity.types import Position
from app.processes.models import Incident
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.types import NotStandingIn, NotYourTask, TaskAlreadyClaimed, TaskState
from app.tickets.models import Ticket
from app.tickets.presentation import ticket_view
from tests.support.office import DRAWN, PROCESS, Office
from tests.tasks.together import begun, inboxes, say

CLERK, HEAD, LEADER, DEPUTY, ADMIN = (
    "yaohaiyang",
    "qinyongan",
    "pengxiuying",
    "tengxiaoyan",
    "duanshiyu",
)
A, B = "tanlihua", "tanguifang"


def away(office: Office, who: str, days: int = 0) -> Absence:
    first = clock.local(office.now).date()
    return service.enter_absence(
        office.session,
        actor=office.actor(who),
        now=office.tick(),
        username="",
        first=first,
        last=first + timedelta(days=days),
        kind="annual",
    )


def mandate(office: Office, who: str = LEADER, deputy: str = DEPUTY, days: int = 3) -> Mandate:
    first = clock.local(office.now).date()
    return service.write_mandate(
        office.session,
        actor=office.actor(who),
        now=office.tick(),
        deputy=deputy,
        first=first,
        last=first + timedelta(days=days),
        processes=[PROCESS],
    )


def end(office: Office, given: Mandate, *, revoke: bool = False) -> None:
    act = service.revoke_mandate if revoke else service.end_mandate
    act(
        office.session,
        actor=office.actor(LEADER),
        now=office.tick(),
        mandate_id=given.id,
        version=given.version,
    )


def at_leader(office: Office) -> Ticket:
    return office.walk(office.start(), to="leader_approval")


def has(office: Office, ticket: Ticket) -> tuple[str, str]:
    """Who has the open task, and for whom."""
    task = office.task(ticket)
    return (
        office.username(task.assignee_id) if task.assignee_id else "",
        office.username(task.for_id) if task.for_id else "",
    )


def claim(office: Office, ticket: Ticket, by: str) -> Task:
    return tasks.claim(
        office.session, actor=office.actor(by), now=office.tick(), task_id=office.task(ticket).id
    )


def test_the_deputy_acts_in_the_own_name(office: Office) -> None:
    """乙（代甲） on the page, in the box of the form, in the timeline and in the audit trail."""
    mandate(office)
    ticket = at_leader(office)
    assert has(office, ticket) == (DEPUTY, LEADER)
    done = office.decide(ticket, by=DEPUTY)
    assert (done.assignee_id, done.for_id) == (
        office.actor(DEPUTY).person_id,
        office.actor(LEADER).person_id,
    )
    view = ticket_view(office.session, ticket, office.actor(CLERK), office.now)
    box = next(one for one in view.boxes if one.node == "leader_approval")
    assert box.name == "滕晓燕（代彭秀英）"
    assert "滕晓燕（代彭秀英）" in {said.name for said in view.timeline}
    assert "滕晓燕（代彭秀英）" in {step.names for step in view.road}
    printed = print_data(
        office.session,
        ticket,
        PROCESS,
        demo=False,
        check_code="",
        verify_url="",
        now=office.now,
    )
    assert printed["boxes"]["leader_approval"]["name"] == "滕晓燕（代彭秀英）"
    event = office.session.scalars(
        select(Event).where(Event.kind == "task.completed").order_by(Event.id.desc())
    ).first()
    assert event is not None
    assert (event.actor_name, event.acting_for) == ("滕晓燕", done.for_id)
    assert event.data["for_name"] == "彭秀英"


def test_what_waits_goes_over_and_comes_back(office: Office) -> None:
    ticket = at_leader(office)
    assert has(office, ticket) == (LEADER, "")
    version = office.task(ticket).version
    given = mandate(office)
    assert has(office, ticket) == (DEPUTY, LEADER)
    assert office.task(ticket).version > version  # an open page must not decide on it
    with pytest.raises(TaskAlreadyClaimed):
        office.decide(ticket, by=LEADER)
    end(office, given)
    assert has(office, ticket) == (LEADER, "")


def test_what_the_deputy_has_claimed_stays_his(office: Office) -> None:
    ticket = at_leader(office)
    given = mandate(office)
    claim(office, ticket, DEPUTY)
    end(office, given)
    assert has(office, ticket) == (DEPUTY, LEADER)
    assert office.decide(ticket, by=DEPUTY).for_id == office.actor(LEADER).person_id


def test_unless_the_mandate_is_revoked(office: Office) -> None:
    ticket = at_leader(office)
    given = mandate(office)
    claim(office, ticket, DEPUTY)
    end(office, given, revoke=True)
    task = office.task(ticket)
    assert (has(office, ticket), task.state) == ((LEADER, ""), TaskState.OPEN)
    with pytest.raises(NotStandingIn, match="彭秀英"):  # it is not his any more: she has it
        office.decide(ticket, by=DEPUTY)


def test_the_right_is_asked_at_the_act(office: Office) -> None:
    """The mandate ran out a moment ago, and no job has come by yet."""
    ticket = at_leader(office)
    mandate(office, days=0)
    office.now += timedelta(days=1)
    assert has(office, ticket) == (DEPUTY, LEADER)
    for act in (lambda: claim(office, ticket, DEPUTY), lambda: office.decide(ticket, by=DEPUTY)):
        with pytest.raises(NotYourTask):
            act()
    while service.work_off_cover(office.session, now=office.now):
        pass
    assert has(office, ticket) == (LEADER, "")


def test_nobody_decides_on_what_he_asked_for(office: Office) -> None:
    """The only deputy asked himself: an incident, which ends when somebody may."""
    mandate(office, LEADER, CLERK)
    ticket = at_leader(office)
    assert has(office, ticket) == ("", "")
    incident = office.session.scalars(
        select(Incident).where(Incident.instance_id == ticket.instance_id)
    ).one()
    assert incident.is_open
    end(office, office.session.scalars(select(Mandate)).one())
    assert has(office, ticket) == (LEADER, "")
    assert not incident.is_open


def test_the_principal_has_decided_too(office: Office) -> None:
    """Who was stood in for may not decide another step of the ticket, nor may his deputy."""
    office.appoint(HEAD, Position.UNIT_LEADER, "422826-rsj")
    mandate_of_head = service.write_mandate(
        office.session,
        actor=office.actor(HEAD),
        now=office.tick(),
        deputy="huangxuelian",
        first=clock.local(office.now).date(),
        last=clock.local(office.now).date(),
    )
    ticket = office.start()
    assert has(office, ticket) == ("huangxuelian", HEAD)
    office.decide(ticket, by="huangxuelian")
    end_of_head = service.end_mandate(
        office.session,
        actor=office.actor(HEAD),
        now=office.tick(),
        mandate_id=mandate_of_head.id,
        version=1,
    )
    assert end_of_head.ended_at
    assert has(office, ticket) == (LEADER, "")  # of the two leaders of the unit


def test_who_holds_the_position_acts_for_himself(office: Office) -> None:
    """Of two account administrators one is away: the other has it alone, on behalf of nobody."""
    ticket = office.walk(office.start(), to="account_execution")
    assert has(office, ticket) == ("", "")
    leave = away(office, A)
    assert has(office, ticket) == (B, "")
    service.end_absence(
        office.session,
        actor=office.actor(A),
        now=office.tick(),
        absence_id=leave.id,
        version=leave.version,
    )
    assert has(office, ticket) == ("", "")


def test_a_pair_stands_in_for_a_leave(office: Office) -> None:
    service.enter_pair(
        office.session,
        actor=office.actor(ADMIN),
        now=office.tick(),
        unit="422826-jyzx",
        position="dept_head",
        a=HEAD,
        b=DEPUTY,
    )
    ticket = office.start()
    away(office, HEAD)
    assert has(office, ticket) == (DEPUTY, HEAD)
    away(office, DEPUTY)
    assert has(office, ticket) == ("", "")  # both are away: nobody


def test_a_deputy_beside_holders_takes_it_first(office: Office) -> None:
    """Offered to several, the deputy among them; who takes it, has it for the principal."""
    office.appoint(HEAD, Position.UNIT_LEADER, "422826-rsj")
    office.appoint("mozhiqiang", Position.DEPT_HEAD, "422826-jyzx")
    mandate(office)
    office.appoint("yangwei", Position.UNIT_LEADER, "422826-rsj")
    ticket = office.start()
    claim(office, ticket, "mozhiqiang")
    office.decide(ticket, by="mozhiqiang")
    assert office.task(ticket).node == "leader_approval"
    assert has(office, ticket) == ("", "")
    taken = claim(office, ticket, DEPUTY)
    assert has(office, ticket) == (DEPUTY, LEADER)
    tasks.release(
        office.session,
        actor=office.actor(DEPUTY),
        now=office.tick(),
        task_id=taken.id,
        version=taken.version,
    )
    claim(office, ticket, HEAD)
    assert has(office, ticket) == (HEAD, "")


def test_where_all_sign_the_deputy_has_the_share(office: Office) -> None:
    ticket = begun(office)
    assert "qinyongan" in inboxes(office, ticket)
    given = service.write_mandate(
        office.session,
        actor=office.actor(HEAD),
        now=office.tick(),
        deputy="qinxuemei",
        first=clock.local(office.now).date(),
        last=clock.local(office.now).date(),
    )
    assert inboxes(office, ticket) == {A, B, "wuyiming", "qinxuemei"}
    done = say(office, ticket, "qinxuemei")
    assert done.for_id == office.actor(HEAD).person_id
    service.end_mandate(
        office.session,
        actor=office.actor(HEAD),
        now=office.tick(),
        mandate_id=given.id,
        version=1,
    )
    assert "qinyongan" not in inboxes(office, ticket)  # it is done


def test_a_decision_is_taken_back_while_the_mandate_holds(office: Office) -> None:
    ticket = at_leader(office)
    given = mandate(office)
    task = office.decide(ticket, by=DEPUTY)

    def withdraw() -> Any:
        return tasks.withdraw_task(
            office.session,
            actor=office.actor(DEPUTY),
            now=office.tick(),
            task_id=task.id,
            version=task.version,
        )

    withdraw()
    assert has(office, ticket) == (DEPUTY, LEADER)
    again = office.decide(ticket, by=DEPUTY, signing=DRAWN)
    end(office, given)
    with pytest.raises(NotYourTask):
        tasks.withdraw_task(
            office.session,
            actor=office.actor(DEPUTY),
            now=office.tick(),
            task_id=again.id,
            version=again.version,
        )


def test_over_a_day_the_clock_does_it(office: Office) -> None:
    """A leave that was entered before begins and ends by the job alone, killed or not."""
    ticket = at_leader(office)
    first = clock.local(office.now).date() + timedelta(days=2)
    service.write_mandate(
        office.session,
        actor=office.actor(LEADER),
        now=office.tick(),
        deputy=DEPUTY,
        first=first,
        last=first,
    )
    assert has(office, ticket) == (LEADER, "")
    office.session.commit()
    office.now += timedelta(days=2)
    assert service.work_off_cover(office.session, now=office.now)
    assert has(office, ticket) == (DEPUTY, LEADER)
    office.session.rollback()  # killed before it committed
    assert has(office, ticket) == (LEADER, "")
    assert service.work_off_cover(office.session, now=office.now)
    assert has(office, ticket) == (DEPUTY, LEADER)
    office.session.commit()
    with reading() as other:
        assert not service.work_off_cover(other, now=office.now)
    office.now += timedelta(days=1)
    assert service.work_off_cover(office.session, now=office.now)
    assert has(office, ticket) == (LEADER, "")
