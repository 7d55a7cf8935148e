"""People go on leave, come back and let others act for them, while several decide a step."""

from datetime import timedelta

from sqlalchemy import select

from app.core import clock
from app.identity import service
from app.identity.cover_models import Absence, Mandate
from app.processes.models import Incident
from app.processes.types import IncidentState
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tickets.models import Ticket
from tests.support.office import Office
from tests.tasks.together import share

HEAD, LEADER, ADMIN = "qinyongan", "pengxiuying", "duanshiyu"
A, B, PERMISSION, DEPUTY = "tanlihua", "tanguifang", "wuyiming", "qinxuemei"
ABOVE, STRANGER = "ranqiguo", "longjinhua"


def away(office: Office, who: str) -> Absence:
    now = office.tick()
    today = clock.local(now).date()
    return service.enter_absence(
        office.session,
        actor=office.actor(who),
        now=now,
        username="",
        first=today,
        last=today + timedelta(days=5),
        kind="annual",
    )


def back(office: Office, leave: Absence) -> None:
    service.end_absence(
        office.session,
        actor=office.actor(office.username(leave.person_id)),
        now=office.tick(),
        absence_id=leave.id,
        version=leave.version,
    )


def mandate(office: Office, who: str, deputy: str = DEPUTY) -> Mandate:
    now = office.tick()
    today = clock.local(now).date()
    return service.write_mandate(
        office.session,
        actor=office.actor(who),
        now=now,
        deputy=deputy,
        first=today,
        last=today + timedelta(days=5),
    )


def revoke(office: Office, given: Mandate) -> None:
    service.revoke_mandate(
        office.session,
        actor=office.actor(office.username(given.person_id)),
        now=office.tick(),
        mandate_id=given.id,
        version=given.version,
    )


def incidents(office: Office, ticket: Ticket) -> list[str]:
    return list(
        office.session.scalars(
            select(Incident.node).where(
                Incident.instance_id == ticket.instance_id, Incident.state == IncidentState.OPEN
            )
        )
    )


def add_before(office: Office, ticket: Ticket, who: str, to: str) -> Task:
    task = share(office, ticket, who)
    return tasks.add_signers(
        office.session,
        actor=office.actor(who),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
        to=[to],
        place="before",
        reason="",
    )
