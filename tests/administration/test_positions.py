"""Giving and taking positions: who may, to whom, from when to when, and what follows."""

import pytest
from sqlalchemy import select

from app.administration.policy import BY_FORM, GIVEN_HERE, OVERSEERS
from app.administration.types import AlreadyHeld, ByForm, Overseer, OwnLogin, Refused, StalePerson
from app.audit.models import Event
from app.core.errors import Forbidden, NotFound
from app.identity import jobs
from app.identity.models import Appointment, Login
from app.identity.service import turn_one
from app.identity.types import EXCLUSIVE, LastAdministrator, Position, PositionsExclude
from app.tasks.types import TaskState
from tests.administration.conftest import (
    ADMIN,
    DAY,
    HOME,
    SECOND,
    STRANGER,
    Act,
    person_of,
)
from tests.support.office import Office

CLERK, HEAD = "yaohaiyang", "qinyongan"
OWN_UNIT = "422826-jyzx"


def kinds(office: Office, username: str) -> list[str]:
    person = person_of(office.session, username)
    found = select(Event.kind).where(Event.object == f"person:{person.id}").order_by(Event.id)
    return [kind for kind in office.session.scalars(found) if kind != "person.created"]


def test_given_and_taken_again(office: Office, keep: Act) -> None:
    """Undo is the counter-act; both stand in the trail under the administrator's name."""
    given = keep("give_position", CLERK, position=Position.DEPT_HEAD, unit=OWN_UNIT)
    assert office.actor(CLERK).holds("dept_head")
    keep("take_position", CLERK, appointment_id=given.id)
    assert not office.actor(CLERK).holds("dept_head")
    keep("give_position", CLERK, position=Position.DEPT_HEAD, unit=OWN_UNIT)
    assert kinds(office, CLERK) == [
        "appointment.started",
        "appointment.ended",
        "appointment.started",
    ]
    last = office.session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert last is not None
    assert last.actor_id == office.actor(ADMIN).person_id


@pytest.mark.parametrize("position", sorted(BY_FORM))
def test_nobody_is_made_an_administrator_of_accounts_here(
    office: Office, keep: Act, position: Position
) -> None:
    """Decision 10: an executed form alone does it, and alone undoes it."""
    with pytest.raises(ByForm):
        keep("give_position", CLERK, position=position, unit=OWN_UNIT)
    holder = {"account_admin": "tanlihua", "permission_admin": "wuyiming"}[position]
    held = office.session.scalars(
        select(Appointment).where(
            Appointment.person_id == person_of(office.session, holder).id,
            Appointment.position == position,
        )
    ).one()
    with pytest.raises(ByForm):
        keep("take_position", holder, appointment_id=held.id)
    assert office.actor(holder).holds(position)


def test_who_watches_is_not_kept_by_who_is_watched(keep: Act) -> None:
    """Neither given, nor changed in anything: an auditor's login belongs to the operators."""
    with pytest.raises(Overseer):
        keep("give_position", CLERK, position=Position.AUDITOR, unit=OWN_UNIT)
    for act, more in (
        ("disable_login", {}),
        ("send_code", {}),
        ("limit_login", {"until": None}),
        ("change_person", {"name": "某人", "unit": HOME, "phone": None}),
    ):
        with pytest.raises(Overseer):
            keep(act, "humin", by=SECOND, **more)
    assert set(GIVEN_HERE) == set(Position) - BY_FORM - OVERSEERS


def test_nobody_keeps_himself(keep: Act) -> None:
    """S24: no self-grant, and nothing else of one's own."""
    with pytest.raises(OwnLogin):
        keep("give_position", ADMIN, position=Position.SEAL_CUSTODIAN, unit=HOME)
    with pytest.raises(OwnLogin):
        keep("change_person", ADMIN, name="某人", unit=HOME, phone=None)


def test_exclusive_positions_are_told_in_words(keep: Act) -> None:
    with pytest.raises(PositionsExclude, match=r"谭丽华现在是.*账户管理员，不能再任系统管理员"):
        keep("give_position", "tanlihua", position=Position.SYSTEM_ADMIN, unit=HOME)


@pytest.mark.parametrize("position", sorted(EXCLUSIVE & set(GIVEN_HERE)))
def test_none_of_the_exclusive_beside_another(keep: Act, position: Position) -> None:
    with pytest.raises(PositionsExclude):
        keep("give_position", "wuyiming", position=position, unit=HOME)


def test_a_position_is_given_once(keep: Act) -> None:
    with pytest.raises(AlreadyHeld, match="请先免去，再重新任命"):
        keep("give_position", CLERK, position=Position.CLERK, unit=OWN_UNIT)


