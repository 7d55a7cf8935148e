"""Reads of parameters: as one is in a unit on a day, and the changes of its value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, Date, Text, bindparam, func, literal, select
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.core.statements import Prepared
from app.core.writing import settle
from app.identity.layers import is_seen
from app.identity.models import Unit
from app.identity.queries import people_by_ids, scope_path
from app.identity.types import PersonRef
from app.rules.models import ParameterChange
from app.rules.parameters import PARAMETERS, Parameter
from app.rules.policy import can_confirm
from app.rules.types import ChangeState, ParameterNotFound, Setting

Layer = aliased(Unit)
MOST = 100  # changes of one parameter that a page shows


@dataclass(frozen=True)
class ParameterRow:
    """A parameter as it is for a unit, what it is going to be, and what somebody wants it to be."""

    parameter: Parameter
    now: Setting
    next: Setting | None
    waiting: int


@dataclass(frozen=True)
class ChangeRow:
    change: ParameterChange
    unit_code: str
    layer: str
    proposed_by: PersonRef | None
    decided_by: PersonRef | None
    is_own: bool
    may_confirm: bool
    may_withdraw: bool


def get_parameter(key: str) -> Parameter:
    """Raises: ParameterNotFound."""
    if key not in PARAMETERS:
        raise ParameterNotFound
    return PARAMETERS[key]


def parameter(session: Session, key: str, unit_id: int, day: date) -> Setting:
    """As it is in the unit on that day: the nearest layer that has set it is heard, there the
    latest value; as the program has it where nobody has. Raises: ParameterNotFound.
    """
    default = get_parameter(key).default
    settle(session, ParameterChange, Unit)
    given = {"key": key, "unit_id": unit_id, "day": day}
    rows = _SET.rows(session.connection(), given)
    if not rows:
        return Setting(key, default)
    value, since, change_id, layer = rows[0]
    return Setting(key, value, layer, since, change_id)


def list_parameters(session: Session, unit: Unit, day: date) -> list[ParameterRow]:
    """All of them as they are in a unit. Two statements."""
    rows = session.execute(
        select(
            ParameterChange.key,
            ParameterChange.value,
            ParameterChange.since,
            ParameterChange.id,
            Layer.name,
        )
        .join(Layer, Layer.id == ParameterChange.unit_id)
        .where(
            ParameterChange.state == ChangeState.CONFIRMED,
            func.starts_with(literal(unit.path), Layer.path),
        )
        .order_by(func.length(Layer.path), ParameterChange.since, ParameterChange.id)
    ).all()
    held: dict[str, Setting] = {}
    ahead: dict[str, Setting] = {}
    for key, value, since, change_id, layer in rows:
        found = Setting(key, value, layer, since, change_id)
        if since <= day:
            held[key] = found
            ahead.pop(key, None)  # what a farther layer is going to say is not heard here
        elif key not in ahead or _is_sooner(found, ahead[key]):
            ahead[key] = found
    waiting = _waiting(session, unit.path)
    return [
        ParameterRow(one, held.get(key, Setting(key, one.default)), ahead.get(key), waiting[key])
        for key, one in PARAMETERS.items()
    ]


def _is_sooner(one: Setting, other: Setting) -> bool:
    """Of the same layer or a nearer one; of the same day it is the one that is heard."""
    return one.since is not None and other.since is not None and one.since <= other.since


def list_changes(session: Session, actor: Actor, key: str) -> list[ChangeRow]:
    """Of the layers above the actor and of his scope: those that wait, then the latest."""
    return _changes(session, actor, ParameterChange.key == key)


def change_row(session: Session, actor: Actor, change_id: int) -> ChangeRow:
    """Raises: ParameterNotFound."""
    found = _changes(session, actor, ParameterChange.id == change_id)
    if not found:
        raise ParameterNotFound
    return found[0]


def _changes(session: Session, actor: Actor, wanted: ColumnElement[bool]) -> list[ChangeRow]:
    scope = scope_path(session, actor)
    waits = ParameterChange.state == ChangeState.PROPOSED
    found = session.execute(
        select(ParameterChange, Layer.code, Layer.name, Layer.path)
        .join(Layer, Layer.id == ParameterChange.unit_id)
        .where(wanted, is_seen(actor, scope, Layer))
        .order_by(waits.desc(), ParameterChange.id.desc())
        .limit(MOST)
    ).all()
    names = _names(session, [change for change, *_ in found])
    return [
        ChangeRow(
            change,
            code,
            layer,
            names.get(change.proposed_by_id),
            names.get(change.decided_by_id or 0),
            change.proposed_by_id == actor.person_id,
            may_confirm(actor, scope, path, change),
            change.state is ChangeState.PROPOSED
            and (
                change.proposed_by_id == actor.person_id
                or can_confirm(actor, scope, path, change.place)
            ),
        )
        for change, code, layer, path in found
    ]


def may_confirm(actor: Actor, scope: str, path: str, change: ParameterChange) -> bool:
    return (
        change.state is ChangeState.PROPOSED
        and change.proposed_by_id != actor.person_id
        and can_confirm(actor, scope, path, change.place)
    )


def access_change(session: Session, actor: Actor, change_id: int) -> tuple[ParameterChange, Unit]:
    """Locked, with its layer. Raises: ParameterNotFound."""
    scope = scope_path(session, actor)
    found = session.execute(
        select(ParameterChange, Layer)
        .join(Layer, Layer.id == ParameterChange.unit_id)
        .where(ParameterChange.id == change_id, is_seen(actor, scope, Layer))
        .with_for_update(of=ParameterChange)
    ).first()
    if found is None:
        raise ParameterNotFound
    return found[0], found[1]


def find_waiting(session: Session, key: str, unit_id: int) -> ParameterChange | None:
    return session.scalars(
        select(ParameterChange).where(
            ParameterChange.key == key,
            ParameterChange.unit_id == unit_id,
            ParameterChange.state == ChangeState.PROPOSED,
        )
    ).first()


def _waiting(session: Session, path: str) -> dict[str, int]:
    rows = session.execute(
        select(ParameterChange.key, func.count())
        .join(Layer, Layer.id == ParameterChange.unit_id)
        .where(
            ParameterChange.state == ChangeState.PROPOSED,
            func.starts_with(literal(path), Layer.path),
        )
        .group_by(ParameterChange.key)
    )
    return dict.fromkeys(PARAMETERS, 0) | {row[0]: row[1] for row in rows}


def _names(session: Session, changes: Sequence[ParameterChange]) -> dict[int, PersonRef]:
    ids: Iterable[int | None] = (
        person for one in changes for person in (one.proposed_by_id, one.decided_by_id)
    )
    known = {one for one in ids if one is not None}
    return dict(people_by_ids(session, known)) if known else {}


_HERE = select(Unit.path).where(Unit.id == bindparam("unit_id", type_=BigInteger))
_SET = Prepared(
    select(ParameterChange.value, ParameterChange.since, ParameterChange.id, Layer.name)
    .join(Layer, Layer.id == ParameterChange.unit_id)
    .where(
        ParameterChange.key == bindparam("key", type_=Text),
        ParameterChange.state == ChangeState.CONFIRMED,
        ParameterChange.since <= bindparam("day", type_=Date),
        func.starts_with(_HERE.scalar_subquery(), Layer.path),
    )
    .order_by(
        func.length(Layer.path).desc(), ParameterChange.since.desc(), ParameterChange.id.desc()
    )
    .limit(1)
)
