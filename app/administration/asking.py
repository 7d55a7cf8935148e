"""From words that were typed or sent to what the services are asked for: pages and REST alike.

A refusal names the field in the words of the room; whoever answers puts its label before it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.administration import judging, queries
from app.administration.reorganising import Change
from app.administration.service import NewPerson
from app.administration.types import PlanKind, Refused
from app.core.actor import Actor
from app.identity.models import Unit
from app.identity.types import Position, UnitKind

NEW = ("name", "unit", "username", "phone", "id_number", "until")
PLAN = ("plan_kind", "unit_name", "successor", "day", "document", "reason")
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


def plan(session: Session, actor: Actor, typed: Mapping[str, str], today: date) -> Change:
    """机构调整 as it is asked for; what stands against it is judged afterwards. Raises: Refused."""
    kind = typed["plan_kind"]
    named = ("unit_name",) if kind == PlanKind.RENAME else ()
    found = judging.read({name: typed[name] for name in (*named, "document", "reason")}, today)
    problems = dict(found.problems)
    day, wrong = judging.whole_day(typed["day"])
    if wrong:
        problems["day"] = wrong
    if kind not in set(PlanKind):
        problems["plan_kind"] = "请选一种：更名、并入或者撤销。"
    chosen = typed["successor"] if kind != PlanKind.RENAME else ""
    successor = queries.find_unit(session, chosen, actor) if chosen else None
    if chosen and successor is None:
        problems["successor"] = NO_UNIT
    if problems or day is None:
        raise Refused(*sorted(problems.items(), key=lambda item: PLAN.index(item[0])))
    values = found.values
    return Change(
        PlanKind(kind),
        day,
        values["document"],
        values["reason"],
        values.get("unit_name", ""),
        successor,
    )
