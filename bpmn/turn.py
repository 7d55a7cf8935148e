"""One step of one instance: SpiffWorkflow's workflow with our own stepping."""

import time
from datetime import datetime

from SpiffWorkflow import TaskState
from SpiffWorkflow.task import Task

from bpmn import occurrences, state
from bpmn.definition import Definition
from bpmn.specs.events import CAUGHT
from bpmn.specs.gateways import InclusiveJoin
from bpmn.tokens import Tokens, row_of, waiting_visit
from bpmn.triggers import Trigger
from bpmn.types import Operate, Snapshot, StepFailed, Variables

# Seconds of work, not of waiting: on a machine that does much besides, a step that is short takes
# long, and is no loop. What waits for the database is bounded there.
MAX_STEPS, MAX_SECONDS = 1000, 5.0


class Turn(Tokens):
    """Inflated for one step and thrown away, also after an error: the old bytes still hold.

    The specs call `arrived`, `rest` and `throw` as tokens come and go.
    """

    def __init__(
        self,
        definition: Definition,
        variables: Variables,
        operate: Operate | None,
        now: datetime,
        packed: bytes | None = None,
    ) -> None:
        super().__init__(definition, variables, operate, now, packed)
        self.steps, self.until = 0, time.thread_time() + MAX_SECONDS

    def arrived(self, task: Task) -> None:
        """Take in a task that became ready: people wait, everything else is run soon.

        An event that has come is not held up by what is to be run.
        """
        self.record(task, "entered")
        if CAUGHT in task.internal_data:
            task.run()
            return
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

    def throw(self, task: Task, trigger: Trigger) -> None:
        occurrences.throw(self, task, trigger)

    def advance(self) -> None:
        """Run what needs nobody: events that have come first, then tokens in order of arrival.

        An inclusive join looks when nothing else can move.
        """
        while True:
            self._look()
            while self.occurred or self.ready:
                self._run_next()
                self._look()
            joined = next((t for t in self.tokens() if self._can_join(t)), None)
            if joined is None:
                return
            joined.task_spec.join(joined.task_spec.arrived(joined))

    def _look(self) -> None:
        if self.definition.watches:
            occurrences.look_again(self)

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
        if time.thread_time() > self.until:
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
                state.State(
                    self.last, self.rounds, [row_of(t) for t in tokens], self.journal.entries
                )
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
