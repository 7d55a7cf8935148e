"""Who gets a node: nobody twice, nobody for himself, upwards where nobody is left."""

import pytest
from sqlalchemy import select

from app.core.errors import AppError, Forbidden
from app.identity import queries as people
from app.identity import service as identity
from app.identity.types import Position
from app.processes.models import Incident
from app.tasks import service
from app.tasks.queries import list_tasks
from app.tasks.types import Box, NotYourTask, TaskAlreadyClaimed, TaskState
from tests.support.office import ROAD, Office


def test_township_climbs_to_nobody_above_while_it_has_its_own(office: Office) -> None:
    """The township's own head and leader decide, the county's administrators carry out."""
    ticket = office.start("moujunjie")
    seen = []
    for _ in ROAD:
        task = office.task(ticket)
        seen.append((task.node, task.assignee_id and office.username(task.assignee_id)))
        office.decide(ticket)
    assert seen == [
        ("department_opinion", "tengsiqi"),
        ("leader_approval", "yinguanghui"),
        ("account_execution", None),
        ("permission_execution", "wuyiming"),
    ]


def test_agency_without_leader_asks_the_bureau_above(office: Office) -> None:
    """`empty=up`: the next unit above that has one."""
    ticket = office.walk(office.start(), to="leader_approval")
    assert office.username(office.task(ticket).assignee_id) == "pengxiuying"


def test_nobody_decides_twice(office: Office) -> None:
    """R10: the head who also leads the unit is passed over; the next level up decides."""
    office.appoint("qinyongan", Position.UNIT_LEADER)
    ticket = office.walk(office.start(), to="leader_approval")
    task = office.task(ticket)
    assert office.username(task.assignee_id) == "pengxiuying"
    with pytest.raises(NotYourTask):
        office.decide(ticket, by="qinyongan")


def test_leader_who_is_also_account_admin_does_not_execute(office: Office) -> None:
    """R10 reaches to the executors: of three administrators the leader is not offered it."""
    office.appoint("pengxiuying", Position.ACCOUNT_ADMIN, "422826-xxzx")
    ticket = office.walk(office.start(), to="account_execution")
    task = office.task(ticket)
    leader = office.actor("pengxiuying")
    assert leader.person_id in task.excluded
    assert list_tasks(office.session, leader, Box.CLAIMABLE).items == ()
    with pytest.raises(NotYourTask):
        office.decide(ticket, by="pengxiuying")


def test_requester_never_decides(office: Office) -> None:
    """R10: a clerk who heads the department himself is passed over, although he alone holds it."""
    office.dismiss(Position.DEPT_HEAD, "422826-jyzx")
    office.appoint("yaohaiyang", Position.DEPT_HEAD)
    ticket = office.start()
    assert office.actor("yaohaiyang").person_id in office.task(ticket).excluded
    with pytest.raises(Forbidden):
        office.decide(ticket, by="yaohaiyang")


def test_empty_assignment_opens_an_incident(office: Office) -> None:
    """Nobody may carry it out: never an automatic pass, the ticket waits and says so."""
    office.dismiss(Position.ACCOUNT_ADMIN, "422826-xxzx")
    ticket = office.walk(office.start(), to="account_execution")
    task = office.task(ticket)
    assert (task.assignee_id, task.candidates) == (None, [])
    incident = office.session.scalars(
        select(Incident).where(Incident.instance_id == ticket.instance_id)
    ).one()
    assert incident.node == "account_execution"
    assert "账户管理员办理" in incident.cause


def test_after_a_return_the_same_people_decide_again(office: Office) -> None:
    """What is void bars nobody: the executor who returned it gets it once more."""
    ticket = office.walk(office.start(), to="permission_execution")
    office.send_back(ticket, "leader_approval")
    office.walk(ticket, to="permission_execution")
    assert office.username(office.task(ticket).assignee_id) == "wuyiming"


