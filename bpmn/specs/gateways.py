"""Gateways: who goes on, and who waits for whom."""
# ruff: noqa: SLF001 -- SpiffWorkflow's hooks start with an underscore

from collections.abc import Iterable, Mapping, Sequence

from SpiffWorkflow import TaskState
from SpiffWorkflow.task import Task

from bpmn.graph import Flow
from bpmn.specs.base import Drawn, ProcessSpec, holds
from bpmn.triggers import Trigger
from bpmn.types import Node, StepFailed


class Exclusive(Drawn):
    """Takes the first flow whose condition holds, in the order of the file, else the default."""

    def leaving(self, my_task: Task) -> Sequence[Flow]:
        for flow in self.flows:
            if flow.condition is not None and holds(my_task, flow.condition):
                return [flow]
        otherwise = [flow for flow in self.flows if flow.condition is None]
        if not otherwise:
            raise StepFailed(self.node.id, "没有一个条件成立,也没有默认流向")
        return otherwise[:1]


class Join(Drawn):
    """A gateway at which tokens wait, each on the flow it came on.

    Tokens are counted by flow, never by ancestry, so a second token on one flow waits for the next
    time instead of killing the first.
    """

    def _update_hook(self, my_task: Task) -> bool:
        my_task._set_state(TaskState.WAITING)
        return False

    def arrived(self, my_task: Task) -> dict[str, Task]:
        """Return the oldest waiting token of each flow, in the same subprocess."""
        oldest: dict[str, Task] = {}
        for task in my_task.workflow.inside(my_task.parent):
            if task.task_spec is self and task.state == TaskState.WAITING:
                oldest.setdefault(task.internal_data["from"], task)
        return oldest

    def join(self, tokens: Mapping[str, Task]) -> None:
        """Let one token go on for all of these."""
        first, *others = tokens.values()
        for task in others:
            first.workflow.remove(task)
        del first.internal_data["from"]
        first._ready()


class Parallel(Join):
    """Consumes one token of every incoming flow, and splits (BPMN 2.0.2, 13.4.1)."""

    def __init__(
        self, process: ProcessSpec, node: Node, flows: Sequence[Flow], into: Sequence[Flow]
    ) -> None:
        super().__init__(process, node, flows)
        self.into = frozenset(flow.id for flow in into)

    def _update_hook(self, my_task: Task) -> bool:
        super()._update_hook(my_task)
        tokens = self.arrived(my_task)
        if tokens.keys() >= self.into:
            self.join(tokens)
        return False


class Inclusive(Drawn):
    """An inclusive gateway with one flow in: takes every flow whose condition holds (13.4.3)."""


class InclusiveJoin(Join):
    """Waits for every token that can still come (BPMN 2.0.2, 13.4.3), and splits.

    `upstream` names for each flow the nodes from which it can be reached without this gateway.
    """

    def __init__(
        self,
        process: ProcessSpec,
        node: Node,
        flows: Sequence[Flow],
        upstream: Mapping[str, frozenset[str]],
    ) -> None:
        super().__init__(process, node, flows)
        self.upstream = upstream

    def is_complete(self, my_task: Task) -> bool:
        """Tell whether no token can come on an empty flow that could not come on a filled one."""
        filled = self.arrived(my_task).keys()
        empty = self.upstream.keys() - filled
        for task in my_task.workflow.inside(my_task.parent):
            place = task.task_spec.node.id
            if task.task_spec is self and "from" in task.internal_data:
                continue
            if self._reaches(place, empty) and not self._reaches(place, filled):
                return False
        return True

    def _reaches(self, place: str, flows: Iterable[str]) -> bool:
        return any(place in self.upstream[flow] for flow in flows)


class EventBased(Drawn):
    """Waits for the first of the events that follow it (BPMN 2.0.2, 13.4.4).

    It is entered once and completed with the event that came; the others leave no trace.
    """

    def __init__(
        self,
        process: ProcessSpec,
        node: Node,
        flows: Sequence[Flow],
        events: Sequence[tuple[Node, Trigger]],
    ) -> None:
        super().__init__(process, node, flows)
        self.events = events

    def awaited(self) -> Sequence[tuple[Node, Trigger]]:
        return self.events

    def _update_hook(self, my_task: Task) -> bool:
        my_task._set_state(TaskState.WAITING)
        my_task.workflow.record(my_task, "entered")
        my_task.workflow.rest(my_task)
        return False
