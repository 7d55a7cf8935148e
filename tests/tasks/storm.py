"""Random people do random things to a step that several decide; what must hold after each act.

STORMS=2000 plays as many sequences as one likes, against the same rules. What they do is in
`gusts`.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from app.audit.models import Event
from app.audit.queries import first_break
from app.core.errors import AppError
from app.identity import queries as people
from app.identity import service as identity
from app.identity.queries import can_sign_in
from app.identity.standins import deputies_of
from app.identity.types import Position
from app.processes import engine
from app.processes.models import Incident, NodeLog
from app.processes.types import IncidentState
from app.tasks import policy
from app.tasks import service as tasks
from app.tasks.models import Task, Visit
from app.tasks.service import living
from app.tasks.service.resolving import named
from app.tasks.types import RETURN, TaskKind, TaskState, VisitState
from app.tasks.voting import Rule, Share, verdict
from app.tickets.models import Ticket
from app.tickets.types import TicketState
from tests.support.office import Office
from tests.tasks.gusts import (
    ACTS,
    OF_HOLDER,
    OF_REQUESTER,
    OF_WHO_ACTED,
    OFTEN,
    POSTS,
    REQUESTER,
)
from tests.tasks.together import KEY, VOTERS, begun

PEOPLE = (*VOTERS, "pengxiuying", "yaohaiyang", "qinxuemei", "yangwei", "xiangjianhua", "ranqiguo")
RULES = ("any", "all", "all_in_order", "quorum:1/2", "quorum:2/3", "quorum:1/1")
OVER = (TicketState.CLOSED, TicketState.REFUSED, TicketState.CANCELLED, TicketState.ARCHIVED)


def _told(task: Task) -> str:
    """A share as one reads it beside the story: who has it, in whose name, and how it stands."""
    return f"{task.id} {task.kind} {task.state} has {task.assignee_id} for {task.for_id}"


@dataclass
class Storm:
    """One ticket and what was tried on it; `told` is read when a rule breaks."""

    office: Office
    dice: random.Random
    ticket: Ticket = field(init=False)
    told: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    acts: int = 0

    def __post_init__(self) -> None:
        # Above the unit somebody can sign where it has nobody.
        self.office.appoint("ranqiguo", Position.UNIT_LEADER, "422800")
        rule = self.dice.choice(RULES)
        self.ticket = begun(self.office, rule)
        self.told.append(f"decide: {rule}")

    def blow(self, times: int) -> None:
        for _ in range(times):
            if self.ticket.state in OVER:
                break
            self._one()
            self._clock()
            self.check()
        self.check_log()

    def somebody(self) -> str:
        return self.dice.choice(PEOPLE)

    def _clock(self) -> None:
        """The job that begins and ends leaves and mandates comes by, now and then too late."""
        if self.dice.random() < 0.7:
            while identity.work_off_cover(self.office.session, now=self.office.now):
                self.told.append("the clock")

    def _one(self) -> None:
        what = self.dice.choice(OFTEN)
        task, name = self._doer(what)
        if not can_sign_in(self.office.session, self.office.actor(name).person_id, self.office.now):
            return
        before = (task.state, task.assignee_id, task.for_id)
        try:
            with self.office.session.begin_nested():
                came = ACTS[what](self, task, name)
            said = "done" if came is not None else "nothing"
            self.acts += came is not None
            self.done[what] += came is not None
        except AppError as error:
            said = type(error).__name__
        self.told.append(f"{name} {what} {task.id} ({task.kind}, {task.node}): {said}")
        if said == "done":
            self._stood_in(task, before, name)

    def _doer(self, what: str) -> tuple[Task, str]:
        """Mostly who can do that; now and then anybody, as a stranger or a late page would."""
        found = self.office.tasks(self.ticket)
        anything, anybody = self.dice.choice(found[-8:]), self.somebody()
        if self.dice.random() < 0.2:
            return anything, anybody
        if what in OF_REQUESTER:
            return anything, REQUESTER
        if what in OF_WHO_ACTED:
            own = [one for one in found if one.assignee_id and one.node != "apply"][-3:]
        elif what in OF_HOLDER:
            own = [one for one in found if one.is_active]
        else:
            return anything, anybody
        if not own:
            return anything, anybody
        task = self.dice.choice(own)
        if task.assignee_id is not None:
            return task, self.office.username(task.assignee_id)
        able = (name for name in PEOPLE if policy.is_candidate(self.office.actor(name), task))
        return task, self.dice.choice([*able] or [anybody])

    def check(self) -> None:
        """One outcome a visit; nothing open without somebody; the log tells the state."""
        session, ticket = self.office.session, self.ticket
        session.flush()
        found = self.office.tasks(ticket)
        visits = session.scalars(
            select(Visit).where(Visit.instance_id == ticket.instance_id).order_by(Visit.id)
        ).all()
        story = "\n".join(self.told)
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
        self._apart(found, story)
        open_keys = {visit.key for visit in visits if visit.state is VisitState.OPEN}
        assert open_keys == set(ticket.instance.open_visits), story
        assert bool(open_keys) != (ticket.state in OVER), story
        assert (ticket.instance.suspended_at is not None) == (
            ticket.state is TicketState.SUSPENDED
        ), story

    def _undecided(self, visit: Visit, group: list[Task], story: str) -> None:
        """What is open has no verdict yet; nobody has two parts in it."""
        now = living(group)
        shares = [Share(task.kind, task.state, task.outcome) for task in now]
        loaded = self._node(visit.node)
        assert verdict(Rule.parse(visit.decide), tasks.outcomes_of(loaded), shares) is None, story
        held = [task.assignee_id for task in now if task.assignee_id and task.decides]
        held += [task.for_id for task in now if task.for_id and task.decides]
        assert len(held) == len(set(held)), ([_told(one) for one in group], story)

    def _holders(self, unfinished: list[Task], story: str) -> None:
        """Whoever has it may act and sign in; what nobody has, somebody is offered."""
        session, now = self.office.session, self.office.now
        for task in unfinished:
            if task.assignee_id is None:
                node, instance = self._node(task.node), self.ticket.instance
                able = named(session, instance, node, now)[0].people
                fits = (people.actor_of(session, one, now) for one in able)
                is_late = task.state is TaskState.WAITING
                assert (
                    is_late
                    or any(policy.can_complete(one, task) for one in fits)
                    or (self._broken())
                ), (task.candidates, story)
                continue
            actor = people.actor_of(session, task.assignee_id, now)
            assert policy.can_complete(actor, task) or self._broken(), (actor.name, story)
            if task.candidates:
                assert can_sign_in(session, actor.person_id, now) or self._broken(), story

    def _apart(self, found: Any, story: str) -> None:
        """Nobody decides twice on a submission, nor on his own request; in whosever name (R10)."""
        requester = self.ticket.requester_id
        decided = [one for one in found if one.holds and one.decides and one.node != "apply"]
        decided = [
            one for one in decided if one.submission == self.ticket.instance.submission_count
        ]
        visits: dict[int, set[int]] = {}
        for one in decided:
            who = {one.assignee_id, one.for_id} - {None}
            assert requester not in who, story
            visits.setdefault(one.visit_id, set()).update(who)
        everybody = [person for group in visits.values() for person in group]
        assert len(everybody) == len(set(everybody)), story

    def _stood_in(self, task: Task, before: tuple[Any, ...], name: str) -> None:
        """Whoever acted in somebody's name stood in for him then, or had claimed it when he did."""
        session, now = self.office.session, self.office.now
        actor = self.office.actor(name)
        is_his = task.assignee_id == actor.person_id and task.for_id is not None
        if not is_his or before == (task.state, task.assignee_id, task.for_id):
            return
        if before == (TaskState.CLAIMED, task.assignee_id, task.for_id):
            return
        whom = [task.for_id or 0]
        told = {
            one.person_id
            for position in {post for post, _ in POSTS}  # what the principal holds besides is apart
            for group in deputies_of(
                session, whom, process=KEY, now=now, position=position
            ).values()
            for one in group
        }
        assert actor.person_id in told, (name, "\n".join(self.told))

    def check_log(self) -> None:
        """What the chain tells is what stands in the tables; nobody has changed it."""
        session, ticket = self.office.session, self.ticket
        story = "\n".join(self.told)
        found = self.office.tasks(ticket)
        entered = session.scalars(
            select(NodeLog.node).where(
                NodeLog.instance_id == ticket.instance_id,
                NodeLog.event == "entered",
                NodeLog.node.in_(("review", "sign")),
            )
        ).all()
        visits = {task.visit_id for task in found if task.node != "apply"}
        assert len(entered) == len(visits), story
        chain = ticket.instance.audit_chain
        assert first_break(session, chain) is None, story
        kinds = Counter(session.scalars(select(Event.kind).where(Event.chain == chain)))
        done = [one for one in found if one.state is TaskState.DONE and one.node != "apply"]
        returned = [one for one in done if one.outcome == RETURN]
        handed = [one for one in done if one.kind is TaskKind.HANDED]
        assert kinds["task.returned"] == len(returned), story
        assert kinds["task.transferred"] + kinds["task.handed_over"] == len(handed), story
        assert kinds["task.completed"] == len(done) - len(returned) - len(handed), story
        broken = session.scalar(
            select(func.count()).where(
                Incident.instance_id == ticket.instance_id, Incident.state == IncidentState.OPEN
            )
        )
        assert ticket.instance.open_incident_count == broken, story

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
