"""Standard loops and multi-instance activities of the simulator.

The frame is the visit that holds the token and the boundary events; each pass or instance is a
body. Bodies of a loop write through to the map, bodies of a multi-instance activity do not.
"""

from typing import TYPE_CHECKING, Any

from tests.bpmn.reference.pieces import Map, Visit

if TYPE_CHECKING:
    from tests.bpmn.reference.simulator import Game


class Loops:
    """The part of a game that repeats activities."""

    def begin_frame(self: "Game", frame: Visit) -> None:
        frame.waits = True
        self.arm_boundaries(frame)
        if not frame.live:
            return
        loop, view = frame.node.loop, frame.map.view()
        if not loop.multi:
            if loop.test_before and not self._again(frame):
                self.leave(frame)
            else:
                self._begin_body(frame, {"loopCounter": 0})
            return
        frame.rows = list(view[loop.items]) if loop.items else []
        frame.total = len(frame.rows) if loop.items else self.work_out(loop.cardinality, view)
        if not frame.total:
            self._leave_multi(frame)
        for _ in range(min(frame.total, 1) if loop.sequential else frame.total):
            self._next_instance(frame)

    def _next_instance(self: "Game", frame: Visit) -> None:
        loop, index = frame.node.loop, len(frame.bodies)
        values: dict[str, Any] = {"loopCounter": index}
        if loop.item:
            values[loop.item] = frame.rows[index]
        self._begin_body(frame, values)

    def _begin_body(self: "Game", frame: Visit, values: dict[str, Any]) -> None:
        layer = Map(values, frame.map, local=frame.node.loop.multi)
        body = Visit(self.next_number(), frame.node, frame.instance, layer, frame)
        body.index = len(frame.bodies)
        frame.bodies.append(body)
        frame.instance.visits.append(body)
        self.record(frame.node, "entered")
        self.queue.append(body)

    def body_done(self: "Game", body: Visit) -> None:
        frame = body.frame
        loop = frame.node.loop
        if not loop.multi:
            if self._again(frame):
                self._begin_body(frame, {"loopCounter": len(frame.bodies)})
            else:
                self.leave(frame)
            return
        frame.outputs[body.index] = body.map.values.get(loop.output_item)
        done = len(frame.outputs)
        live = [b for b in frame.bodies if b.live]
        counts = {
            "numberOfInstances": frame.total,
            "numberOfCompletedInstances": done,
            "numberOfActiveInstances": len(live),
        }
        enough = loop.condition and self.work_out(loop.condition, {**frame.map.view(), **counts})
        if enough:
            for other in live:
                self.cancel(other)
        if enough or done == frame.total:
            self._leave_multi(frame)
        elif loop.sequential:
            self._next_instance(frame)

    def _leave_multi(self: "Game", frame: Visit) -> None:
        loop = frame.node.loop
        if loop.output:
            frame.map.write({loop.output: [frame.outputs[i] for i in sorted(frame.outputs)]})
        self.leave(frame)

    def _again(self: "Game", frame: Visit) -> bool:
        loop, passes = frame.node.loop, len(frame.bodies)
        if loop.maximum is not None and passes >= loop.maximum:
            return False
        return loop.condition is None or bool(self.work_out(loop.condition, frame.map.view()))
