"""Events of the simulator: arming, catching, throwing, and the way outwards of errors."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.bpmn.reference.model import Node
from tests.bpmn.reference.pieces import Armed, Instance, Visit

if TYPE_CHECKING:
    from tests.bpmn.reference.simulator import Game

THROWN_OUT = {"error", "escalation"}


class Events:
    """The part of a game that waits and is woken."""

    # --- arming ---

    def waits_at_once(self: "Game", visit: Visit) -> bool:
        """Arm what a token waits for where it has arrived; False if it is to be run."""
        node = visit.node
        if node.element == "userTask":
            visit.waits = True
            self.arm_boundaries(visit)
            return True
        if node.element == "eventBasedGateway":
            visit.waits = True
            scope = visit.instance.scope
            self.arm(visit, [scope.by_id[f.target] for f in scope.out[node.id]])
            return True
        catches = node.element == "receiveTask" or (
            node.element == "intermediateCatchEvent" and node.trigger.kind != "link"
        )
        if catches:
            visit.waits = True
            self.arm(visit, [node, *visit.instance.scope.boundaries(node.id)])
        return catches

    def arm_boundaries(self: "Game", visit: Visit) -> None:
        self.arm(visit, visit.instance.scope.boundaries(visit.node.id))

    def arm(self: "Game", visit: Visit, nodes: Iterable[Node]) -> None:
        """Arm the events; what is true or due already fires at once, in the order of the file."""
        new = [self._armed(visit, node) for node in nodes]
        self.armed += new
        for armed in new:
            ready = armed.was_true or (armed.due is not None and armed.due <= self.now)
            if ready and not armed.is_boundary:
                visit.woken = visit.woken or armed
                self.queue.append(visit)
                return
            while ready and armed in self.armed:
                self.fire(armed)
                ready = armed.due is not None and armed.due <= self.now

    def _armed(self: "Game", visit: Visit, node: Node) -> Armed:
        armed = Armed(self.next_number(), node, node.trigger, visit, act=self.act)
        trigger, view = node.trigger, visit.map.view()
        if clock := trigger.clock:
            begin = self.first if clock.kind == "date" else self.now
            armed.due = begin + timedelta(seconds=clock.seconds)
            armed.left = clock.times if clock.kind == "cycle" else 1
        if trigger.kind == "conditional":
            armed.was_true = bool(self.work_out(trigger.condition, view))
        if trigger.correlation:
            armed.correlation = str(self.work_out(trigger.correlation, view))
        return armed

    # --- catching ---

    def fire(self: "Game", armed: Armed) -> None:
        if armed.due is not None:
            self.fired[armed.node.id, armed.due] += 1
        if armed.is_boundary:
            self._fire_boundary(armed)
        elif armed.node is armed.visit.node:
            self.leave(armed.visit)
        else:  # behind an event-based gateway
            visit = armed.visit
            self.record(visit.node, "completed")
            self.take_away(visit)
            self.record(armed.node, "completed")
            self.send(visit.instance, visit.instance.scope.out[armed.node.id])

    def _fire_boundary(self: "Game", armed: Armed) -> None:
        activity, node = armed.visit, armed.node
        if node.interrupting:
            self.cancel(activity)
        elif armed.due is not None:
            self._wind(armed)
        self.record(node, "completed")
        self.send(activity.instance, activity.instance.scope.out[node.id])

    def _wind(self: "Game", armed: Armed) -> None:
        """Set a non-interrupting timer to its next time, or put it away."""
        if armed.left is not None:
            armed.left -= 1
            if not armed.left:
                self.armed.remove(armed)
                return
        step = timedelta(seconds=armed.trigger.clock.seconds)
        armed.due += step
        while armed.left is None and armed.due <= self.now:
            armed.due += step

    def oldest(self: "Game", fits: Sequence[Armed]) -> list[Armed]:
        """Return who gets a message; of those armed in the same act any may be the oldest."""
        same = [a for a in fits if a.act == fits[0].act]
        return [self.order.choice(same)] if self.order and same else list(same[:1])

    def catch(self: "Game", fits: Sequence[Armed], payload: Mapping[str, Any]) -> None:
        """Wake all these catchers at once; one that another has put away is left out."""
        fits = list(fits)
        if self.order:
            self.order.shuffle(fits)
        for armed in fits:
            armed.visit.map.write(payload)
        for armed in fits:
            if armed in self.armed:
                self.fire(armed)

    def look_at_conditions(self: "Game") -> None:
        conditional = [a for a in self.armed if a.trigger.kind == "conditional"]
        for armed in conditional:
            if armed in self.armed:
                before = armed.was_true
                view = armed.visit.map.view()
                armed.was_true = bool(self.work_out(armed.trigger.condition, view))
                if armed.was_true and not before:
                    self.fire(armed)

    # --- throwing ---

    def announce(self: "Game", visit: Visit) -> None:
        """Tell other tickets; a signal is caught in this one, too."""
        trigger = visit.node.trigger
        correlation = None
        if trigger.correlation:
            correlation = str(self.work_out(trigger.correlation, visit.map.view()))
        self.thrown[trigger.kind, trigger.name, correlation] += 1
        if trigger.kind == "signal":
            own = ("signal", trigger.name)
            self.catch([a for a in self.armed if (a.trigger.kind, a.trigger.name) == own], {})

    def throw(self: "Game", visit: Visit) -> None:
        trigger, instance = visit.node.trigger, visit.instance
        if trigger is None:
            self.leave(visit)
            return
        if trigger.kind == "link":
            self.record(visit.node, "completed")
            self.take_away(visit)
            self.enter(instance, instance.scope.link(trigger.name))
        elif self._throw_from(visit):
            self.send(instance, instance.scope.out[visit.node.id])

    def end(self: "Game", visit: Visit) -> None:
        trigger = visit.node.trigger
        if trigger is None:
            self.leave(visit)
        elif trigger.kind == "terminate":
            self.record(visit.node, "completed")
            self.take_away(visit)
            self.stop(visit.instance)
            self.finish(visit.instance)
        elif self._throw_from(visit):
            self.finish_if_empty(visit.instance)

    def _throw_from(self: "Game", visit: Visit) -> bool:
        """Throw, and return whether the token is still there; only then does it go on."""
        self.record(visit.node, "completed")
        visit.is_done = True
        if visit.node.trigger.kind in THROWN_OUT:
            self._throw_out(visit.instance, visit.node)
        else:
            self.announce(visit)
        if visit.live:
            self.take_away(visit)
            return True
        return False

    def _throw_out(self: "Game", instance: Instance, node: Node) -> None:
        """Find the nearest activity outwards that catches it, a given code before any."""
        kind, code = node.trigger.kind, node.trigger.name
        activity = instance.frame
        while activity is not None:
            owner = activity.frame or activity
            fits = [a for a in self.armed if a.visit is owner and a.trigger.kind == kind]
            named = [a for a in fits if a.trigger.name == code]
            found = named or [a for a in fits if not a.trigger.name]
            if found:
                self.fire(found[0])
                return
            activity = activity.instance.frame
        if kind == "error":
            self.fail(f"{node.id}: nobody catches the error")