def test_the_last_administrator_stays(office: Office, keep: Act) -> None:
    held = office.session.scalars(
        select(Appointment).where(
            Appointment.person_id == person_of(office.session, ADMIN).id,
            Appointment.position == Position.SYSTEM_ADMIN,
        )
    ).one()
    with pytest.raises(LastAdministrator):
        keep("take_position", ADMIN, by=SECOND, appointment_id=held.id)


def test_a_stranger_finds_nobody(keep: Act) -> None:
    with pytest.raises(NotFound):
        keep("give_position", CLERK, by=STRANGER, position=Position.DEPT_HEAD, unit=OWN_UNIT)


def test_who_is_no_administrator_may_not(keep: Act) -> None:
    with pytest.raises(Forbidden):
        keep("give_position", CLERK, by=HEAD, position=Position.DEPT_HEAD, unit=OWN_UNIT)


def test_a_page_that_is_old_changes_nothing(office: Office, keep: Act) -> None:
    """Also the second of a double click, and the second of two administrators."""
    seen = person_of(office.session, CLERK).rev
    keep("give_position", CLERK, position=Position.DEPT_HEAD, unit=OWN_UNIT, seen=seen)
    for by in (ADMIN, SECOND):
        with pytest.raises(StalePerson):
            keep("give_position", CLERK, by=by, position=Position.TESTER, unit=OWN_UNIT, seen=seen)
        office.session.rollback()
    assert kinds(office, CLERK) == ["appointment.started"]


def test_it_cannot_end_before_it_begins(office: Office, keep: Act) -> None:
    with pytest.raises(Refused, match="改好就能提交"):
        keep(
            "give_position",
            CLERK,
            position=Position.DEPT_HEAD,
            unit=OWN_UNIT,
            starts_at=office.now + 3 * DAY,
            ends_at=office.now + 2 * DAY,
        )


def test_open_tasks_follow_who_loses_the_position(office: Office, keep: Act) -> None:
    """What waited for him goes to who holds it beside him."""
    ticket = office.start()
    assert office.username(office.task(ticket).assignee_id) == HEAD
    keep("give_position", "huangxuelian", by=SECOND, position=Position.DEPT_HEAD, unit=OWN_UNIT)
    held = office.session.scalars(
        select(Appointment).where(
            Appointment.person_id == person_of(office.session, HEAD).id,
            Appointment.position == Position.DEPT_HEAD,
        )
    ).one()
    keep("take_position", HEAD, appointment_id=held.id)
    assert office.username(office.task(ticket).assignee_id) == "huangxuelian"


def test_the_calendar_begins_and_ends_positions(office: Office, keep: Act) -> None:
    """Given for some days to come: held from the first to the last, and open tasks hear of both."""
    begins, ends = office.now + 2 * DAY, office.now + 4 * DAY
    keep(
        "give_position",
        "huangxuelian",
        by=SECOND,
        position=Position.DEPT_HEAD,
        unit=OWN_UNIT,
        starts_at=begins,
        ends_at=ends,
    )
    assert not office.actor("huangxuelian").holds("dept_head")
    assert turn_one(office.session, now=begins - DAY) is False
    office.now = begins
    assert turn_one(office.session, now=office.now)
    assert office.actor("huangxuelian").holds("dept_head")
    ticket = office.start()
    office.dismiss(Position.DEPT_HEAD, OWN_UNIT)
    office.appoint(HEAD, Position.DEPT_HEAD, OWN_UNIT)
    task = office.task(ticket)
    task.assignee_id, task.candidates = person_of(office.session, "huangxuelian").id, []
    task.state = TaskState.OPEN
    office.session.flush()
    office.now = ends
    assert turn_one(office.session, now=ends)
    assert turn_one(office.session, now=ends) is False
    assert kinds(office, "huangxuelian") == [
        "appointment.started",
        "appointment.begun",
        "appointment.expired",
    ]


def test_a_login_that_runs_out_passes_its_tasks_on(office: Office, keep: Act) -> None:
    office.appoint("huangxuelian", Position.DEPT_HEAD, OWN_UNIT)
    until = office.now + 2 * DAY
    keep("limit_login", HEAD, until=until)
    ticket = office.start()
    task = office.task(ticket)
    office.now = until
    assert turn_one(office.session, now=until)
    office.session.flush()
    assert HEAD not in {office.username(one) for one in (task.assignee_id,) if one}


def test_the_job_turns_all_that_is_due(office: Office) -> None:
    """On the real clock, which is past every moment of this office."""
    login = office.session.scalars(select(Login).where(Login.username == CLERK)).one()
    login.valid_until = login.turns_at = office.now - 300 * DAY
    office.session.commit()
    jobs.turn_positions()
    office.session.expire_all()
    assert login.turns_at is None
