"""Plays one instance through the engine, as the application would: bytes in, bytes out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import bpmn
from tests.bpmn.models import NOW


class Player:
    """Keeps the last snapshot, all log lines and the operations that were called."""

    def __init__(
        self,
        model: bytes,
        variables: Mapping[str, Any] | None = None,
        answers: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.definition = bpmn.parse(model)
        self.answers = answers or {}
        self.called: list[str] = []
        self.log: list[tuple[str, str]] = []
        self.now: datetime = NOW
        self.take(bpmn.start(self.definition, variables or {}, operate=self.operate, now=self.now))

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

    def targets(self, *visited: str) -> tuple[str, ...]:
        return bpmn.return_targets(self.definition, self.snapshot.state, visited)
