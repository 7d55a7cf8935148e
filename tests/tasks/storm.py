"""Random people do random things to a step that several decide; what must hold after each act.

STORMS=2000 plays as many sequences as one likes, against the same rules.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.core.errors import AppError
from app.identity import queries as people
from app.identity import service as identity
from app.identity.types import Position
from app.processes import engine
from app.processes.models import Incident, NodeLog
from app.processes.types import IncidentState
from app.tasks import policy
from app.tasks import service as tasks
from app.tasks.models import Task, Visit
from app.tasks.service import living
from app.tasks.types import VisitState
from app.tasks.voting import Rule, Share, verdict
from app.tickets.models import Ticket
from app.tickets.types import TicketState
from tests.support.office import Office
from tests.tasks.together import VOTERS, begun

PEOPLE = (*VOTERS, "pengxiuying", "yaohaiyang", "qinxuemei", "yangwei", "xiangjianhua")
RULES = ("any", "all", "all_in_order", "quorum:1/2", "quorum:2/3", "quorum:1/1")
PLACES = ("before", "parallel", "after")
OUTCOMES = ("approve", "approve", "approve", "amend", "reject")


@dataclass
class Storm:
    """One ticket and what was tried on it; `told` is read when a rule breaks."""

    office: Office
    dice: random.Random
    ticket: Ticket = field(init=False)
    told: list[str] = field(default_factory=list)
    acts: int = 0

    def __post_init__(self) -> None:
        self.ticket = begun(self.office, self.dice.choice(RULES))

    def blow(self, times: int) -> None:
        for _ in range(times):
            if self.ticket.state is TicketState.CLOSED:
                return
            self._one()
            self.check()

    def _one(self) -> None:
        name = self.dice.choice(PEOPLE)
        found = self.office.tasks(self.ticket)
        # Mostly what one has; now and then whatever there is, as a stranger or a late page would.
        own = [task for task in found if task.assignee_id == self.office.actor(name).person_id]
        pool = own if own and self.dice.random() < 0.8 else list(found)
        if not pool:
            return
        task = self.dice.choice(pool[-8:])
        what = self.dice.choice((*["complete"] * 4, *ACTS))
        try:
            with self.office.session.begin_nested():
                ACTS[what](self, task, name)
            said = "done"
            self.acts += 1
        except AppError as error:
            said = type(error).__name__
        self.told.append(f"{name} {what} {task.id} ({task.kind}, {task.node}): {said}")

    def check(self) -> None:
        """One outcome a visit; nothing open without somebody; the log tells the state."""
        session, ticket = self.office.session, self.ticket
        session.flush()
        found = self.office.tasks(ticket)
        visits = session.scalars(
            select(Visit).where(Visit.instance_id == ticket.instance_id).order_by(Visit.id)
        ).all()
        story = "\n".join(self.told[-25:])
        for visit in visits:
            group = [task for task in found if task.visit_id == visit.id]
            unfinished = [task for task in group if task.is_unfinished]
            assert (visit.state is VisitState.OPEN) == bool(unfinished), (visit.node, story)
            assert (visit.outcome is not None) == (visit.state is VisitState.DECIDED), story
            assert len(group) == visit.shares, story
            if visit.state is VisitState.OPEN:
                assert any(task.is_active for task in unfinished) or self._broken(), story
            self._holders(unfinished, story)
            if visit.node == "review" and visit.state is VisitState.OPEN:
                self._undecided(visit, group, story)
        open_keys = {visit.key for visit in visits if visit.state is VisitState.OPEN}
        assert open_keys == set(ticket.instance.open_visits), story
        entered = session.scalars(
            select(NodeLog.node).where(
                NodeLog.instance_id == ticket.instance_id,
                NodeLog.event == "entered",
                NodeLog.node.in_(("review", "sign")),
            )
        ).all()
        assert len(entered) == sum(visit.node != "apply" for visit in visits), story

    def _undecided(self, visit: Visit, group: list[Task], story: str) -> None:
        """What is open has no verdict yet; nobody has two parts in it."""
        now = living(group)
        shares = [Share(task.kind, task.state, task.outcome) for task in now]
        loaded = self._node(visit.node)
        assert verdict(Rule.parse(visit.decide), tasks.outcomes_of(loaded), shares) is None, story
        held = [task.assignee_id for task in now if task.assignee_id]
        assert len(held) == len(set(held)), story

    def _holders(self, unfinished: list[Task], story: str) -> None:
        for task in unfinished:
            if task.assignee_id is None:
                assert task.candidates or self._broken(), story
                continue
            actor = people.actor_of(self.office.session, task.assignee_id, self.office.now)
            assert policy.can_complete(actor, task) or self._broken(), (actor.name, story)

    def _broken(self) -> bool:
        return bool(
            self.office.session.scalars(
                select(Incident.id).where(
                    Incident.instance_id == self.ticket.instance_id,
                    Incident.state == IncidentState.OPEN,
                )
            ).first()
        )

    def _node(self, node: str) -> Any:
        loaded = engine.load(self.office.session, self.ticket.instance.version_id)
        return loaded.node(node)


def _given(storm: Storm, task: Task, name: str) -> dict[str, Any]:
    stale = storm.dice.random() < 0.05
    return {
        "actor": storm.office.actor(name),
        "now": storm.office.tick(),
        "task_id": task.id,
        "version": task.version - stale,
    }


def complete(storm: Storm, task: Task, name: str) -> None:
    if task.node == "apply":
        storm.office.submit(storm.ticket, {"note": f"第 {storm.acts} 次"})
        return
    outcome = "approve" if task.node == "sign" else storm.dice.choice(OUTCOMES)
    decision = tasks.Decision(outcome=outcome, opinion="不妥" if outcome == "reject" else "")
    tasks.complete(storm.office.session, **_given(storm, task, name), decision=decision)


def hand(storm: Storm, task: Task, name: str) -> None:
    act = storm.dice.choice((tasks.transfer, tasks.delegate))
    to = storm.dice.choice(PEOPLE)
    act(storm.office.session, **_given(storm, task, name), to=to, reason="")


def add(storm: Storm, task: Task, name: str) -> None:
    to = storm.dice.sample(PEOPLE, storm.dice.choice((1, 1, 2)))
    place = storm.dice.choice(PLACES)
    tasks.add_signers(
        storm.office.session, **_given(storm, task, name), to=to, place=place, reason=""
    )


def remove(storm: Storm, task: Task, name: str) -> None:
    to = storm.dice.choice(PEOPLE)
    tasks.remove_signer(storm.office.session, **_given(storm, task, name), to=to)


def claim(storm: Storm, task: Task, name: str) -> None:
    given = _given(storm, task, name)
    act = tasks.claim if storm.dice.random() < 0.7 else tasks.release
    act(storm.office.session, **given)


def send_back(storm: Storm, task: Task, name: str) -> None:
    if storm.dice.random() < 0.7:
        return
    tasks.return_task(storm.office.session, **_given(storm, task, name), reason="再想想")


def take_back(storm: Storm, task: Task, name: str) -> None:
    tasks.withdraw_task(storm.office.session, **_given(storm, task, name))


def dismiss(storm: Storm, _task: Task, name: str) -> None:
    """Somebody loses his position in the middle of it, rarely."""
    if storm.dice.random() < 0.8:
        return
    held = [one for one in storm.office.actor(name).positions if one.position != "clerk"]
    if held:
        identity.end_appointment(
            storm.office.session,
            actor=None,
            person_id=storm.office.actor(name).person_id,
            position=Position(held[0].position),
            unit=people.unit_by_code(storm.office.session, held[0].unit_code),
            now=storm.office.tick(),
        )


ACTS: dict[str, Callable[[Storm, Task, str], None]] = {
    "complete": complete,
    "hand": hand,
    "add": add,
    "remove": remove,
    "claim": claim,
    "return": send_back,
    "withdraw": take_back,
    "dismiss": dismiss,
}
