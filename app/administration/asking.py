"""From words that were typed or sent to what the services are asked for: pages and REST alike.

A refusal names the field in the words of the room; whoever answers puts its label before it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.administration import judging, queries
from app.administration.service import NewPerson
from app.administration.types import Refused
from app.core.actor import Actor
from app.identity.models import Unit
from app.identity.types import Position, UnitKind

NEW = ("name", "unit", "username", "phone", "id_number", "until")
NO_UNIT = "没有选，或者不在您的管理范围内。"


class Given(NamedTuple):
    """A position that somebody is to hold, and from when to when."""

    position: Position
    unit: Unit
    starts_at: datetime | None
    ends_at: datetime | None


def judge(typed: Mapping[str, str], *names: str, today: date) -> judging.Read:
    """Raises: Refused."""
    found = judging.read({name: typed[name] for name in names}, today)
    if found.problems:
        raise Refused(*found.problems.items())
    return found


def unit_within(session: Session, actor: Actor, code: str) -> Unit:
    """Raises: Refused."""
    unit = queries.find_unit(session, code, actor)
    if unit is None:
        raise Refused(("unit", NO_UNIT))
    return unit


def new_person(
    session: Session,
    actor: Actor,
    typed: Mapping[str, str],
    positions: Sequence[Position],
    today: date,
) -> NewPerson:
    """Everything that is wrong at once, in the order of the form. Raises: Refused."""
    found = judging.read(typed, today)
    problems = dict(found.problems)
    unit = queries.find_unit(session, typed["unit"], actor)
    if unit is None:
        problems["unit"] = NO_UNIT
    if problems or unit is None:
        raise Refused(*sorted(problems.items(), key=lambda item: NEW.index(item[0])))
    values = found.values
    return NewPerson(
        values["name"],
        unit,
        values["username"],
        values["phone"],
        values["id_number"],
        found.until,
        positions,
    )


def position(session: Session, actor: Actor, typed: Mapping[str, str], today: date) -> Given:
    """Raises: Refused."""
    starts_at, wrong_since = judging.first_moment(typed["since"], today)
    ends_at, wrong_until = judging.day_after(typed["until"], today)
    problems = {"since": wrong_since, "until": wrong_until}
    if typed["position"] not in set(Position):
        problems["position"] = "没有选。"
    wrong = {name: problem for name, problem in problems.items() if problem}
    if wrong:
        raise Refused(*wrong.items())
    unit = unit_within(session, actor, typed["unit"])
    return Given(Position(typed["position"]), unit, starts_at, ends_at)


def unit_kind(text: str) -> UnitKind:
    """Raises: Refused."""
    if text not in set(UnitKind):
        raise Refused(("kind", "没有选。"))
    return UnitKind(text)
