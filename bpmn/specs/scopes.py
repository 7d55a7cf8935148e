"""Activities with tokens inside: subprocess, call activity, and the frame of repeated ones."""
# ruff: noqa: SLF001 -- SpiffWorkflow's hooks start with an underscore

from collections.abc import Sequence
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.task import Task

from bpmn.expressions import Expression
from bpmn.graph import Flow
from bpmn.journal import Journal
from bpmn.loops import Loop, Multi
from bpmn.specs.base import Drawn, ProcessSpec, body_of, computed, holds, value
from bpmn.types import Node, StepFailed

MAX_PASSES = 1000
Handed = Sequence[tuple[str, Expression]]  # (name there, expression here)


class Subprocess(Drawn):
    """Holds tokens inside; done when none is left (BPMN 2.0.2, 13.3.4)."""

    resting = TaskState.STARTED

    def __init__(
        self,
        process: ProcessSpec,
        node: Node,
        flows: Sequence[Flow],
        start: str,
        *,
        repeated: bool = False,
    ) -> None:
        super().__init__(process, node, flows, repeated=repeated)
        self.first = start

    def _run_hook(self, my_task: Task) -> None:
        self.open(my_task)
        my_task.workflow.put(self.first, my_task)

    def open(self, my_task: Task) -> None:
        """Make ready for tokens inside; the first one is put by the caller."""
        my_task._set_state(TaskState.STARTED)
        my_task.workflow.rest(my_task)

    def emptied(self, my_task: Task) -> None:
        """Called when no token is left inside."""
        my_task.complete()


class Call(Subprocess):
    """Runs another process of the file on variables of its own, handed in and back by name."""

    def __init__(
        self,
        process: ProcessSpec,
        node: Node,
        flows: Sequence[Flow],
        start: str,
        handed: tuple[Handed, Handed],
        *,
        repeated: bool = False,
    ) -> None:
        super().__init__(process, node, flows, start, repeated=repeated)
        self.handed_in, self.handed_back = handed

    def open(self, my_task: Task) -> None:
        given = {name: value(my_task, expression) for name, expression in self.handed_in}
        my_task.internal_data["journal"] = Journal(given, [], my_task.workflow.writes)
        super().open(my_task)

    def emptied(self, my_task: Task) -> None:
        turn = my_task.workflow
        inner = turn.view_inside(my_task)
        changes = {name: computed(self.node, e, inner) for name, e in self.handed_back}
        turn.write(my_task, changes)
        my_task.complete()


class Frame(Drawn):
    """Stands where a repeated activity is drawn; each pass is a token of its body inside it.

    Boundary events belong to the frame. It leaves no line in the log, its passes do.
    """

    resting = TaskState.STARTED
    is_frame = True

    def pass_once(self, my_task: Task, number: int, **extra: Any) -> None:
        data = {"locals": {"loopCounter": number}, **extra}
        my_task.workflow.put(body_of(self.node.id), my_task, **data)

    def passed(self, my_task: Task, body: Task) -> None:
        """Called when a pass is done; its token is gone already."""
        raise NotImplementedError

    def emptied(self, my_task: Task) -> None:
        """The frame itself knows when it is done."""

    def begin(self, my_task: Task) -> None:
        my_task._set_state(TaskState.STARTED)
        my_task.workflow.rest(my_task)


class Looped(Frame):
    """The frame of a standard loop (BPMN 2.0.2, 13.3.6)."""

    def __init__(self, process: ProcessSpec, node: Node, flows: Sequence[Flow], loop: Loop) -> None:
        super().__init__(process, node, flows)
        self.loop = loop

    def _run_hook(self, my_task: Task) -> bool | None:
        my_task.internal_data["locals"] = {"loopCounter": 0}
        if self.loop.test_before and not self._goes_on(my_task, 0):
            return True
        self.begin(my_task)
        self.pass_once(my_task, 0)
        return None

    def passed(self, my_task: Task, body: Task) -> None:  # noqa: ARG002 -- the frame counts
        done = my_task.internal_data["locals"]["loopCounter"] + 1
        my_task.internal_data["locals"] = {"loopCounter": done}
        if self._goes_on(my_task, done):
            self.pass_once(my_task, done)
        else:
            my_task.complete()

    def _goes_on(self, my_task: Task, done: int) -> bool:
        if self.loop.most is not None and done >= self.loop.most:
            return False
        return self.loop.condition is None or holds(my_task, self.loop.condition)


class MultiInstance(Frame):
    """The frame of a multi-instance activity, behavior All (BPMN 2.0.2, 13.3.7)."""

    def __init__(
        self, process: ProcessSpec, node: Node, flows: Sequence[Flow], multi: Multi
    ) -> None:
        super().__init__(process, node, flows)
        self.multi = multi

    def _run_hook(self, my_task: Task) -> bool | None:
        items = self._items(my_task)
        my_task.internal_data.update(items=items, begun=0, results={})
        self.begin(my_task)
        if not items:
            self._finish(my_task)
        elif self.multi.sequential:
            self._next(my_task)
        else:
            for _ in items:
                self._next(my_task)
        return None

    def passed(self, my_task: Task, body: Task) -> None:
        data = my_task.internal_data
        seen = body.internal_data["locals"]
        data["results"][str(seen["loopCounter"])] = seen.get(self.multi.result)
        if self._is_enough(my_task):
            my_task.workflow.cancel_inside(my_task)
            self._finish(my_task)
        elif data["begun"] < len(data["items"]):
            self._next(my_task)
        elif len(data["results"]) == len(data["items"]):
            self._finish(my_task)

    def _items(self, my_task: Task) -> list[Any]:
        if self.multi.cardinality is not None:
            count = value(my_task, self.multi.cardinality)
            if type(count) is not int or count < 0:
                raise StepFailed(self.node.id, "循环次数不是不小于 0 的整数")
            items: Any = [None] * min(count, MAX_PASSES + 1)
        else:
            items = my_task.workflow.view(my_task).get(self.multi.items)
        if not isinstance(items, list | tuple):
            raise StepFailed(self.node.id, f"变量 {self.multi.items} 不是列表")
        if len(items) > MAX_PASSES:
            raise StepFailed(self.node.id, f"循环超过 {MAX_PASSES} 次")
        return list(items)

    def _next(self, my_task: Task) -> None:
        data = my_task.internal_data
        number = data["begun"]
        data["begun"] += 1
        names = {self.multi.item: data["items"][number]} if self.multi.item else {}
        local = {**names, "loopCounter": number}
        my_task.workflow.put(body_of(self.node.id), my_task, locals=local, keeps=True)

    def _is_enough(self, my_task: Task) -> bool:
        if self.multi.until is None:
            return False
        data = my_task.internal_data
        total, done = len(data["items"]), len(data["results"])
        data["locals"] = {
            "numberOfInstances": total,
            "numberOfCompletedInstances": done,
            "numberOfActiveInstances": data["begun"] - done,
        }
        enough = holds(my_task, self.multi.until)
        del data["locals"]
        return enough

    def _finish(self, my_task: Task) -> None:
        data = my_task.internal_data
        if self.multi.results:
            order = sorted(data["results"], key=int)
            results = [data["results"][number] for number in order]
            my_task.workflow.write(my_task, {self.multi.results: results})
        my_task.complete()
