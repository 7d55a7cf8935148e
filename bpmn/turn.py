"""One instance for the length of one step: SpiffWorkflow's workflow with our own stepping."""
# ruff: noqa: SLF001 -- SpiffWorkflow's way of placing a token starts with an underscore

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.task import Task

from bpmn import state
from bpmn.definition import Definition
from bpmn.graph import Token
from bpmn.journal import Journal
from bpmn.specs import LIVE
from bpmn.types import (
    Happening,
    Node,
    NodeEvent,
    Operate,
    Snapshot,
    StepFailed,
    Variables,
    WaitingVisit,
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
        saved = state.load(packed) if packed else state.State()
        self.definition, self.operate, self.now = definition, operate, now
        self.journal = Journal(variables, saved.journal)
        self.rounds, self.last = saved.rounds, saved.last
        self.log: list[NodeEvent] = []
        self.ready: deque[Task] = deque()
        # Any object will do as script engine: no spec of ours asks for it.
        super().__init__(definition.spec, script_engine=self.journal, deserializing=True)
        self.task_tree = Task(self, definition.spec.start, state=TaskState.COMPLETED)
        for row in saved.tokens:
            self._restore(*row)

    def _restore(self, number: int, node: str, entry: int, extra: dict[str, Any]) -> None:
        waiting = TaskState.WAITING if extra else TaskState.READY
        task = Task(self, self.spec.task_specs[node], self.task_tree, waiting, number)
        task.internal_data = {"number": number, "round": entry, **extra}

    # --- called by the specs ---

    def arrived(self, task: Task) -> None:
        """Take in a task that became ready: people wait, everything else is run soon."""
        node = task.task_spec.node
        if "due" not in task.internal_data:  # a timer entered when it began to wait
            self.record(node, "entered")
        if not task.task_spec.waits:
            self.ready.append(task)
            return
        self.rounds[node.id] = self.rounds.get(node.id, 0) + 1
        task.internal_data.update(number=self.next_number(), round=self.rounds[node.id])
        self.journal.enter(node.id)

    def record(self, node: Node, event: Happening) -> None:
        self.log.append(NodeEvent(node.id, node.element, event))

    def view(self) -> Mapping[str, Any]:
        return MappingProxyType(self.journal.variables)

    def _task_completed_notify(self, task: Task) -> None:
        """Spiff would update every waiting task; ours are told when a token arrives."""

    # --- called by the engine ---

    def next_number(self) -> int:
        self.last += 1
        return self.last

    def tokens(self) -> Iterator[Task]:
        return (task for task in self.tasks.values() if task.has_state(LIVE))

    def put(self, node: str) -> None:
        task = self.task_tree._add_child(self.spec.task_specs[node], TaskState.FUTURE)
        task.task_spec._update(task)

    def awake(self, task: Task) -> None:
        """Let a waiting timer look at the clock, and go on if its time has come."""
        task.task_spec._update(task)
        self.advance()

    def cancel_tokens(self, chosen: Callable[[Task], bool]) -> None:
        for task in [task for task in self.tokens() if chosen(task)]:
            task.cancel()
            if "from" not in task.internal_data:
                self.record(task.task_spec.node, "cancelled")

    def advance(self) -> None:
        """Run what needs nobody, in order of arrival."""
        until = time.monotonic() + MAX_SECONDS
        steps = 0
        while self.ready:
            task = self.ready.popleft()
            if task.state != TaskState.READY:  # a terminate end was faster
                continue
            steps += 1
            if steps > MAX_STEPS:
                raise StepFailed(task.task_spec.name, f"自动步骤超过 {MAX_STEPS} 步")
            if time.monotonic() > until:
                raise StepFailed(task.task_spec.name, f"自动步骤超过 {MAX_SECONDS:g} 秒")
            task.run()

    def snapshot(self) -> Snapshot:
        rows = []
        visits = []
        dues = []
        for task in self.tokens():
            data = dict(task.internal_data)
            number = data.pop("number", None) or self.next_number()
            entry = data.pop("round", 0)
            rows.append((number, task.task_spec.name, entry, data))
            if task.task_spec.waits:
                visits.append(WaitingVisit(visit_key(task), task.task_spec.name, entry))
            elif "due" in data:
                dues.append(datetime.fromisoformat(data["due"]))
        return Snapshot(
            state=state.dump(state.State(self.last, self.rounds, rows, self.journal.entries)),
            variables=self.journal.variables,
            waiting=tuple(visits),
            due_at=min(dues, default=None),
            ended=not rows,
            log=tuple(self.log),
        )


def visit_key(task: Task) -> str:
    """Return the key of a visit; token numbers are never reused in an instance."""
    return f"{task.internal_data['number']}.{task.internal_data['round']}"


def token(task: Task) -> Token:
    return Token(task.task_spec.name, task.internal_data.get("from"))
