"""Giving and taking positions."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration import policy, queries
from app.administration.service.people import SOURCE
from app.administration.types import AlreadyHeld, Refused
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.identity import service as identity
from app.identity.models import Appointment, Unit
from app.identity.policy import may_hold
from app.identity.types import EXCLUSIVE, POSITION_LABELS, Position, PositionsExclude


def give_position(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    person_id: int,
    seen: int,
    position: Position,
    unit: Unit,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Appointment:
    """From now or a later day on, to the end of a day or for good. `unit` is within reach.

    Raises: NotFound, Forbidden, StalePerson, AlreadyHeld, PositionsExclude, Refused.
    """
    person = queries.access_to_keep(session, person_id, actor, now, seen=seen).person
    refusal = policy.why_not_position(position)
    if refusal is not None:
        raise refusal
    if ends_at is not None and ends_at <= (starts_at or now):
        raise Refused(("until", "早于开始的日子，请填开始那天或者以后的日子。"))
    for row in _held(session, person_id, now):
        if row.position is position and row.unit_id == unit.id:
            raise AlreadyHeld(_held_already(person.name, row))
        if not may_hold(position, [row.position]):
            raise PositionsExclude(_excluded(person.name, row, position))
    return identity.appoint(
        session,
        actor=actor,
        person_id=person_id,
        position=position,
        unit=unit,
        source=SOURCE,
        now=now,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def take_position(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    person_id: int,
    seen: int,
    appointment_id: int,
) -> Appointment:
    """From now on; what waited for the person in this position goes to the others who hold it.

    Raises: NotFound, Forbidden, StalePerson, LastAdministrator.
    """
    queries.access_to_keep(session, person_id, actor, now, seen=seen)
    row = session.get(Appointment, appointment_id)
    if row is None or row.person_id != person_id:
        raise NotFound("这个人现在没有担任这个岗位。")
    refusal = policy.why_not_position(row.position)
    if refusal is not None:
        raise refusal
    identity.end_appointment(
        session,
        actor=actor,
        person_id=person_id,
        position=row.position,
        unit=row.unit,
        now=now,
    )
    return row


def _held(session: Session, person_id: int, now: datetime) -> list[Appointment]:
    return list(
        session.scalars(
            select(Appointment).where(
                Appointment.person_id == person_id,
                Appointment.ends_at.is_(None) | (Appointment.ends_at > now),
            )
        )
    )


def _held_already(name: str, row: Appointment) -> str:
    until = f"，到 {clock.local(row.ends_at).date().isoformat()} 零时为止" if row.ends_at else ""
    return (
        f"{name}已经在{row.unit.name}任{POSITION_LABELS[row.position]}{until}。"
        "要改起止日期，请先免去，再重新任命。"
    )


def _excluded(name: str, row: Appointment, position: Position) -> str:
    all_ = "、".join(POSITION_LABELS[one] for one in Position if one in EXCLUSIVE)
    return (
        f"{name}现在是{row.unit.name}的{POSITION_LABELS[row.position]}，"
        f"不能再任{POSITION_LABELS[position]}：{all_}之中，一个人只能任一个，在别的单位也不行。"
        f"请先免去{POSITION_LABELS[row.position]}，或者另选一个人。"
    )
