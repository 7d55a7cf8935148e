"""One instance for the length of one step: SpiffWorkflow's workflow with our own stepping."""
# ruff: noqa: SLF001 -- SpiffWorkflow's way of placing a token starts with an underscore

import time
from collections import ChainMap, deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.task import Task

from bpmn import occurrences, state
from bpmn.definition import Definition
from bpmn.graph import Flow, Token
from bpmn.journal import Journal
from bpmn.specs import LIVE
from bpmn.specs.events import THROWN
from bpmn.specs.gateways import InclusiveJoin, Join
from bpmn.triggers import Trigger
from bpmn.types import (
    Event,
    Happening,
    NodeEvent,
    Operate,
    Snapshot,
    StepFailed,
    Timer,
    Variables,
    WaitingVisit,
    Write,
)

MAX_STEPS, MAX_SECONDS = 1000, 5.0


class Turn(BpmnWorkflow):  # type: ignore[misc]
    """Inflated for one step and thrown away, also after an error: the old bytes still hold."""

    def __init__(
        self,
        definition: Definition,
        variables: Variables,
        operate: Operate | None,
        now: datetime,
        packed: bytes | None = None,
    ) -> None:
        saved = state.load(packed, definition.graph) if packed else state.State()
        self.definition, self.operate, self.now = definition, operate, now
        self.writes: list[Write] = []
        self.journal = Journal(variables, saved.journal, self.writes)
        self.rounds, self.last = saved.rounds, saved.last
        self.log: list[NodeEvent] = []
        self.ready: deque[Task] = deque()
        self.occurred: deque[tuple[Task, str]] = deque()
        self.thrown: list[Event] = []
        self.fired: list[Timer] = []
        self.watches = any(t.kind == "conditional" for t in definition.triggers.values())
        self.steps, self.until = 0, time.monotonic() + MAX_SECONDS
        # Any object will do as script engine: no spec of ours asks for it.
        super().__init__(definition.spec, script_engine=self.journal, deserializing=True)
        self.task_tree = Task(self, definition.spec.start, state=TaskState.COMPLETED)
        self._restore(saved)

    def _restore(self, saved: state.State) -> None:
        numbered = {0: self.task_tree}
        for row in saved.tokens:
            spec = self.spec.task_specs[row.spec]
            task = Task(self, spec, numbered[row.around], spec.resting, row.number)
            task.internal_data = {"number": row.number, **row.extra}
            if "journal" in row.extra:
                called, entries = row.extra["journal"]
                task.internal_data["journal"] = Journal(called, entries, self.writes)
            numbered[row.number] = task

    # --- where tokens are ---

    def tokens(self) -> Iterator[Task]:
        """Yield all live tokens, also those that hold others, in the order of their arrival."""
        return (task for task in list(self.tasks.values()) if task.has_state(LIVE))

    def inside(self, around: Task) -> list[Task]:
        return [task for task in around.children if task.has_state(LIVE)]

    def put(self, name: str, around: Task, **data: Any) -> Task:
        """Let a new token arrive at a node, inside an activity or at the root."""
        task = around._add_child(self.spec.task_specs[name], TaskState.FUTURE)
        task.internal_data.update(data)
        task.task_spec._update(task)
        return task

    def arrived(self, task: Task) -> None:
        """Take in a task that became ready: people wait, everything else is run soon."""
        self.record(task, "entered")
        if not task.task_spec.waits:
            self.ready.append(task)
            return
        node = task.task_spec.node
        self.rounds[node.id] = self.rounds.get(node.id, 0) + 1
        task.internal_data["round"] = self.rounds[node.id]
        self.number(task)
        self.journal_of(task.parent).enter(node.id)
        self.rest(task)

    def rest(self, task: Task) -> None:
        """A token comes to rest: its events are armed."""
        occurrences.arm(self, task)

    def leave(self, task: Task, flows: Sequence[Flow]) -> None:
        """Let a token that is done go on over these flows; the last one out ends what is around."""
        around = task.parent
        self.remove(task)
        for flow in flows:
            joining = isinstance(self.spec.task_specs[flow.target], Join)
            self.put(flow.target, around, **({"from": flow.id} if joining else {}))
        if around is not self.task_tree and not self.inside(around):
            around.task_spec.emptied(around)

    def remove(self, task: Task) -> None:
        """Forget a token that is done."""
        around = task.parent
        around._children.remove(task.id)
        del self.tasks[task.id]

    def cancel(self, task: Task) -> None:
        """Take a token away, and first all inside it."""
        self.cancel_inside(task)
        task._set_state(TaskState.CANCELLED)
        if "from" not in task.internal_data:
            self.record(task, "cancelled")
        self.remove(task)

    def cancel_inside(self, around: Task, but: Task | None = None) -> None:
        for task in self.inside(around):
            if task is not but:
                self.cancel(task)

    def number(self, task: Task) -> int:
        """Return the number of a token; numbers are never reused in an instance."""
        if "number" not in task.internal_data:
            self.last += 1
            task.internal_data["number"] = self.last
        number: int = task.internal_data["number"]
        return number

    def record(self, task: Task, event: Happening) -> None:
        if task.task_spec.is_frame or (THROWN in task.internal_data and event != "entered"):
            return
        node = task.task_spec.node
        self.log.append(NodeEvent(node.id, node.element, event))

    def _task_completed_notify(self, task: Task) -> None:
        """Spiff would update every waiting task; ours are told when a token arrives."""

    # --- variables ---

    def journal_of(self, around: Task) -> Journal:
        """Return the map of the call around, the instance's own at the root."""
        while around is not self.task_tree:
            if "journal" in around.internal_data:
                return around.internal_data["journal"]  # type: ignore[no-any-return]
            around = around.parent
        return self.journal

    def view(self, task: Task) -> Mapping[str, Any]:
        """Return the variables as a token sees them: its map, under the locals of its passes."""
        local = []
        while True:
            if "locals" in task.internal_data:
                local.append(task.internal_data["locals"])
            task = task.parent
            if task is self.task_tree or "journal" in task.internal_data:
                break
        variables = self.journal_of(task).variables
        return MappingProxyType(ChainMap(*local, variables) if local else variables)

    def view_inside(self, call: Task) -> Mapping[str, Any]:
        return MappingProxyType(self.journal_of(call).variables)

    def write(self, task: Task, changes: Mapping[str, Any]) -> None:
        """Write as a token may: a pass of a multi-instance keeps to itself what it writes."""
        writer = task.task_spec.node.id
        while task is not self.task_tree:
            if task.internal_data.get("keeps"):
                task.internal_data["locals"].update(changes)
                return
            task = task.parent
            if "journal" in task.internal_data:
                break
        self.journal_of(task).write(writer, changes)

    # --- events ---

    def throw(self, task: Task, trigger: Trigger) -> None:
        occurrences.throw(self, task, trigger)

    # --- stepping ---

    def advance(self) -> None:
        """Run what needs nobody: events that have come first, then tokens in order of arrival.

        An inclusive join looks when nothing else can move.
        """
        while True:
            while self.occurred or self.ready:
                self._run_next()
                if self.watches:
                    occurrences.look_again(self)
            joined = next((t for t in self.tokens() if self._can_join(t)), None)
            if joined is None:
                return
            joined.task_spec.join(joined.task_spec.arrived(joined))

    def _run_next(self) -> None:
        if self.occurred:
            task, event = self.occurred.popleft()
            self._count(task)
            occurrences.occur(self, task, event)
            return
        task = self.ready.popleft()
        if task.state == TaskState.READY and task.id in self.tasks:
            self._count(task)
            task.run()

    def _count(self, task: Task) -> None:
        self.steps += 1
        name = task.task_spec.node.id
        if self.steps > MAX_STEPS:
            raise StepFailed(name, f"自动步骤超过 {MAX_STEPS} 步")
        if time.monotonic() > self.until:
            raise StepFailed(name, f"自动步骤超过 {MAX_SECONDS:g} 秒")

    def _can_join(self, task: Task) -> bool:
        spec = task.task_spec
        waiting = isinstance(spec, InclusiveJoin) and "from" in task.internal_data
        return waiting and spec.is_complete(task)

    def snapshot(self) -> Snapshot:
        tokens = list(self.tokens())
        for task in tokens:
            self.number(task)
        timers = occurrences.armed_timers(self)
        visits = [waiting_visit(task) for task in tokens if task.task_spec.waits]
        return Snapshot(
            state=state.dump(
                state.State(self.last, self.rounds, [_row(t) for t in tokens], self.journal.entries)
            ),
            variables=self.journal.variables,
            waiting=tuple(visits),
            due_at=min((timer.due_at for timer in timers), default=None),
            ended=not tokens,
            log=tuple(self.log),
            catches=occurrences.catches(self),
            timers=timers,
            thrown=tuple(self.thrown),
            fired=tuple(self.fired),
            writes=tuple(self.writes),
        )


def _row(task: Task) -> state.Row:
    extra = dict(task.internal_data)
    number = extra.pop("number")
    if "journal" in extra:
        extra["journal"] = [extra["journal"].variables, extra["journal"].entries]
    around = task.parent.internal_data.get("number", 0)
    return state.Row(number, task.task_spec.name, around, extra)


def visit_key(task: Task) -> str:
    """Return the key of a visit; token numbers are never reused in an instance."""
    return f"{task.internal_data['number']}.{task.internal_data['round']}"


def waiting_visit(task: Task) -> WaitingVisit:
    return WaitingVisit(visit_key(task), task.task_spec.name, task.internal_data["round"])


def token(task: Task) -> Token:
    """Return where a token stands; one at a join stands on the flow it came on."""
    came_on = task.internal_data.get("from")
    into = task.workflow.definition.graph.into[task.task_spec.node.id]
    source = next((flow.source for flow in into if flow.id == came_on), None)
    return Token(task.task_spec.node.id, source)
