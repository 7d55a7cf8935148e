"""Work: of people, of named operations, of assignments."""

from collections.abc import Sequence

from SpiffWorkflow import TaskState
from SpiffWorkflow.task import Task

from bpmn.expressions import ExpressionError
from bpmn.graph import Flow
from bpmn.scripts import Script, run_script
from bpmn.specs.base import Drawn, ProcessSpec
from bpmn.types import Node, StepFailed


class Manual(Drawn):
    """A user task, or a start event with a form."""

    resting = TaskState.READY
    waits = True


class Service(Drawn):
    """Runs a named operation of the host; its exceptions pass through unchanged."""

    def _run_hook(self, my_task: Task) -> bool:
        turn = my_task.workflow
        operation = self.node.properties["operation"]
        changes = turn.operate(operation, self.node.id, turn.view(my_task))
        turn.write(my_task, changes or {})
        return True


class Scripted(Drawn):
    """Runs assignments of allow-listed expressions."""

    def __init__(
        self,
        process: ProcessSpec,
        node: Node,
        flows: Sequence[Flow],
        script: Script,
        *,
        repeated: bool = False,
    ) -> None:
        super().__init__(process, node, flows, repeated=repeated)
        self.script = script

    def _run_hook(self, my_task: Task) -> bool:
        turn = my_task.workflow
        try:
            changes = run_script(self.script, turn.view(my_task))
        except ExpressionError as error:
            raise StepFailed(self.node.id, str(error)) from error
        turn.write(my_task, changes)
        return True
