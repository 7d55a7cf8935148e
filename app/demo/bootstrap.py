"""What an administrator enters before anything else: the first administrators, by two persons as in
every region (A13), and how numbers that processes give look.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Account
from app.access.types import AccountKind
from app.attachments import service as attachments
from app.attachments.types import Accepted
from app.core import clock, crypto
from app.core.actor import Actor
from app.demo.service import decide
from app.identity.models import Appointment, Person, Unit
from app.identity.queries import actor_of, unit_by_code
from app.identity.region import read_region
from app.identity.types import Position
from app.processes.models import ProcessVersion
from app.processes.types import VersionState
from app.rules import service as rules
from app.rules.models import NumberPattern
from app.rules.types import Numbering
from app.tasks.queries import active_tasks
from app.tickets import service as tickets
from app.tickets.models import Ticket

PROCESS = "region-bootstrap"
ROLES = (Position.ACCOUNT_ADMIN, Position.PERMISSION_ADMIN)


def found(session: Session, now: datetime, letterhead: Mapping[str, str]) -> Ticket | None:
    """Accounts, grants and ledger rows for whoever is an administrator; once, None where done."""
    published = select(ProcessVersion.id).where(
        ProcessVersion.key == PROCESS, ProcessVersion.state == VersionState.PUBLISHED
    )
    begun = select(Account.id).where(Account.kind != AccountKind.OPERATOR)
    rows = _rows(session)
    first = _system_admin(session)
    if not rows or first is None or session.scalar(begun.limit(1)):
        return None
    if session.scalar(published) is None:
        return None
    actor = actor_of(session, first, now)
    answers = {
        "phone": letterhead["phone"],
        "paper_number": f"{letterhead['paper']}〔{clock.local(now).year}〕1号",
        "paper_date": clock.local(now).date().isoformat(),
        "papers": [_paper(session, actor, now)],
        "people": rows,
    }
    ticket = tickets.create_draft(session, actor=actor, now=now, process=PROCESS, answers=answers)
    tickets.submit(session, actor=actor, now=now, number=ticket.number, answers=answers)
    for hours in (2, 5):
        (task,) = active_tasks(session, ticket.instance_id)
        decide(session, task, "approve", now + timedelta(hours=hours))
    return ticket


def enter_numberings(
    session: Session, now: datetime, numberings: Iterable[Mapping[str, Any]]
) -> list[str]:
    """The names of those that were not there; each holds from the day of `now`."""
    first = _system_admin(session)
    there = set(session.scalars(select(NumberPattern.name)))
    missing = [one for one in numberings if one["name"] not in there]
    if first is None:
        return []
    for one in missing:
        unit = unit_by_code(session, one["unit"])
        since = clock.local(now).date()
        numbering = Numbering(one["name"], one["title"], unit.id, one["pattern"], since)
        rules.enter_pattern(
            session, actor=actor_of(session, first, now), now=now, numbering=numbering
        )
    return [str(one["name"]) for one in missing]


def _rows(session: Session) -> list[dict[str, Any]]:
    """Those of the 州 first, then county by county."""
    subsystems = [entry.value for entry in read_region(session).entries("subsystems")]
    held = session.execute(
        select(Person, Unit.code, Appointment.position)
        .join(Appointment, Appointment.person_id == Person.id)
        .join(Unit, Unit.id == Appointment.unit_id)
        .where(Appointment.position.in_(ROLES), Appointment.ends_at.is_(None))
        .order_by(Unit.code, Appointment.position, Appointment.id)
    ).all()
    return [_row(person, unit, position, subsystems) for person, unit, position in held]


def _row(
    person: Person, unit: str, position: Position, subsystems: Sequence[str]
) -> dict[str, Any]:
    return {
        "name": person.name,
        "id_number": crypto.unseal(person.id_number or b"").decode(),
        "phone": crypto.unseal(person.phone or b"").decode(),
        "post": position.value,
        "unit": unit,
        "subsystems": list(subsystems) if position is Position.PERMISSION_ADMIN else [],
        "requirement": "系统启用，首批管理员。",
    }


def _system_admin(session: Session) -> int | None:
    return session.scalars(
        select(Appointment.person_id)
        .where(Appointment.position == Position.SYSTEM_ADMIN)
        .order_by(Appointment.id)
    ).first()


def _paper(session: Session, actor: Actor, now: datetime) -> str:
    """A picture that stands for the scan of the sealed list."""
    image = Image.new("RGB", (420, 594), "white")
    ImageDraw.Draw(image).ellipse((250, 430, 370, 550), outline="red", width=4)
    out = io.BytesIO()
    image.save(out, "PNG")
    accepted = Accepted("首批管理员名单（样章）.png", "image/png", out.getvalue())
    return attachments.keep(session, actor=actor, now=now, accepted=accepted).id
