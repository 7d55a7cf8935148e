"""SpiffWorkflow's task specs with the few semantics we accept, built from our own graph.

Spiff's XML parser is not used: it orders a gateway's flows by the drawing's y coordinate, keeps
every expression for eval and recurses once a node. Tasks carry no data and no predicted
children; a token learns its followers when it leaves (see turn.Turn for the other half).
"""
# ruff: noqa: SLF001, ARG002 -- SpiffWorkflow's hooks start with an underscore and have fixed arguments

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.control import SimpleBpmnTask
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.specs import WorkflowSpec
from SpiffWorkflow.task import Task

from bpmn.expressions import Expression, ExpressionError, evaluate
from bpmn.graph import Flow, Graph
from bpmn.scripts import Script, run_script
from bpmn.timers import due_at
from bpmn.types import Node, StepFailed

ROOT = ".root"  # no XML id starts with a dot
LIVE = TaskState.READY | TaskState.WAITING


class ProcessSpec(WorkflowSpec):  # type: ignore[misc]
    """A process without Spiff's own Start and End, whose names a drawn id could take."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.data_objects: dict[str, Any] = {}
        self.start = SimpleBpmnTask(self, ROOT)


class Drawn(BpmnSpecMixin):  # type: ignore[misc]
    """One drawn element. `waits` marks those that people complete."""

    waits = False

    def __init__(self, process: ProcessSpec, node: Node, flows: Sequence[Flow]) -> None:
        super().__init__(process, node.id)
        self.node = node
        self.flows = flows

    def test(self) -> None:
        pass

    def _update_hook(self, my_task: Task) -> bool:
        return True

    def _on_ready_hook(self, my_task: Task) -> None:
        my_task.workflow.arrived(my_task)

    def _on_complete_hook(self, my_task: Task) -> None:
        my_task.workflow.record(self.node, "completed")
        following = [self._wf_spec.task_specs[flow.target] for flow in self.leaving(my_task)]
        my_task._sync_children(following, TaskState.FUTURE)

    def leaving(self, my_task: Task) -> Sequence[Flow]:
        """Return the flows that get a token when this one is done."""
        return self.flows


class Manual(Drawn):
    """A user task, or a start event with a form."""

    waits = True


class Service(Drawn):
    """Runs a named operation of the host; its exceptions pass through unchanged."""

    def _run_hook(self, my_task: Task) -> bool:
        turn = my_task.workflow
        changes = turn.operate(self.node.properties["operation"], self.name, turn.view())
        turn.journal.write(self.name, changes or {})
        return True


class Scripted(Drawn):
    """Runs assignments of allow-listed expressions."""

    def __init__(
        self, process: ProcessSpec, node: Node, flows: Sequence[Flow], script: Script
    ) -> None:
        super().__init__(process, node, flows)
        self.script = script

    def _run_hook(self, my_task: Task) -> bool:
        journal = my_task.workflow.journal
        try:
            changes = run_script(self.script, journal.variables)
        except ExpressionError as error:
            raise StepFailed(self.name, str(error)) from error
        journal.write(self.name, changes)
        return True


class Exclusive(Drawn):
    """Takes the first flow whose condition holds, in the order of the file, else the default."""

    def leaving(self, my_task: Task) -> Sequence[Flow]:
        variables = my_task.workflow.journal.variables
        for flow in self.flows:
            if flow.condition is not None and self._holds(flow.condition, variables):
                return [flow]
        otherwise = [flow for flow in self.flows if flow.condition is None]
        if not otherwise:
            raise StepFailed(self.name, "没有一个条件成立,也没有默认流向")
        return otherwise

    def _holds(self, condition: Expression, variables: Mapping[str, Any]) -> bool:
        try:
            value = evaluate(condition, variables)
        except ExpressionError as error:
            raise StepFailed(self.name, str(error)) from error
        if not isinstance(value, bool):
            raise StepFailed(self.name, f"条件 {condition.text} 的结果不是“是”或“否”")
        return value


class Parallel(Drawn):
    """Consumes one token of every incoming flow (BPMN 2.0.2, 13.4.1), and splits.

    Tokens are counted by the flow they came on, never by ancestry, so a second token on one
    flow waits for the next time instead of killing the first.
    """

    def __init__(
        self, process: ProcessSpec, node: Node, flows: Sequence[Flow], sources: Sequence[str]
    ) -> None:
        super().__init__(process, node, flows)
        self.sources = frozenset(sources)

    def _update_hook(self, my_task: Task) -> bool:
        my_task.internal_data.setdefault("from", my_task.parent.task_spec.name)
        my_task._set_state(TaskState.WAITING)
        arrived: dict[str, Task] = {}
        for task in my_task.workflow.tasks.values():
            if task.task_spec is self and task.state == TaskState.WAITING:
                arrived.setdefault(task.internal_data["from"], task)
        if arrived.keys() < self.sources:
            return False
        for task in arrived.values():
            if task is not my_task:
                task._set_state(TaskState.CANCELLED)
        return True


class Timer(Drawn):
    """Waits until its time has come; the due time is fixed when the token arrives."""

    def __init__(
        self, process: ProcessSpec, node: Node, flows: Sequence[Flow], timer: tuple[str, str]
    ) -> None:
        super().__init__(process, node, flows)
        self.timer = timer

    def _update_hook(self, my_task: Task) -> bool:
        turn = my_task.workflow
        if "due" not in my_task.internal_data:
            my_task.internal_data["due"] = due_at(*self.timer, turn.now).isoformat()
            my_task._set_state(TaskState.WAITING)
            turn.record(self.node, "entered")
        return bool(datetime.fromisoformat(my_task.internal_data["due"]) <= turn.now)


class Terminate(Drawn):
    """Ends the whole instance."""

    def _run_hook(self, my_task: Task) -> bool:
        my_task.workflow.cancel_tokens(lambda task: task is not my_task)
        return True


def build(
    key: str,
    nodes: Mapping[str, Node],
    graph: Graph,
    scripts: Mapping[str, Script],
    timers: Mapping[str, tuple[str, str]],
    terminating: frozenset[str],
) -> ProcessSpec:
    """Return the spec SpiffWorkflow runs."""
    process = ProcessSpec(key)
    for node in nodes.values():
        flows = graph.out[node.id]
        if node.id in scripts:
            Scripted(process, node, flows, scripts[node.id])
        elif node.id in timers:
            Timer(process, node, flows, timers[node.id])
        elif node.element == "parallelGateway":
            Parallel(process, node, flows, [flow.source for flow in graph.into[node.id]])
        elif node.id in terminating:
            Terminate(process, node, flows)
        elif node.kind == "start":
            (Manual if "form" in node.properties else Drawn)(process, node, flows)
        else:
            PLAIN[node.element](process, node, flows)
    return process


PLAIN: dict[str, type[Drawn]] = {
    "userTask": Manual,
    "serviceTask": Service,
    "exclusiveGateway": Exclusive,
    "endEvent": Drawn,
}
