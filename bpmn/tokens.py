"""The live tokens of one instance for the length of one step, and the variables they see."""
# ruff: noqa: SLF001 -- SpiffWorkflow's way of placing a token starts with an underscore

from collections import ChainMap, deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.task import Task

from bpmn import state
from bpmn.definition import Definition
from bpmn.graph import Flow, Token
from bpmn.journal import Journal
from bpmn.specs import LIVE
from bpmn.specs.events import THROWN
from bpmn.specs.gateways import Join
from bpmn.types import (
    Event,
    Happening,
    NodeEvent,
    Operate,
    Timer,
    Variables,
    WaitingVisit,
    Write,
)


class Tokens(BpmnWorkflow):  # type: ignore[misc]
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
        self.log.append(NodeEvent(node.id, node.element, event, len(self.writes)))

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
        if task.internal_data.get("keeps"):
            task.internal_data["locals"].update(changes)
        else:
            self.write_inside(task.parent, task.task_spec.node.id, changes)

    def write_inside(self, around: Task, writer: str, changes: Mapping[str, Any]) -> None:
        """Write as the node may that stands inside an activity, or at the root."""
        while around is not self.task_tree and "journal" not in around.internal_data:
            if around.internal_data.get("keeps"):
                around.internal_data["locals"].update(changes)
                return
            around = around.parent
        self.journal_of(around).write(writer, changes)


def row_of(task: Task) -> state.Row:
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
    return Token(task.task_spec.node.id, next((f for f in into if f.id == came_on), None))
