"""谁会办这一步: who would get each step, if a certain person applied now."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import utcnow
from app.identity.queries import get_unit, list_people, people_by_ids, scope_of
from app.identity.types import PersonRef
from app.processes import engine
from app.tasks.assignment import forecast, lines_of
from app.tasks.voting import Decide, Rule

HOW = {
    Decide.ANY: "或签，谁先签收谁办",
    Decide.ALL: "会签，每个人都要办",
    Decide.IN_ORDER: "依次会签，一个一个办",
    Decide.QUORUM: "票签",
}
LATER = ("field:", "decider:")  # known only once somebody has filled or decided
MOST = 20


@dataclass(frozen=True)
class Step:
    """One step of the road; `people` is empty where nobody could take it, or it is known later."""

    title: str
    rules: tuple[str, ...]
    how: str
    people: tuple[PersonRef, ...]
    is_later: bool
    climbs: bool


@dataclass(frozen=True)
class Simulation:
    """`choices` where several people bear the name; nobody is found without one."""

    asked: str
    requester: PersonRef | None = None
    choices: tuple[PersonRef, ...] = ()
    steps: tuple[Step, ...] = field(default=())


def simulate(session: Session, loaded: engine.Loaded, actor: Actor, asked: str) -> Simulation:
    """For somebody whom the actor may see, by name or user name."""
    words = asked.strip()
    if not words:
        return Simulation("")
    reach = scope_of(session, actor)
    found = list_people(session, reach=reach, now=utcnow(), q=words, limit=MOST).items
    named = [one for one in found if words in (one.username, one.name)] or list(found)
    if len(named) != 1:
        return Simulation(words, None, tuple(named))
    requester = named[0]
    expected = forecast(
        session,
        loaded,
        requester_id=requester.id,
        unit_id=get_unit(session, requester.unit_id).id,
        now=utcnow(),
    )
    people = people_by_ids(session, {one for group in expected.values() for one in group})
    steps = [
        _step(loaded.node(node), tuple(people[one] for one in group))
        for node, group in expected.items()
    ]
    return Simulation(words, requester, (), tuple(steps))


def _step(node: engine.Node, people: tuple[PersonRef, ...]) -> Step:
    rules = tuple(lines_of(node))
    rule = Rule.parse(node.properties.get("decide", "any"))
    how = HOW[rule.kind] if len(people) > 1 else ""
    return Step(
        node.name,
        rules,
        f"{how} {rule.part}/{rule.whole}" if how and rule.kind is Decide.QUORUM else how,
        people,
        any(line.startswith(LATER) or "@field:" in line for line in rules),
        node.properties.get("empty") == "up",
    )
