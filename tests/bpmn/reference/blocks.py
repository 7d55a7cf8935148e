"""Blocks of gateways: one way in, one way out, every branch a sequence of its own."""

from tests.bpmn.reference import leaves
from tests.bpmn.reference.drawing import Frag, Pen, Place
from tests.bpmn.reference.model import Trigger
from tests.bpmn.reference.sequences import sequence
from tests.bpmn.reference.terms import sign


def exclusive(pen: Pen, place: Place, size: int) -> Frag:
    """Choose one of several branches; one of them may be just a flow."""
    split = pen.add(place, "exclusiveGateway", "x")
    count = pen.number(1, min(3, size - 2))
    lasts: list[str] = []
    for part in pen.sizes(size - 2, count):
        branch = sequence(pen, place.at(), part, may_stop=not place.through)
        pen.flow(place, split.id, branch.first, pen.condition(place))
        lasts += [branch.last] if branch.last else []
    if count == 1 or pen.chance(30):
        merge = pen.add(place, "exclusiveGateway", "x")
        split.default = pen.flow(place, split.id, merge.id).id
        for last in lasts:
            pen.flow(place, last, merge.id)
        return Frag(split.id, merge.id)
    if not pen.chance(5):
        _make_default(place, split.id)
    return _merged(pen, place, split.id, lasts, "exclusiveGateway")


def _make_default(place: Place, source: str) -> None:
    last = [flow for flow in place.scope.flows if flow.source == source][-1]
    last.condition = None
    next(n for n in place.scope.nodes if n.id == source).default = last.id


def _merged(pen: Pen, place: Place, first: str, lasts: list[str], element: str) -> Frag:
    if len(lasts) < 2:
        return Frag(first, lasts[0] if lasts else None)
    merge = pen.add(place, element, "j")
    for last in lasts:
        pen.flow(place, last, merge.id)
    return Frag(first, merge.id)


def parallel(pen: Pen, place: Place, size: int) -> Frag:
    split = pen.add(place, "parallelGateway", "p")
    return _merged(pen, place, split.id, _together(pen, place, split.id, size), "parallelGateway")


def implicit(pen: Pen, place: Place, size: int) -> Frag:
    """Several flows out of a task."""
    task = leaves.single(pen, place, "script" if place.auto else "user")
    return _merged(pen, place, task.id, _together(pen, place, task.id, size), "parallelGateway")


def _together(pen: Pen, place: Place, source: str, size: int) -> list[str]:
    count = pen.number(2, min(3, size - 2))
    lasts = []
    for part, here in zip(pen.sizes(size - 2, count), pen.apart(place, count), strict=True):
        branch = sequence(pen, here, part, may_stop=True)
        pen.flow(place, source, branch.first)
        lasts += [branch.last] if branch.last else []
    return lasts


def inclusive(pen: Pen, place: Place, size: int) -> Frag:
    split = pen.add(place, "inclusiveGateway", "i")
    return _some_ways(pen, place, split.id, size)


def conditional_ways(pen: Pen, place: Place, size: int) -> Frag:
    """Conditional flows out of a task, always with a default or one without condition."""
    task = leaves.single(pen, place, "script" if place.auto else "user")
    return _some_ways(pen, place, task.id, size)


def _some_ways(pen: Pen, place: Place, source: str, size: int) -> Frag:
    count = pen.number(2, min(3, size - 2))
    lasts = []
    for part, here in zip(pen.sizes(size - 2, count), pen.apart(place, count), strict=True):
        branch = sequence(pen, here, part, may_stop=not place.through)
        pen.flow(place, source, branch.first, pen.condition(place))
        lasts += [branch.last] if branch.last else []
    node = next(n for n in place.scope.nodes if n.id == source)
    if node.element != "inclusiveGateway" and pen.chance(30):
        [flow for flow in place.scope.flows if flow.source == source][-1].condition = None
    else:
        _make_default(place, source)
    return _merged(pen, place, source, lasts, "inclusiveGateway")


def drawn_loop(pen: Pen, place: Place, size: int) -> Frag:
    """A way back over an exclusive gateway, taken a few times."""
    counter = pen.fresh(place)
    merge = pen.add(place, "exclusiveGateway", "m")
    body = sequence(pen, place, size - 3)
    if body.last is None:
        pen.flow(place, merge.id, body.first)
        return Frag(merge.id, None)
    pen.flow(place, merge.id, body.first)
    count = pen.add(place, "scriptTask", "s", script=((counter, sign(counter, "+", 1)),))
    pen.flow(place, body.last, count.id)
    split = pen.add(place, "exclusiveGateway", "x")
    pen.flow(place, count.id, split.id)
    pen.flow(place, split.id, merge.id, sign(counter, "<", pen.number(2, 4)))
    last = pen.add(place, "exclusiveGateway", "x")
    split.default = pen.flow(place, split.id, last.id).id
    return Frag(merge.id, last.id)


def events(pen: Pen, place: Place, size: int) -> Frag:
    """An event-based gateway; the ways meet again."""
    gateway = pen.add(place, "eventBasedGateway", "g")
    # Message events and receive tasks must not be mixed here.
    hears = pen.one(["message", "receive"])
    kinds = [k for k in ("timer", hears, "signal", "conditional") if k in pen.menu]
    count = pen.number(2, min(3, size - 2))
    lasts = []
    for part in pen.sizes(size - 2, count):
        caught = leaves.single(pen, place, pen.one(kinds))
        pen.flow(place, gateway.id, caught.id)
        last: str | None = caught.id
        if part > 1:
            more = sequence(pen, place.at(), part - 1, may_stop=not place.through)
            pen.flow(place, caught.id, more.first)
            last = more.last
        lasts += [last] if last else []
    return _merged(pen, place, gateway.id, lasts, "exclusiveGateway")


def duet(pen: Pen, place: Place, size: int) -> Frag:
    """One branch waits for the signal that the other throws."""
    split = pen.add(place, "parallelGateway", "p")
    name = pen.one(["g0", "g1"])
    listening, speaking = pen.apart(place, 2)
    catches = pen.add(place, "intermediateCatchEvent", "c", trigger=Trigger("signal", name))
    pen.flow(place, split.id, catches.id)
    before = leaves.user(pen, speaking)
    pen.flow(place, split.id, before.id)
    throws = pen.add(place, "intermediateThrowEvent", "t", trigger=Trigger("signal", name))
    pen.flow(place, before.id, throws.id)
    last = catches.id
    if size > 6:
        more = sequence(pen, listening, size - 6)
        pen.flow(place, catches.id, more.first)
        if more.last is None:
            return Frag(split.id, throws.id)
        last = more.last
    return _merged(pen, place, split.id, [last, throws.id], "parallelGateway")


def raising(pen: Pen, place: Place, _size: int) -> Frag:
    """A way that ends in an error or an escalation, beside the one that goes on."""
    split = pen.add(place, "exclusiveGateway", "x")
    before, source = leaves.settle(pen, place), split.id
    condition = pen.condition(place)
    if before:
        pen.flow(place, source, before.id, condition)
        source = before.id
    way = leaves.end(pen, place, source, place.raises)
    way.condition = None if before else condition
    goes_on = leaves.leaf(pen, place, 1)
    split.default = pen.flow(place, split.id, goes_on.first).id
    return Frag(split.id, goes_on.last)
