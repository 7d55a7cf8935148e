"""What all specs share: one drawn element as SpiffWorkflow runs it.

A token's parent in Spiff's tree is the activity it runs inside, the root for the outermost. Tasks
carry no data and no predicted children; a token learns its followers when it leaves and is then
forgotten (see turn.Turn for the other half).
"""
# ruff: noqa: ARG002 -- SpiffWorkflow's hooks start with an underscore and have fixed arguments

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.control import SimpleBpmnTask
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.specs import WorkflowSpec
from SpiffWorkflow.task import Task

from bpmn.expressions import Expression, ExpressionError, evaluate
from bpmn.graph import Flow
from bpmn.triggers import Trigger
from bpmn.types import Node, StepFailed

ROOT = "."  # no XML id starts with a dot
LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


class ProcessSpec(WorkflowSpec):  # type: ignore[misc]
    """All elements of a file, without Spiff's own Start and End, whose names an id could take."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.data_objects: dict[str, Any] = {}
        self.start = SimpleBpmnTask(self, ROOT)


class Drawn(BpmnSpecMixin):  # type: ignore[misc]
    """One drawn element.

    `resting` is the state in which its token outlives a step. `waits` marks those that people
    complete. `boundary` holds the events attached to it. The body of a repeated activity is a
    spec of its own (`repeated`), run inside the frame that stands at the drawn place.
    """

    resting: ClassVar[int] = TaskState.WAITING
    waits = False
    is_frame = False

    def __init__(
        self, process: ProcessSpec, node: Node, flows: Sequence[Flow], *, repeated: bool = False
    ) -> None:
        super().__init__(process, body_of(node.id) if repeated else node.id)
        self.node = node
        self.flows = flows
        self.repeated = repeated
        self.boundary: tuple[tuple[Node, Trigger], ...] = ()

    def test(self) -> None:
        pass

    def _update_hook(self, my_task: Task) -> bool:
        return True

    def _on_ready_hook(self, my_task: Task) -> None:
        my_task.workflow.arrived(my_task)

    def _run_hook(self, my_task: Task) -> bool | None:
        return True

    def _on_complete_hook(self, my_task: Task) -> None:
        turn, around = my_task.workflow, my_task.parent
        turn.record(my_task, "completed")
        if self.repeated:
            turn.remove(my_task)
            around.task_spec.passed(around, my_task)
        else:
            turn.leave(my_task, self.leaving(my_task))

    def awaited(self) -> Sequence[tuple[Node, Trigger]]:
        """Return the events a token waits for while it rests here."""
        return self.boundary

    def leaving(self, my_task: Task) -> Sequence[Flow]:
        """Return the flows that get a token when this one is done."""
        if all(flow.condition is None and not flow.is_default for flow in self.flows):
            return self.flows
        return self.chosen(my_task)

    def chosen(self, my_task: Task) -> Sequence[Flow]:
        """Return the flows without a condition and those whose condition holds, else the default.

        BPMN 2.0.2, 13.3.2 for flows out of an activity, 13.4.3 out of an inclusive gateway.
        """
        holding = {
            f.id for f in self.flows if f.condition is not None and holds(my_task, f.condition)
        }
        taken = [
            flow
            for flow in self.flows
            if flow.id in holding or (not holding if flow.is_default else flow.condition is None)
        ]
        if not taken:
            raise StepFailed(self.node.id, "没有一个条件成立,也没有默认流向")
        return taken


def body_of(name: str) -> str:
    """Return the name of the spec that is run for each pass of a repeated activity."""
    return f".{name}"


def value(my_task: Task, expression: Expression) -> Any:
    """Return the value of an expression as the token sees the variables.

    Raises: StepFailed.
    """
    return computed(my_task.task_spec.node, expression, my_task.workflow.view(my_task))


def computed(node: Node, expression: Expression, variables: Mapping[str, Any]) -> Any:
    """Raises: StepFailed."""
    try:
        return evaluate(expression, variables)
    except ExpressionError as error:
        raise StepFailed(node.id, str(error)) from error


def holds(my_task: Task, condition: Expression) -> bool:
    """Raises: StepFailed, also when the value is neither true nor false."""
    found = value(my_task, condition)
    if not isinstance(found, bool):
        text = f"条件 {condition.text} 的结果不是“是”或“否”"
        raise StepFailed(my_task.task_spec.node.id, text)
    return found
