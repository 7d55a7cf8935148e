"""One step of the engine, without database or web: state in, state out.

A process of 15 nodes is walked to its end again and again; then it is returned from its last node
to its first 1, 10 and 50 times, after which a step must cost and weigh what it did before. So must
one after a thousand rounds of a drawn loop. A model of 500 nodes is read and linted.
"""

import itertools
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import bpmn
from bench.figures import Figure
from bench.setting import Setting

NODES = [f"step_{number}" for number in range(15)]
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
RETURNS = (0, 1, 10, 50)
FLAT = 1.2
LOOPS = 1000
HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="file">'
    '<bpmn:process id="fifteen" name="十五步" isExecutable="true">'
)
PROPERTY = (
    "<bpmn:extensionElements><spiffworkflow:properties>"
    '<spiffworkflow:property name="{}" value="{}"/>'
    "</spiffworkflow:properties></bpmn:extensionElements>"
)
FORM = PROPERTY.format("form", "fifteen/apply")
ASSIGN = PROPERTY.format("assign", "person:requester")


def model(nodes: Sequence[str] = NODES) -> bytes:
    """User tasks in a row."""
    road = ["apply", *nodes, "done"]
    parts = [f'<bpmn:startEvent id="apply">{FORM}</bpmn:startEvent>', '<bpmn:endEvent id="done"/>']
    parts += [
        f'<bpmn:userTask id="{name}" name="{name}">{ASSIGN}</bpmn:userTask>' for name in nodes
    ]
    parts += [
        f'<bpmn:sequenceFlow id="to_{b}" sourceRef="{a}" targetRef="{b}"/>'
        for a, b in itertools.pairwise(road)
    ]
    return f"{HEAD}{''.join(parts)}</bpmn:process></bpmn:definitions>".encode()


def round_trip() -> bytes:
    """Two user tasks in a drawn loop."""
    parts = [
        '<bpmn:startEvent id="apply"/><bpmn:exclusiveGateway id="meet"/>',
        *(f'<bpmn:userTask id="{name}">{ASSIGN}</bpmn:userTask>' for name in ("one", "two")),
        '<bpmn:exclusiveGateway id="again" default="to_meet"/><bpmn:endEvent id="done"/>',
        '<bpmn:sequenceFlow id="in" sourceRef="apply" targetRef="meet"/>',
        '<bpmn:sequenceFlow id="to_one" sourceRef="meet" targetRef="one"/>',
        '<bpmn:sequenceFlow id="to_two" sourceRef="one" targetRef="two"/>',
        '<bpmn:sequenceFlow id="to_again" sourceRef="two" targetRef="again"/>',
        '<bpmn:sequenceFlow id="to_meet" sourceRef="again" targetRef="meet"/>',
        '<bpmn:sequenceFlow id="out" sourceRef="again" targetRef="done">',
        '<bpmn:conditionExpression>outcome == "reject"</bpmn:conditionExpression>',
        "</bpmn:sequenceFlow>",
    ]
    return f"{HEAD}{''.join(parts)}</bpmn:process></bpmn:definitions>".encode()


class Walk:
    """One instance on its road."""

    def __init__(self, definition: bpmn.Definition) -> None:
        self.definition = definition
        self.now = bpmn.start(definition, {}, operate=_no_operation, now=NOW)
        self.largest = 0

    def step(self) -> None:
        (visit,) = self.now.waiting
        self.now = bpmn.complete(
            self.definition,
            self.now.state,
            self.now.variables,
            visit=visit.key,
            changes={"outcome": "approve"},
            operate=_no_operation,
            now=NOW,
        )
        self.largest = max(self.largest, len(self.now.state))

    def to_last(self) -> None:
        while self.now.waiting[0].node != NODES[-1]:
            self.step()

    def back(self) -> None:
        self.now = bpmn.return_to(
            self.definition, self.now.state, {}, node=NODES[0], operate=_no_operation, now=NOW
        )


def run(setting: Setting) -> list[Figure]:
    definition = bpmn.parse(model())
    walks = 5 if setting.quick else 60
    costs, weights = {}, {}
    for returns in RETURNS:
        costs[returns], weights[returns] = _measured(definition, returns, walks)
    most = max(costs.values()) / costs[0]
    return [
        Figure("engine step, 15 nodes", costs[0], "ms CPU", 0.5),
        *(
            Figure(f"engine step after {returns} returns", costs[returns], "ms CPU", 0.5)
            for returns in RETURNS[1:]
        ),
        Figure("dearest of these ÷ without returns", most, "", FLAT, note="flat"),
        Figure("state stored, 15 nodes", weights[0], "bytes", 1024),
        Figure(f"state stored after {RETURNS[-1]} returns", weights[RETURNS[-1]], "bytes", 1024),
        *_looped(),
        *_large(),
    ]


def _looped() -> list[Figure]:
    """A thousand rounds of a drawn loop: the last fifty beside the first fifty."""
    walk = Walk(bpmn.parse(round_trip()))
    costs = []
    for _ in range(LOOPS // 50):
        begun = time.process_time()
        for _ in range(100):
            walk.step()
        costs.append((time.process_time() - begun) * 10)
    return [
        Figure(f"engine step after {LOOPS} drawn loops", costs[-1], "ms CPU", 0.5),
        Figure(f"after {LOOPS} drawn loops ÷ at first", costs[-1] / costs[0], "", FLAT),
        Figure(f"state stored after {LOOPS} drawn loops", walk.largest, "bytes", 1024),
    ]


def _large() -> list[Figure]:
    """The caches are passed by: each model differs in its last byte."""
    content = model([f"step_{number}" for number in range(498)])
    begun = time.process_time()
    for tail in (b" ", b"  ", b"   "):
        bpmn.load(content + tail)
    read = time.process_time() - begun
    begun = time.process_time()
    for _ in range(3):
        bpmn.lint(content)
    linted = time.process_time() - begun
    return [
        Figure("a model of 500 nodes read", read / 3 * 1000, "ms CPU", 100),
        Figure("a model of 500 nodes linted", linted / 3 * 1000, "ms CPU", 500),
    ]


def _measured(definition: bpmn.Definition, returns: int, walks: int) -> tuple[float, int]:
    """Milliseconds a step and the largest state on the last round of the road."""
    taken, steps, largest = 0.0, 0, 0
    for _ in range(walks):
        walk = Walk(definition)
        walk.step()
        for _ in range(returns):
            walk.to_last()
            walk.back()
        begun = time.process_time()
        while walk.now.waiting:
            walk.step()
            steps += 1
        taken += time.process_time() - begun
        largest = max(largest, walk.largest)
    return taken / steps * 1000, largest


def _no_operation(operation: str, node: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    raise AssertionError((operation, node, variables))
