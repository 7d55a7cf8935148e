"""Plays one instance through the engine, as the application would: bytes in, bytes out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import bpmn
from tests.bpmn.models import NOW


class Player:
    """Keeps the last snapshot, all log lines and the operations that were called."""

    def __init__(
        self,
        model: bytes,
        variables: Mapping[str, Any] | None = None,
        answers: Mapping[str, Mapping[str, Any]] | None = None,
        event: str | None = None,
    ) -> None:
        self.definition = bpmn.parse(model)
        self.answers = answers or {}
        self.called: list[str] = []
        self.log: list[tuple[str, str]] = []
        self.now: datetime = NOW
        self.take(
            bpmn.start(
                self.definition,
                variables or {},
                operate=self.operate,
                now=self.now,
                event=event,
            )
        )

    def operate(
        self, operation: str, node: str, _variables: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        self.called.append(operation)
        return self.answers.get(node, {})

    def take(self, snapshot: bpmn.Snapshot) -> None:
        self.snapshot = snapshot
        self.log += [(line.node, line.event) for line in snapshot.log]

    @property
    def open(self) -> list[str]:
        return [visit.node for visit in self.snapshot.waiting]

    @property
    def variables(self) -> dict[str, Any]:
        return self.snapshot.variables

    def visit(self, node: str) -> bpmn.WaitingVisit:
        return next(visit for visit in self.snapshot.waiting if visit.node == node)

    def complete(self, node: str, outcome: str | None = None, **changes: Any) -> "Player":
        if outcome is not None:
            changes["outcome"] = outcome
        self.take(
            bpmn.complete(
                self.definition,
                self.snapshot.state,
                self.variables,
                visit=self.visit(node).key,
                changes=changes,
                operate=self.operate,
                now=self.now,
            )
        )
        return self

    def return_to(self, node: str) -> "Player":
        self.take(
            bpmn.return_to(
                self.definition,
                self.snapshot.state,
                self.variables,
                node=node,
                operate=self.operate,
                now=self.now,
            )
        )
        return self

    def fire_due(self, now: datetime) -> "Player":
        self.now = now
        self.take(
            bpmn.fire_due(
                self.definition,
                self.snapshot.state,
                self.variables,
                operate=self.operate,
                now=now,
            )
        )
        return self

    def deliver(
        self, kind: Literal["signal", "message"], name: str, to: str | None = None, **payload: Any
    ) -> "Player":
        self.take(
            bpmn.deliver(
                self.definition,
                self.snapshot.state,
                self.variables,
                event=bpmn.Event(kind, name, to, payload),
                operate=self.operate,
                now=self.now,
            )
        )
        return self

    def move(self, target: str, source: str | None = None) -> "Player":
        self.take(
            bpmn.move(
                self.definition,
                self.snapshot.state,
                self.variables,
                source=source,
                target=target,
                operate=self.operate,
                now=self.now,
            )
        )
        return self

    def edit(self, **changes: Any) -> "Player":
        self.take(
            bpmn.edit(
                self.definition,
                self.snapshot.state,
                self.variables,
                changes=changes,
                operate=self.operate,
                now=self.now,
            )
        )
        return self

    def wait(self, **length: int) -> "Player":
        """Let time pass (`hours=2`) and fire what is due then."""
        return self.fire_due(self.now + timedelta(**length))

    def done(self, event: str = "completed") -> list[str]:
        """Return the nodes of which the log tells this, in order."""
        return [node for node, happened in self.log if happened == event]

    def targets(self, *visited: str) -> tuple[str, ...]:
        return bpmn.return_targets(self.definition, self.snapshot.state, visited)
