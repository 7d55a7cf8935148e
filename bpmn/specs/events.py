"""Events: what a token waits for, and what it throws."""
# ruff: noqa: SLF001 -- SpiffWorkflow's hooks start with an underscore

from collections.abc import Sequence

from SpiffWorkflow import TaskState
from SpiffWorkflow.task import Task

from bpmn.graph import Flow
from bpmn.specs.base import LIVE, Drawn, ProcessSpec
from bpmn.triggers import Trigger
from bpmn.types import Node

CAUGHT = "caught"  # on a token that stands here because its event has come
THROWN = "thrown"  # on a token whose completion is in the log already


class Catch(Drawn):
    """Waits until its event comes: a catch event, a receive task, and a boundary event.

    A boundary event gets its token only when it has come, as does what follows an event gateway.
    """

    def __init__(
        self, process: ProcessSpec, node: Node, flows: Sequence[Flow], trigger: Trigger
    ) -> None:
        super().__init__(process, node, flows)
        self.trigger = trigger

    def awaited(self) -> Sequence[tuple[Node, Trigger]]:
        return ((self.node, self.trigger), *self.boundary)

    def _update_hook(self, my_task: Task) -> bool:
        if CAUGHT in my_task.internal_data:
            return True
        my_task._set_state(TaskState.WAITING)
        my_task.workflow.record(my_task, "entered")
        my_task.workflow.rest(my_task)
        return False


class Throw(Drawn):
    """Throws its event and goes on, if what it threw leaves it alive: an end event, a send task."""

    def __init__(
        self,
        process: ProcessSpec,
        node: Node,
        flows: Sequence[Flow],
        trigger: Trigger,
        *,
        repeated: bool = False,
    ) -> None:
        super().__init__(process, node, flows, repeated=repeated)
        self.trigger = trigger

    def _run_hook(self, my_task: Task) -> bool | None:
        turn = my_task.workflow
        turn.record(my_task, "completed")
        my_task.internal_data[THROWN] = True
        turn.throw(my_task, self.trigger)
        return True if my_task.has_state(LIVE) else None


class Terminate(Drawn):
    """Ends the process or subprocess it is drawn in (BPMN 2.0.2, 13.5.6)."""

    def _run_hook(self, my_task: Task) -> bool:
        turn = my_task.workflow
        turn.cancel_inside(my_task.parent, but=my_task)
        return True