def test_second_claimant_is_refused_and_release_gives_it_back(office: Office) -> None:
    """待签收: the first takes it, the second is told; released, the second may take it."""
    ticket = office.walk(office.start(), to="account_execution")
    task = office.task(ticket)
    first, second = office.actor("tanlihua"), office.actor("tanguifang")
    given = {"now": office.tick(), "task_id": task.id}
    service.claim(office.session, actor=first, **given)
    with pytest.raises(TaskAlreadyClaimed):
        service.claim(office.session, actor=second, **given)
    service.release(office.session, actor=first, version=task.version, **given)
    assert task.state is TaskState.OPEN
    service.claim(office.session, actor=second, **given)
    assert task.assignee_id == second.person_id


def test_task_assigned_to_one_alone_cannot_be_released(office: Office) -> None:
    """There is nobody else to give it to."""
    ticket = office.start()
    task = office.task(ticket)
    head = office.actor("qinyongan")
    service.claim(office.session, actor=head, now=office.tick(), task_id=task.id)
    with pytest.raises(Forbidden):
        service.release(
            office.session, actor=head, now=office.tick(), task_id=task.id, version=task.version
        )


def end_appointment(office: Office, username: str, position: Position, unit: str) -> None:
    identity.end_appointment(
        office.session,
        actor=None,
        person_id=office.actor(username).person_id,
        position=position,
        unit=people.unit_by_code(office.session, unit),
        now=office.tick(),
    )


def test_who_lost_the_position_decides_nothing_assigned_to_him(office: Office) -> None:
    """Assigned by name or not: without the position the task goes to whom holds it now."""
    ticket = office.start()
    task = office.task(ticket)
    seen = task.version
    office.appoint("pengxiuying", Position.DEPT_HEAD, "422826-jyzx")
    end_appointment(office, "qinyongan", Position.DEPT_HEAD, "422826-jyzx")
    assert office.username(task.assignee_id) == "pengxiuying"
    with pytest.raises(AppError):
        office.decide(ticket, by="qinyongan")
    assert task.version > seen
    office.decide(ticket, by="pengxiuying")
    assert task.state is TaskState.DONE


def test_position_that_ended_by_its_date_decides_nothing(office: Office) -> None:
    """No act ends it, so the task still names him: the rule asks for the position by itself."""
    ticket = office.start()
    office.dismiss(Position.DEPT_HEAD, "422826-jyzx")
    assert office.username(office.task(ticket).assignee_id) == "qinyongan"
    with pytest.raises(NotYourTask):
        office.decide(ticket, by="qinyongan")


def test_claimed_task_goes_back_to_the_others(office: Office) -> None:
    """One of two administrators took it and is dismissed: the other has it now."""
    ticket = office.walk(office.start(), to="account_execution")
    task = office.task(ticket)
    given = {"now": office.tick(), "task_id": task.id}
    service.claim(office.session, actor=office.actor("tanlihua"), **given)
    end_appointment(office, "tanlihua", Position.ACCOUNT_ADMIN, "422826-xxzx")
    assert (task.state, office.username(task.assignee_id)) == (TaskState.OPEN, "tanguifang")
    office.decide(ticket, by="tanguifang")


def test_disabled_login_leaves_an_incident_until_it_is_open_again(office: Office) -> None:
    """The only administrator for permissions cannot sign in: somebody is told, nothing passes."""
    ticket = office.walk(office.start(), to="permission_execution")
    task = office.task(ticket)
    identity.disable_login(office.session, actor=None, username="wuyiming", now=office.tick())
    assert (task.assignee_id, task.candidates) == (None, [])
    incident = office.session.scalars(
        select(Incident).where(Incident.instance_id == ticket.instance_id)
    ).one()
    assert incident.node == "permission_execution"
    identity.activate_login(office.session, actor=None, username="wuyiming", now=office.tick())
    assert office.username(task.assignee_id) == "wuyiming"
    assert not incident.is_open
    office.decide(ticket, by="wuyiming")


def test_other_open_tasks_are_left_alone(office: Office) -> None:
    """Losing one position changes nothing for what another position was asked."""
    ticket = office.start()
    task = office.task(ticket)
    seen = task.version
    office.appoint("qinyongan", Position.OPERATOR)
    end_appointment(office, "qinyongan", Position.OPERATOR, "422826-jyzx")
    assert (office.username(task.assignee_id), task.version) == ("qinyongan", seen)
