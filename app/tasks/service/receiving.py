"""Who may be given a task of somebody else's, or a part of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Invalid
from app.identity import queries as people
from app.identity.types import PersonRef, Position
from app.processes import engine
from app.processes.queries import unit_ref
from app.tasks.assignment import lines_of, positions_of
from app.tasks.models import Task, Visit
from app.tasks.queries import shares_of
from app.tasks.service.barring import decided_before, on_the_form
from app.tasks.service.settling import living
from app.tasks.types import Wrong

MOST_SHOWN = 20
MOST_ASKED = 60
# Those who sign for an office sign for one another; whoever executes holds the very position.
SIGNING = frozenset(
    {Position.DEPT_HEAD, Position.UNIT_LEADER, Position.BUREAU_LEADER, Position.INFO_CENTER}
)
COMPANY = frozenset({Position.COMPANY_MANAGER, Position.COMPANY_TESTER})
STRANGER = "没有找到这个人：请填姓名或用户名；只能交给本级的人。"
SEVERAL = "叫“{}”的有几位，请填用户名：{}。"
SELF = "不能交给自己。"
REQUESTER = "{}是申请人，不能办自己的申请。"
DECIDED = "{}在这件里已经办过一步，不能再办。"
NAMED = "{}在申请表上，不能办这份申请。"
IN_HAND = "{}已经在办这一步。"
POSITION = "{}没有可以办这一步的岗位，不能转办；可以改用委派，办完回到您这里。"


@dataclass(frozen=True)
class Receiver:
    """Somebody who may have it; `keys` are the positions by which he may."""

    person: PersonRef
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Barred:
    """Who cannot have a share, and why."""

    requester: int | None
    decided: frozenset[int]
    in_hand: frozenset[int]
    named: frozenset[int] = frozenset()

    def reason(self, person: PersonRef, actor: Actor) -> str:
        if person.id == actor.person_id:
            return SELF
        if person.id == self.requester:
            return REQUESTER.format(person.name)
        if person.id in self.named:
            return NAMED.format(person.name)
        if person.id in self.decided:
            return DECIDED.format(person.name)
        return IN_HAND.format(person.name) if person.id in self.in_hand else ""


@dataclass(frozen=True)
class Ask:
    """Who asks for whom: of which task, and whether a position is needed (转办)."""

    session: Session
    task: Task
    node: engine.Node
    actor: Actor
    now: datetime
    by_position: bool


def receiver(ask: Ask, words: str) -> Receiver:
    """Whom `words`, a user name or a name, mean. Raises: Invalid (path to)."""
    judged = _judged(ask, _known(ask, words, whole=True))
    if not judged:
        raise Invalid([Wrong("to", "unknown", STRANGER)])
    able = [one for one in judged if isinstance(one, Receiver)]
    if len(able) == 1:
        return able[0]
    if able:
        names = "、".join(f"{one.person.username}（{one.person.unit_name}）" for one in able)
        raise Invalid([Wrong("to", "several", SEVERAL.format(words.strip(), names))])
    raise Invalid([Wrong("to", "may_not", str(judged[0]))])


def receivers(ask: Ask, q: str) -> list[PersonRef]:
    """The first of those who could be given it, by the beginning of a name or user name."""
    judged = _judged(ask, _known(ask, q))
    return [one.person for one in judged if isinstance(one, Receiver)][:MOST_SHOWN]


def _known(ask: Ask, words: str, *, whole: bool = False) -> Sequence[PersonRef]:
    among = people.divisions(
        _divisions(ask.session, ask.task, ask.actor),
        companies=bool(COMPANY.intersection(positions_of(ask.node))),
    )
    page = people.list_people(
        ask.session, reach=among, now=ask.now, q=words, whole=whole, limit=MOST_ASKED
    )
    return page.items


def _judged(ask: Ask, known: Sequence[PersonRef]) -> list[Receiver | str]:
    """Each as a receiver, or the words that say why not."""
    fits = _fitting(positions_of(ask.node)) if ask.by_position else frozenset()
    ids = [person.id for person in known]
    barred = _barred(ask, ids)
    held = people.keys_held(ask.session, ids, fits, ask.now) if fits else {}
    found: list[Receiver | str] = []
    for person in known:
        keys = held.get(person.id, ())
        if reason := barred.reason(person, ask.actor):
            found.append(reason)
        elif fits and not keys:
            found.append(POSITION.format(person.name))
        else:
            found.append(Receiver(person, keys))
    return found


def _fitting(positions: Collection[str]) -> frozenset[str]:
    return frozenset(positions) | (SIGNING if SIGNING.intersection(positions) else frozenset())


def _barred(ask: Ask, ids: Sequence[int]) -> Barred:
    session, task, node = ask.session, ask.task, ask.node
    instance, visit = task.instance, session.get_one(Visit, task.visit_id)
    shares = living(shares_of(session, visit))
    in_hand = {one.assignee_id for one in shares if one.assignee_id}
    # For whom somebody stands in has a share too; what one does for him one may give back to him,
    # but not ask him to sign beside it.
    kept = [one for one in shares if one.id != task.id or not ask.by_position]
    in_hand |= {one.for_id for one in kept if one.for_id}
    in_hand |= _awaited(ask, [one for one in shares if one.assignee_id is None], ids)
    return Barred(
        None if "person:requester" in lines_of(node) else instance.requester_id,
        decided_before(session, instance, node),
        frozenset(in_hand),
        on_the_form(session, instance, node),
    )


def _awaited(ask: Ask, shares: Sequence[Task], ids: Sequence[int]) -> set[int]:
    """For whom of these a share waits that nobody has: he was away, and may take it himself."""
    keys = {key for one in shares if one.id != ask.task.id for key in one.candidates}
    if not keys:
        return set()
    positions = {key.partition(":")[0] for key in keys}
    held = people.keys_held(ask.session, ids, positions, ask.now)
    return {person for person, own in held.items() if keys & set(own)}


def _divisions(session: Session, task: Task, actor: Actor) -> Sequence[int]:
    """The county of the ticket and the actor's own: nobody else knows these people."""
    return sorted({unit_ref(session, task.instance.unit_id).division_id, actor.division_id})
