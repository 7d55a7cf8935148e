"""Who gets a node: the `assign` property read and resolved to candidate keys or one person."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import PERSON
from app.identity import queries as people
from app.identity.cover_types import Deputy
from app.identity.models import Unit
from app.identity.roll import Roll
from app.identity.standins import deputies_of, partners_of
from app.identity.types import Holder
from app.processes import engine
from app.processes.models import Instance
from app.processes.queries import latest_answers
from app.tasks.queries import last_deciders, last_handed_on, results_of

RULE = re.compile(
    r"position:(?P<position>[a-z_]+)@(?P<scope>requester\.unit"
    r"|(?P<around>same_level|prefecture|above|counterpart)\(requester\.unit\)"
    r"|field:(?P<unit_field>[a-z][a-z0-9_]*)|[\w-]+)"
    r"|person:(?P<person>requester)"
    r"|field:(?:(?P<at>[A-Za-z_][\w-]*)\.)?(?P<field>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)"
    r"|decider:(?P<node>[A-Za-z_][\w-]*)"
)


@dataclass(frozen=True)
class Assignment:
    """Candidate keys (`position:unit`) and the people behind them now; `by` tells whose is which.

    Who stands in for a holder is among them; `principals` tells for whom (代).
    """

    keys: tuple[str, ...] = ()
    people: tuple[int, ...] = ()
    by: tuple[tuple[int, str], ...] = ()
    principals: tuple[tuple[int, int], ...] = ()

    @property
    def only_person(self) -> int | None:
        return self.people[0] if len(self.people) == 1 else None

    def keys_of(self, person_id: int) -> list[str]:
        """By which of the positions this person was found; none, where he was named himself."""
        return [key for one, key in self.by if one == person_id]

    def principal_of(self, person_id: int | None) -> int | None:
        return next((whom for one, whom in self.principals if one == person_id), None)

    @property
    def everybody(self) -> frozenset[int]:
        """Whose names are needed to name them."""
        return frozenset((*self.people, *(whom for _, whom in self.principals)))

    @property
    def is_shared(self) -> bool:
        return len(self.people) > 1


def resolve(
    session: Session,
    *,
    process: str,
    node: engine.Node,
    requester_id: int,
    unit_id: int,
    excluded: frozenset[int],
    now: datetime,
    instance: Instance | None = None,
    roll: Roll | None = None,
) -> Assignment:
    """All alternatives together. Nobody left means an empty assignment: an incident, never a pass.

    With `empty=up`, where the unit has nobody who may decide, the next unit above does. What a form
    or an earlier step says is known of an `instance` only. Who asks for many nodes brings a `roll`.
    """
    climbs = node.properties.get("empty") == "up"
    unit = people.living(session, session.get_one(Unit, unit_id))
    ask = _Ask(session, process, requester_id, unit, excluded, climbs, now, instance, roll)
    return _together([_resolve_line(ask, line) for line in lines_of(node)])


def forecast(
    session: Session,
    loaded: engine.Loaded,
    *,
    requester_id: int,
    unit_id: int,
    now: datetime,
    instance: Instance | None = None,
    roll: Roll | None = None,
) -> dict[str, Assignment]:
    """Who would get each node of the road as things stand, nobody twice."""
    roll = roll or Roll(session, now, positions_on_the_road(loaded))
    found: dict[str, Assignment] = {}
    barred = {requester_id, *(instance.barred if instance else ())}
    for node_id in loaded.definition.road_for(instance.variables if instance else {}):
        if node_id == loaded.start.id:
            continue
        one = resolve(
            session,
            process=loaded.key,
            node=loaded.node(node_id),
            requester_id=requester_id,
            unit_id=unit_id,
            excluded=frozenset(barred),
            now=now,
            instance=instance,
            roll=roll,
        )
        found[node_id] = one
        if one.only_person is not None:
            barred.add(one.only_person)
    return found


def held_in(
    session: Session,
    position: str,
    unit: Unit,
    *,
    process: str,
    excluded: frozenset[int],
    now: datetime,
) -> Assignment:
    """Who holds a position in this very unit, and who stands in for those who are away."""
    ask = _Ask(session, process, 0, unit, excluded, climbs=False, now=now)
    return _pick(ask, people.holders(session, position, unit, now), position)


def positions_of(node: engine.Node) -> frozenset[str]:
    """The positions that a node asks for; empty where it names people otherwise."""
    found = (RULE.fullmatch(line) for line in lines_of(node))
    return frozenset(rule["position"] for rule in found if rule and rule["position"])


def positions_on_the_road(loaded: engine.Loaded) -> frozenset[str]:
    """All that `forecast` may ask for."""
    road = map(loaded.node, loaded.definition.road)
    return frozenset[str]().union(*map(positions_of, road))


def lines_of(node: engine.Node) -> list[str]:
    return engine.split(node.properties.get("assign", ""))


@dataclass(frozen=True)
class _Ask:
    """What is asked of every line of a rule."""

    session: Session
    process: str
    requester_id: int
    unit: Unit
    excluded: frozenset[int]
    climbs: bool
    now: datetime
    instance: Instance | None = None
    roll: Roll | None = None

    def holders(self, position: str, unit: Unit) -> list[Holder]:
        if self.roll:
            return self.roll.in_unit(position, unit.id)
        return people.holders(self.session, position, unit, self.now)

    def at_level(self, position: str, division_id: int) -> list[Holder]:
        if self.roll:
            return self.roll.at_level(position, division_id)
        return people.holders_same_level(self.session, position, division_id, self.now)

    def deputies(self, covered: Collection[int], position: str) -> Mapping[int, tuple[Deputy, ...]]:
        if self.roll:
            return self.roll.deputies(covered, process=self.process, position=position)
        return deputies_of(
            self.session, covered, process=self.process, position=position, now=self.now
        )

    def answer(self, field: str, node: str | None = None) -> list[str]:
        """What was chosen in a field of the start form, or of the form at a step before, or in
        every row of its list (`list.field`): user names, or codes of units.
        """
        if self.instance is None:
            return []
        run, submission = self.instance.id, self.instance.submission_count
        given: Mapping[str, Any] = (
            results_of(self.session, run, submission).get(node, {})
            if node
            else latest_answers(self.session, run)
        )
        listed, _, leaf = field.partition(".")
        value = [row.get(leaf) for row in given.get(listed) or ()] if leaf else given.get(field)
        return [str(one) for one in (value if isinstance(value, list) else [value]) if one]


def _together(found: Sequence[Assignment]) -> Assignment:
    """Nobody twice; who is found in his own right stands in for nobody."""
    own = {person for one in found for person in one.people if one.principal_of(person) is None}
    pairs = dict(pair for one in found for pair in one.principals if pair[0] not in own)
    return Assignment(
        tuple(dict.fromkeys(key for one in found for key in one.keys)),
        tuple(dict.fromkeys(person for one in found for person in one.people)),
        tuple(dict.fromkeys(pair for one in found for pair in one.by)),
        tuple(pairs.items()),
    )


def _resolve_line(ask: _Ask, line: str) -> Assignment:
    rule = RULE.fullmatch(line)
    if rule is None:
        return Assignment()
    if rule["person"]:
        return Assignment(people=(ask.requester_id,))
    if rule["field"]:
        return Assignment(people=_chosen(ask, rule["field"], rule["at"]))
    if rule["node"]:
        return Assignment(people=_decider(ask, rule["node"]))
    position = rule["position"]
    if rule["around"] in ("same_level", "prefecture"):
        level = _level(ask, rule["around"])
        if level is None:
            return Assignment()
        return _pick(ask, ask.at_level(position, level), position)
    return _together([_climb(ask, unit, position) for unit in _units(ask, rule)])


def _level(ask: _Ask, around: str) -> int | None:
    """The 州 or 县市 of the requester, or the 州 above it; nothing above that is asked."""
    if around == "same_level":
        return ask.unit.division_id
    found = people.prefecture_of(ask.session, ask.unit)
    return found.id if found else None


def _units(ask: _Ask, rule: re.Match[str]) -> list[Unit]:
    """Where the position is looked for."""
    if rule["around"] == "above":
        above = people.unit_above(ask.session, ask.unit)
        return [above] if above else []
    if rule["around"] == "counterpart":
        other = _handed_on(ask, rule["position"]) or people.counterpart_of(ask.session, ask.unit)
        return [other] if other else []
    if rule["unit_field"]:
        found = (
            people.find_unit_by_code(ask.session, one) for one in ask.answer(rule["unit_field"])
        )
        return [people.living(ask.session, unit) for unit in found if unit]
    if rule["scope"] == "requester.unit":
        return [ask.unit]
    return [people.living(ask.session, people.unit_by_code(ask.session, rule["scope"]))]


def _handed_on(ask: _Ask, position: str) -> Unit | None:
    """转办 to another 对口 office says whose matter it is, also when the ticket comes back."""
    if ask.instance is None:
        return None
    loaded = engine.load(ask.session, ask.instance.version_id)
    asked = [
        node.id
        for node in loaded.definition.nodes.values()
        if any("@counterpart(" in line for line in lines_of(node))
    ]
    keys = last_handed_on(ask.session, ask.instance.id, asked)
    fitting = (key.removeprefix(f"{position}:") for key in keys if key.startswith(f"{position}:"))
    code = next(fitting, None)
    unit = people.find_unit_by_code(ask.session, code) if code else None
    return people.living(ask.session, unit) if unit else None


def _climb(ask: _Ask, unit: Unit, position: str) -> Assignment:
    """Who holds it in the unit, else in the next one above where the diagram says so.

    By the keys of the empty positions below, whoever comes to hold one finds it again (ADR 98).
    """
    here: Unit | None = unit
    below: list[str] = []
    while here is not None:
        if (found := _pick(ask, ask.holders(position, here), position)).people:
            if not below:
                return found
            by = ((person, key) for person in found.people for key in below)
            return replace(found, keys=(*found.keys, *below), by=(*found.by, *by))
        below.append(f"{position}:{here.code}")
        here = people.unit_above(ask.session, here) if ask.climbs else None
    return Assignment()


def _chosen(ask: _Ask, field: str, node: str | None) -> tuple[int, ...]:
    """Who was chosen on the form and can sign in; nobody who may not decide."""
    found = people.working_by_username(ask.session, ask.answer(field, node), ask.now)
    return tuple(one.id for one in found if one.id not in ask.excluded)


def _decider(ask: _Ask, node: str) -> tuple[int, ...]:
    """Who decided another step of this submission last."""
    if ask.instance is None:
        return ()
    return last_deciders(ask.session, ask.instance, node)


def _pick(ask: _Ask, holders: Sequence[Holder], position: str) -> Assignment:
    """Those who hold it and act, and who stands in for the others."""
    able = [holder for holder in holders if holder.person_id not in ask.excluded]
    if not able:
        return _partners(ask, holders, position)
    covered = {holder.person_id for holder in able if holder.is_covered}
    if not covered:
        return _held_by(able)
    deputies = ask.deputies(covered, position)
    acting = _held_by([holder for holder in able if holder.person_id not in deputies])
    away = [holder for holder in able if holder.person_id in deputies]
    stood_in = (_stood_in(ask, one, deputies[one.person_id]) for one in away)
    found = _together([acting, *stood_in])
    # By his key whoever is away finds it again when he is back.
    keys = dict.fromkeys((*found.keys, *(one.key for one in away)))
    return replace(found, keys=tuple(keys)) if found.people else Assignment()


def _held_by(holders: Sequence[Holder]) -> Assignment:
    return Assignment(
        tuple(dict.fromkeys(holder.key for holder in holders)),
        tuple(dict.fromkeys(holder.person_id for holder in holders)),
        tuple((holder.person_id, holder.key) for holder in holders),
    )


def _partners(ask: _Ask, holders: Sequence[Holder], position: str) -> Assignment:
    """All who hold it stand on the form themselves: the other of the AB pair decides."""
    barred = ask.instance.barred if ask.instance else ()
    named = [holder for holder in holders if holder.person_id in barred]
    if not named:
        return Assignment()
    partners = partners_of(
        ask.session, [holder.person_id for holder in named], position=position, now=ask.now
    )
    return _together([_stood_in(ask, one, partners.get(one.person_id, ())) for one in named])


def _stood_in(ask: _Ask, holder: Holder, deputies: Sequence[Deputy]) -> Assignment:
    able = [one for one in deputies if one.person_id not in ask.excluded]
    if not able:
        return Assignment()
    found = tuple(dict.fromkeys(one.person_id for one in able))
    keys = tuple(dict.fromkeys(f"{PERSON}:{one.username}" for one in able))
    return Assignment(
        (holder.key, *keys),
        found,
        tuple((one, key) for one in found for key in (holder.key, *keys)),
        tuple((one, holder.person_id) for one in found),
    )
