"""AB角: two people of a unit who stand in for each other in one position."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.identity import queries
from app.identity.cover_models import Pair
from app.identity.cover_types import AlreadyPaired, NotYourCover
from app.identity.policy import may_hold
from app.identity.queries.cover import lock_pair, positions_at, reach_of
from app.identity.service.cover import lock_person, person_named, record, tell, wrong
from app.identity.types import POSITION_LABELS, NoSuchUnit, PersonRef, Position

SELF = "A角和B角不能是同一个人，请另选一人。"
NOT_HELD = "{}在{}没有担任{}，不能设为这个岗位的A角。请核对单位和岗位。"
ELSEWHERE = "{}和这个单位不在同一级、同一地，不能设为B角，请另选一人。"
EXCLUDES = "{}的岗位与{}不能由同一人兼任，不能设为B角，请另选一人。"


def enter_pair(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    unit: str,
    position: str,
    a: str,
    b: str,
) -> Pair:
    """A holds the position in the unit; B holds it too, or may. Each stands in for the other.

    Raises: NotYourCover, NoSuchUnit, AlreadyPaired, Invalid.
    """
    reach = reach_of(session, actor)
    if not reach.administers:
        raise NotYourCover
    if not unit.strip():
        raise wrong("unit", "required", "请填单位代码，从名单里选。")
    place = queries.unit_by_code(session, unit.strip())
    if not reach.administers_unit(place.path):
        raise NoSuchUnit
    if position not in list(Position):
        raise wrong("position", "not_a_choice", "请选择岗位。")
    held = Position(position)
    first, second = person_named(session, actor, a, "a"), person_named(session, actor, b, "b")
    if first.id == second.id:
        raise wrong("b", "self", SELF)
    _refuse_unfit(session, place.id, held, first, second, now)
    for person_id in sorted((first.id, second.id)):
        lock_person(session, person_id)
    if _paired(session, held, first.id, second.id):
        raise AlreadyPaired
    pair = Pair(
        unit_id=place.id,
        position=held,
        a_id=first.id,
        b_id=second.id,
        entered_by_id=actor.person_id,
        created_at=now,
    )
    session.add(pair)
    session.flush()  # the event names it
    _record(session, actor, "pair.entered", pair, now)
    _tell(session, pair, now)
    return pair


def end_pair(
    session: Session, *, actor: Actor, now: datetime, pair_id: int, version: int | None
) -> Pair:
    """They stand in for each other no more. Raises: CoverNotFound, NotYourCover, CoverMoved."""
    pair, reach = lock_pair(session, pair_id, actor)
    if not reach.administers_unit(pair.unit.path):
        raise NotYourCover
    pair.expect(version)
    pair.end(now)
    _record(session, actor, "pair.ended", pair, now)
    _tell(session, pair, now)
    return pair


def _tell(session: Session, pair: Pair, now: datetime) -> None:
    """Whoever of them is away now has somebody, or nobody any more."""
    for person_id in (pair.a_id, pair.b_id):
        tell(session, person_id, now)


def _refuse_unfit(
    session: Session,
    unit_id: int,
    position: Position,
    first: PersonRef,
    second: PersonRef,
    now: datetime,
) -> None:
    unit, label = queries.get_unit(session, unit_id), POSITION_LABELS[position]
    actor = queries.actor_of(session, first.id, now)
    if not any(h.position == position and h.unit_id == unit_id for h in actor.positions):
        raise wrong("a", "not_held", NOT_HELD.format(first.name, unit.name, label))
    if queries.get_unit(session, second.unit_id).division_id != unit.division_id:
        raise wrong("b", "elsewhere", ELSEWHERE.format(second.name))
    if not may_hold(position, positions_at(session, [second.id], now)[second.id]):
        raise wrong("b", "positions_exclude", EXCLUDES.format(second.name, label))


def _paired(session: Session, position: Position, *people: int) -> bool:
    found = select(Pair.id).where(
        Pair.position == position,
        Pair.ends_at.is_(None),
        Pair.a_id.in_(people) | Pair.b_id.in_(people),
    )
    return session.scalars(found).first() is not None


def _record(session: Session, actor: Actor, kind: str, pair: Pair, now: datetime) -> None:
    names = [queries.get_person(session, one).name for one in (pair.a_id, pair.b_id)]
    unit = queries.get_unit(session, pair.unit_id)
    record(
        session,
        actor,
        kind,
        f"person:{pair.a_id}",
        now,
        partner=pair.b_id,
        pair=f"{names[0]}、{names[1]}",
        position=pair.position,
        unit=unit.code,
    )
