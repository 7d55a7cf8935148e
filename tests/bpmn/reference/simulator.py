"""The token game of BPMN 2.0.2, clause 13, as a second opinion beside the engine.

It shares no line with the engine and keeps no state but plain objects. Tokens run first in first
out; with another `order` (a random one) the same game shows what order alone can change.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from random import Random
from typing import Any

from tests.bpmn.reference.events import Events
from tests.bpmn.reference.joins import may_pass
from tests.bpmn.reference.loops import Loops
from tests.bpmn.reference.model import ACTIVITIES, Flow, Model, Node, Scope
from tests.bpmn.reference.pieces import Armed, Instance, Map, Visit
from tests.bpmn.reference.terms import Missing, Term

MAX_STEPS = 1000


class Failed(Exception):
    """The step cannot be done; the instance stays where it was."""


class Game(Events, Loops):
    """One instance. Acts change it; copy it before an act that may fail."""

    def __init__(self, model: Model, variables: Mapping[str, Any], now: datetime) -> None:
        self.model = model
        self.now = self.first = now
        self.order: Random | None = None
        self.number = self.act = 0
        self.queue: list[Visit] = []
        self.armed: list[Armed] = []
        self.fresh()
        self.root = Instance(model.main, Map(dict(variables)), None)
        self.instances = [self.root]

    def fresh(self) -> None:
        """Forget what the last act did."""
        self.log: Counter[tuple[str, str]] = Counter()
        self.thrown: Counter[tuple[str, str, str | None]] = Counter()
        self.fired: Counter[tuple[str, datetime]] = Counter()
        self.steps = 0
        self.act += 1

    # --- what can be seen ---

    @property
    def ended(self) -> bool:
        return not self.root.live

    def waiting(self) -> list[Visit]:
        """Return the visits people can complete, by node and age."""
        found = [v for i in self.instances for v in i.visits if v.waits and v.live]
        found = [v for v in found if v.node.element == "userTask"]
        return sorted(found, key=lambda v: (v.node.id, v.number))

    # --- acts ---

    def start(self, event: str | None = None, payload: Mapping[str, Any] | None = None) -> None:
        self.fresh()
        self.root.map.write(payload or {})
        self.enter(self.root, self.root.scope.by_id[event] if event else _start(self.root.scope))
        self.run()

    def complete(self, visit: Visit, changes: Mapping[str, Any]) -> None:
        self.fresh()
        visit.map.write(changes)
        self.leave(visit)
        self.run()

    def fire_due(self, now: datetime) -> None:
        self.fresh()
        self.now = now
        while due := [a for a in self.armed if a.due and a.due <= now]:
            self.fire(min(due, key=lambda a: (a.due, a.number)))
            self.run()

    def deliver(
        self, kind: str, name: str, correlation: str | None, payload: Mapping[str, Any]
    ) -> bool:
        """Return whether anything waited for it."""
        self.fresh()
        fits = [a for a in self.armed if (a.trigger.kind, a.trigger.name) == (kind, name)]
        if kind == "message":
            fits = self.oldest([a for a in fits if a.correlation in {None, correlation}])
        self.catch(fits, payload)
        self.run()
        return bool(fits)

    # --- tokens ---

    def run(self) -> None:
        """Move tokens until all wait; then look at inclusive joins, one at a time."""
        if self.order is None or self.order.randrange(2):
            self.look_at_conditions()
        while True:
            while self.queue:
                visit = self.queue.pop(self.order.randrange(len(self.queue)) if self.order else 0)
                self.steps += 1
                if self.steps > MAX_STEPS:
                    raise Failed("budget")
                if visit.live:
                    self.step(visit)
                    if self.order is None or not self.queue or self.order.randrange(2):
                        self.look_at_conditions()
            if self.order:
                self.look_at_conditions()
            if not self.queue and not self.pass_one_inclusive_join():
                return

    def fail(self, why: str) -> None:
        raise Failed(why)

    def next_number(self) -> int:
        self.number += 1
        return self.number

    def record(self, node: Node, event: str) -> None:
        self.log[node.id, event] += 1

    def arrive(self, instance: Instance, flow: Flow) -> None:
        """Put a token at the end of a flow."""
        node = instance.scope.by_id[flow.target]
        into = instance.scope.incoming[node.id]
        joins = node.element in {"parallelGateway", "inclusiveGateway"} and len(into) > 1
        if not joins:
            self.enter(instance, node)
            return
        instance.held.append(flow)
        if node.element == "parallelGateway" and all(f in instance.held for f in into):
            for each in into:
                instance.held.remove(each)
            self.enter(instance, node)

    def enter(self, instance: Instance, node: Node) -> None:
        visit = Visit(self.next_number(), node, instance, instance.map)
        instance.visits.append(visit)
        if not visit.is_frame:
            self.record(node, "entered")
        if not self.waits_at_once(visit):
            self.queue.append(visit)

    def leave(self, visit: Visit) -> None:
        """Finish a visit and put tokens on what follows."""
        if not visit.is_frame:
            self.record(visit.node, "completed")
        flows = [] if visit.frame else self.ways(visit)
        self.take_away(visit)
        if visit.frame:
            self.body_done(visit)
            return
        self.send(visit.instance, flows)

    def send(self, instance: Instance, flows: Iterable[Flow]) -> None:
        for flow in flows:
            self.arrive(instance, flow)
        self.finish_if_empty(instance)

    def take_away(self, visit: Visit) -> None:
        visit.live = visit.waits = False
        visit.instance.visits.remove(visit)
        self.armed = [a for a in self.armed if a.visit is not visit]

    def cancel(self, visit: Visit) -> None:
        for body in list(visit.bodies):
            if body.live:
                self.cancel(body)
        for instance in visit.inner:
            self.stop(instance)
            self.instances.remove(instance)
        if not (visit.is_frame or visit.is_done):
            self.record(visit.node, "cancelled")
        self.take_away(visit)

    def stop(self, instance: Instance) -> None:
        """End an instance with all that is in it."""
        for visit in list(instance.visits):
            if visit.live:
                self.cancel(visit)
        instance.held.clear()
        instance.live = False

    def finish_if_empty(self, instance: Instance) -> None:
        if instance.live and not instance.visits and not instance.held:
            self.finish(instance)

    def finish(self, instance: Instance) -> None:
        instance.live = False
        if instance.frame is None:
            return
        activity = instance.frame
        activity.inner.remove(instance)
        self.instances.remove(instance)
        if activity.node.element == "callActivity":
            inside = instance.map.view()
            activity.map.write({k: self.work_out(t, inside) for k, t in activity.node.back})
        self.leave(activity)

    # --- one token ---

    def step(self, visit: Visit) -> None:
        node = visit.node
        if visit.woken:
            self.fire(visit.woken)
        elif visit.is_frame:
            self.begin_frame(visit)
        elif node.element in {"subProcess", "callActivity"}:
            self.begin_inside(visit)
        elif node.element == "endEvent":
            self.end(visit)
        elif node.element == "intermediateThrowEvent":
            self.throw(visit)
        else:
            if node.element == "scriptTask":
                self.run_script(visit)
            elif node.element == "serviceTask":
                visit.map.write(operate(node.operation, node.id, visit.map.view()))
            elif node.element == "sendTask":
                self.announce(visit)
            self.leave(visit)

    def run_script(self, visit: Visit) -> None:
        for name, term in visit.node.script:
            visit.map.write({name: self.work_out(term, visit.map.view())})

    def begin_inside(self, visit: Visit) -> None:
        """Open a subprocess (the same map) or a called process (a map of its own)."""
        node = visit.node
        if node.inside:
            scope, variables = node.inside, visit.map
        else:
            scope = next(s for s in self.model.called if s.id == node.called)
            view = visit.map.view()
            variables = Map({name: self.work_out(term, view) for name, term in node.into})
        instance = Instance(scope, variables, visit)
        self.instances.append(instance)
        visit.inner.append(instance)
        visit.waits = True
        if visit.frame is None:
            self.arm_boundaries(visit)
        if visit.live:
            self.enter(instance, _start(scope))

    def ways(self, visit: Visit) -> list[Flow]:
        """Return the flows that get a token when a visit is done."""
        node, view = visit.node, visit.map.view()
        flows = visit.instance.scope.out[node.id]
        plain = [f for f in flows if f.condition is None and f.id != node.default]
        true = [f for f in flows if f.condition is not None]
        if node.element == "exclusiveGateway":
            true = next(([f] for f in true if self.work_out(f.condition, view)), [])
            true = true or ([] if node.default else plain)
        elif node.element == "inclusiveGateway":
            true = [f for f in true if self.work_out(f.condition, view)]
            true = true or ([] if node.default else plain)
        elif node.element in ACTIVITIES:
            true = [f for f in true if self.work_out(f.condition, view)]
            if not true:
                true = [f for f in flows if f.id == node.default]
            true = [f for f in flows if f in plain or f in true]
        else:
            return flows
        true = true or [f for f in flows if f.id == node.default]
        if not true and flows:
            raise Failed(f"{node.id}: no way out")
        return true

    def work_out(self, term: Term | None, view: Mapping[str, Any]) -> Any:
        assert term is not None
        try:
            return term.value(view)
        except (Missing, TypeError, ArithmeticError) as error:
            raise Failed(str(error)) from error

    # --- inclusive joins ---

    def pass_one_inclusive_join(self) -> bool:
        for instance in self.instances:
            for held in instance.held:
                gateway = instance.scope.by_id[held.target]
                if gateway.element == "inclusiveGateway" and may_pass(instance, gateway):
                    for flow in instance.scope.incoming[gateway.id]:
                        if flow in instance.held:
                            instance.held.remove(flow)
                    self.enter(instance, gateway)
                    return True
        return False


def operate(operation: str, _node: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The operation `room.<name>` counts the variable up, round five."""
    name = operation.partition(".")[2]
    return {name: (variables.get(name, 0) + 1) % 5}


def _start(scope: Scope) -> Node:
    return next(n for n in scope.nodes if n.element == "startEvent" and n.trigger is None)
