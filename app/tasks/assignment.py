"""Who gets a node: the `assign` property read and resolved to candidate keys or one person."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.identity import queries as people
from app.identity.models import Unit
from app.identity.types import Holder
from app.processes import engine

RULE = re.compile(
    r"position:(?P<position>[a-z_]+)@(?P<scope>requester\.unit|same_level\(requester\.unit\)|[\w-]+)"
    r"|person:(?P<person>requester)"
)


@dataclass(frozen=True)
class Assignment:
    """Candidate keys (`position:unit`) and the people behind them now; `by`: whose is which."""

    keys: tuple[str, ...] = ()
    people: tuple[int, ...] = ()
    by: tuple[tuple[int, str], ...] = ()

    @property
    def only_person(self) -> int | None:
        return self.people[0] if len(self.people) == 1 else None

    def keys_of(self, person_id: int) -> list[str]:
        """By which of the positions this person was found; none, where he was named himself."""
        return [key for one, key in self.by if one == person_id]

    @property
    def is_shared(self) -> bool:
        return len(self.people) > 1


def resolve(
    session: Session,
    *,
    node: engine.Node,
    requester_id: int,
    unit_id: int,
    excluded: frozenset[int],
    now: datetime,
) -> Assignment:
    """All alternatives together. Nobody left means an empty assignment: an incident, never a pass.

    With `empty=up`, where the unit has nobody who may decide, the next unit above does.
    """
    climbs = node.properties.get("empty") == "up"
    unit = session.get_one(Unit, unit_id)
    keys, found, by = list[str](), list[int](), list[tuple[int, str]]()
    for line in lines_of(node):
        one = _resolve_line(session, line, requester_id, unit, excluded, climbs, now)
        keys += one.keys
        found += one.people
        by += one.by
    return Assignment(tuple(dict.fromkeys(keys)), tuple(dict.fromkeys(found)), tuple(by))


def forecast(
    session: Session,
    loaded: engine.Loaded,
    *,
    requester_id: int,
    unit_id: int,
    now: datetime,
) -> dict[str, tuple[int, ...]]:
    """Who would get each node of the road as things stand: node → people, nobody twice."""
    found: dict[str, tuple[int, ...]] = {}
    barred = {requester_id}
    for node_id in loaded.definition.road:
        if node_id == loaded.start.id:
            continue
        one = resolve(
            session,
            node=loaded.node(node_id),
            requester_id=requester_id,
            unit_id=unit_id,
            excluded=frozenset(barred),
            now=now,
        )
        found[node_id] = one.people
        if one.only_person is not None:
            barred.add(one.only_person)
    return found


def positions_of(node: engine.Node) -> frozenset[str]:
    """The positions that a node asks for; empty where it names people otherwise."""
    found = (RULE.fullmatch(line) for line in lines_of(node))
    return frozenset(rule["position"] for rule in found if rule and rule["position"])


def lines_of(node: engine.Node) -> list[str]:
    return engine.split(node.properties.get("assign", ""))


def _resolve_line(
    session: Session,
    line: str,
    requester_id: int,
    unit: Unit,
    excluded: frozenset[int],
    climbs: bool,
    now: datetime,
) -> Assignment:
    rule = RULE.fullmatch(line)
    if rule is None:
        return Assignment()
    if rule["person"]:
        return Assignment(people=(requester_id,))
    if rule["scope"].startswith("same_level"):
        return _pick(
            people.holders_same_level(session, rule["position"], unit.division_id, now), excluded
        )
    if rule["scope"] != "requester.unit":
        unit = people.unit_by_code(session, rule["scope"])
    here: Unit | None = unit
    while here is not None:
        if (found := _pick(people.holders(session, rule["position"], here, now), excluded)).people:
            return found
        here = people.unit_above(session, here) if climbs else None
    return Assignment()


def _pick(holders: Sequence[Holder], excluded: frozenset[int]) -> Assignment:
    able = [holder for holder in holders if holder.person_id not in excluded]
    return Assignment(
        tuple(dict.fromkeys(holder.key for holder in able)),
        tuple(dict.fromkeys(holder.person_id for holder in able)),
        tuple((holder.person_id, holder.key) for holder in able),
    )
