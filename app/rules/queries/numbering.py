"""Reads of official numbers: the pattern in force, those that clash, the numbers in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.layers import can_keep, is_seen
from app.identity.models import Unit
from app.identity.queries import get_unit, people_by_ids, scope_path
from app.identity.types import PersonRef
from app.rules.models import NumberPattern, OfficialNumber
from app.rules.patterns import meeting, parse
from app.rules.types import NumberNotFound, PatternNotFound

Layer = aliased(Unit)
PAGE = 50
MOST = 500  # patterns that a page shows


@dataclass(frozen=True)
class PatternRow:
    pattern: NumberPattern
    unit_code: str
    layer: str
    state: str  # ahead, in_force, past, withdrawn
    sample: str
    may_keep: bool


@dataclass(frozen=True)
class NumberRow:
    number: OfficialNumber
    voided_by: PersonRef | None
    may_void: bool


def pattern_for(session: Session, name: str, unit_path: str, day: date) -> NumberPattern | None:
    """The nearest layer that has one in force is heard, there the latest.

    Locked against a withdrawal: a pattern that was withdrawn has made no number.
    """
    return session.scalars(
        select(NumberPattern)
        .join(Layer, Layer.id == NumberPattern.unit_id)
        .where(
            NumberPattern.name == name,
            NumberPattern.withdrawn_at.is_(None),
            NumberPattern.since <= day,
            func.starts_with(literal(unit_path), Layer.path),
        )
        .order_by(func.length(Layer.path).desc(), NumberPattern.since.desc())
        .limit(1)
        .with_for_update(read=True, key_share=True, of=NumberPattern)
    ).first()


def find_meeting(
    session: Session, name: str, unit_id: int, text: str
) -> tuple[NumberPattern, str] | None:
    """A pattern that could make the same number, and that number. Patterns that were withdrawn
    have made none.

    The same name with the same stem is counted on, so its numbers differ; that holds for another
    unit only where the stem names the unit.
    """
    wanted = parse(text)
    others = session.scalars(select(NumberPattern).where(NumberPattern.withdrawn_at.is_(None)))
    for other in others:
        read = parse(other.pattern)
        goes_on = other.name == name and read.parts == wanted.parts
        if goes_on and (other.unit_id == unit_id or wanted.names_unit):
            continue
        met = meeting(wanted, read)
        if met is not None:
            return other, met
    return None


def list_patterns(session: Session, actor: Actor, today: date) -> list[PatternRow]:
    """Of the layers above the actor and of his scope, name by name, the latest first."""
    return _patterns(session, actor, today)


def _patterns(
    session: Session, actor: Actor, today: date, *wanted: ColumnElement[bool]
) -> list[PatternRow]:
    """With conditions that take all of a name and a unit: one says of another what it is now."""
    scope = scope_path(session, actor)
    found = session.execute(
        select(NumberPattern, Layer)
        .join(Layer, Layer.id == NumberPattern.unit_id)
        .where(is_seen(actor, scope, Layer), *wanted)
        .order_by(NumberPattern.name, Layer.path, NumberPattern.since.desc(), NumberPattern.id)
        .limit(MOST)
    ).all()
    division = get_unit(session, get_unit(session, actor.unit_id).division_id)
    met: set[tuple[str, int]] = set()
    rows = []
    for pattern, layer in found:
        sample = parse(pattern.pattern).number(division.code, max(today, pattern.since), 1)
        state = _state(pattern, today, met)
        rows.append(
            PatternRow(
                pattern, layer.code, layer.name, state, sample, can_keep(actor, scope, layer.path)
            )
        )
    return rows


def pattern_row(session: Session, actor: Actor, pattern_id: int, today: date) -> PatternRow:
    """Raises: PatternNotFound."""
    one = session.get(NumberPattern, pattern_id)
    if one is None:
        raise PatternNotFound
    like = NumberPattern.name == one.name, NumberPattern.unit_id == one.unit_id
    rows = _patterns(session, actor, today, *like)
    found = next((row for row in rows if row.pattern.id == pattern_id), None)
    if found is None:
        raise PatternNotFound
    return found


def access_pattern(session: Session, actor: Actor, pattern_id: int) -> tuple[NumberPattern, Unit]:
    """Locked, with its layer. Raises: PatternNotFound."""
    scope = scope_path(session, actor)
    found = session.execute(
        select(NumberPattern, Layer)
        .join(Layer, Layer.id == NumberPattern.unit_id)
        .where(NumberPattern.id == pattern_id, is_seen(actor, scope, Layer))
        .with_for_update(of=NumberPattern)
    ).first()
    if found is None:
        raise PatternNotFound
    return found[0], found[1]


def is_used(session: Session, pattern_id: int) -> bool:
    taken = select(OfficialNumber.id).where(OfficialNumber.pattern_id == pattern_id)
    return session.scalar(taken.limit(1)) is not None


def numbers_of(session: Session, ticket: str) -> Sequence[OfficialNumber]:
    """Those of a ticket, void ones among them, in the order they were taken."""
    return session.scalars(
        select(OfficialNumber).where(OfficialNumber.ticket == ticket).order_by(OfficialNumber.id)
    ).all()


def list_numbers(
    session: Session,
    *,
    actor: Actor,
    name: str = "",
    void: bool = False,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[NumberRow]:
    """Those of the actor's scope, the latest first; with `void` those alone that are."""
    scope = scope_path(session, actor)
    statement = select(OfficialNumber).where(
        OfficialNumber.place.startswith(scope, autoescape=True)
    )
    if name:
        statement = statement.where(OfficialNumber.name == name)
    if void:
        statement = statement.where(OfficialNumber.voided_at.is_not(None))
    key = [OfficialNumber.id]
    page = page_by_key(session, statement.add_columns(*key), key=key, cursor=cursor, limit=limit)
    return Page(tuple(_rows(session, actor, page.items)), page.next_cursor)


def number_row(session: Session, actor: Actor, number_id: int) -> NumberRow:
    """Raises: NumberNotFound."""
    row = access_number(session, actor, number_id)
    return _rows(session, actor, [(row,)])[0]


def access_number(
    session: Session, actor: Actor, number_id: int, *, locked: bool = False
) -> OfficialNumber:
    """Raises: NumberNotFound."""
    statement = select(OfficialNumber).where(
        OfficialNumber.id == number_id,
        OfficialNumber.place.startswith(scope_path(session, actor), autoescape=True),
    )
    found = session.scalars(statement.with_for_update() if locked else statement).first()
    if found is None:
        raise NumberNotFound
    return found


def _rows(session: Session, actor: Actor, found: Sequence[Any]) -> list[NumberRow]:
    numbers: list[OfficialNumber] = [row[0] for row in found]
    ids = {one.voided_by_id for one in numbers if one.voided_by_id}
    names = people_by_ids(session, ids) if ids else {}
    scope = scope_path(session, actor)
    return [
        NumberRow(
            one,
            names.get(one.voided_by_id or 0),
            one.voided_at is None and can_keep(actor, scope, one.place),
        )
        for one in numbers
    ]


def _state(pattern: NumberPattern, today: date, met: set[tuple[str, int]]) -> str:
    """The latest that has begun is in force; those come first."""
    if pattern.withdrawn_at is not None:
        return "withdrawn"
    if pattern.since > today:
        return "ahead"
    key = (pattern.name, pattern.unit_id)
    if key in met:
        return "past"
    met.add(key)
    return "in_force"
