"""Blocks of one node, ends, links and triggers."""

from tests.bpmn.reference.drawing import Frag, Pen, Place
from tests.bpmn.reference.model import Clock, Flow, Loop, Node, Trigger
from tests.bpmn.reference.terms import Term, const, sign, var


def leaf(pen: Pen, place: Place, size: int) -> Frag:
    """A task or an event, as the place allows."""
    kinds = ["script", "service"]
    if not place.auto:
        kinds = [*["user"] * (30 if "people" in pen.menu else 5), "script", "service"]
        kinds += [
            k for k in ("timer", "message", "signal", "conditional", "receive") if k in pen.menu
        ]
    kinds += [k for k in ("send", "throw", "loop", "multi") if k in pen.menu]
    kind = pen.one(kinds)
    if place.frozen:
        kind = {"service": "script", "loop": "script", "multi": "script"}.get(kind, kind)
    if kind == "throw":
        return throw(pen, place, size)
    if kind in {"loop", "multi"}:
        return once(repeated(pen, place, multi=kind == "multi"))
    return once(single(pen, place, kind))


def once(node: Node) -> Frag:
    return Frag(node.id, node.id)


def single(pen: Pen, place: Place, kind: str) -> Node:
    match kind:
        case "user":
            return user(pen, place)
        case "script":
            if place.frozen and not place.output:
                return pen.add(place, "intermediateThrowEvent", "n")
            name = place.output or pen.one(place.own)
            return pen.add(place, "scriptTask", "s", script=((name, pen.value(place)),))
        case "service":
            return pen.add(place, "serviceTask", "o", operation=f"room.{pen.one(place.own)}")
        case "send":
            return pen.add(place, "sendTask", "d", trigger=Trigger("message", message(pen)))
        case "receive":
            return pen.add(place, "receiveTask", "r", trigger=catch_trigger(pen, "message"))
        case _:
            trigger = catch_trigger(pen, kind)
            return pen.add(place, "intermediateCatchEvent", "c", trigger=trigger)


def user(pen: Pen, place: Place) -> Node:
    return pen.add(place, "userTask", "u", writes=pen.writable(place))


def message(pen: Pen) -> str:
    return pen.one(["m0", "m1"])


def catch_trigger(pen: Pen, kind: str, *, cycle: bool = False) -> Trigger:
    match kind:
        case "timer":
            return Trigger("timer", clock=clock(pen, cycle=cycle))
        case "conditional":
            term = sign(pen.one(pen.watched), pen.one([">=", "=="]), pen.number(0, 3))
            return Trigger("conditional", condition=term)
        case "message":
            correlation = const(pen.one(["p", "q"])) if pen.chance(15) else None
            return Trigger("message", message(pen), correlation=correlation)
        case _:
            return Trigger("signal", pen.one(["g0", "g1"]))


def clock(pen: Pen, *, cycle: bool = False) -> Clock:
    seconds = pen.one([10, 5, 20, 30])
    if cycle and pen.chance(50):
        return Clock("cycle", seconds, pen.one([2, 3, None]))
    if pen.chance(6):
        seconds = 0
    return Clock("date" if pen.chance(20) else "duration", seconds)


def start_trigger(pen: Pen) -> Trigger:
    if pen.chance(50):
        return Trigger("timer", clock=Clock("cycle", 3600))
    return Trigger("message", message(pen))


def throw(pen: Pen, place: Place, size: int) -> Frag:
    """Something thrown that the token goes on after; a person before it settles the order."""
    kinds = [k for k in ("message", "signal") if k in pen.menu] or [""]
    kinds += ["escalation"] * bool(place.escalations)
    kind = pen.one(kinds)
    trigger = None
    if kind == "message":
        trigger = Trigger("message", message(pen))
    elif kind == "signal":
        trigger = Trigger("signal", pen.one(["g0", "g1"]))
    elif kind == "escalation":
        trigger = Trigger("escalation", pen.one(place.escalations))
    if kind in {"signal", "escalation"} and size < 2 and not place.auto:
        return once(user(pen, place))
    before = settle(pen, place) if kind in {"signal", "escalation"} else None
    node = pen.add(place, "intermediateThrowEvent", "t", trigger=trigger)
    if before:
        pen.flow(place, before.id, node.id)
    return Frag(before.id if before else node.id, node.id)


def settle(pen: Pen, place: Place) -> Node | None:
    """A person before what touches other branches: when they act, the others stand still."""
    return None if place.auto else user(pen, place)


def end(pen: Pen, place: Place, before: str, kinds: tuple[str, ...] = ()) -> Flow:
    """Draw an end event behind a node."""
    possible = [""] * 4
    if not place.looped:
        possible += ["terminate"] * ("terminate" in pen.menu)
    possible += ["error"] * bool(place.errors) + ["escalation"] * bool(place.escalations)
    if "throw" in pen.menu:
        possible += [k for k in ("message", "signal") if k in pen.menu]
    kind = pen.one(kinds or possible)
    codes = place.escalations
    if not kind and "escalation" in pen.menu and pen.chance(3):
        kind, codes = "escalation", ("esc9",)  # nobody catches it, and it passes
    if kind in {"terminate", "error", "escalation", "signal"} and not place.alone:
        last = next(n for n in place.scope.nodes if n.id == before)
        if last.element != "userTask" and not place.auto:
            kind = ""  # other branches might be running at the same time
    trigger = None
    if kind == "message":
        trigger = Trigger("message", message(pen))
    elif kind == "signal":
        trigger = Trigger("signal", pen.one(["g0", "g1"]))
    elif kind == "error":
        trigger = Trigger("error", pen.one(place.errors))
    elif kind == "escalation":
        trigger = Trigger("escalation", pen.one(codes))
    elif kind == "terminate":
        trigger = Trigger("terminate")
    node = pen.add(place, "endEvent", "end", trigger=trigger)
    return pen.flow(place, before, node.id)


def link(pen: Pen, place: Place, _size: int) -> Frag:
    name = pen.name("link")
    throws = pen.add(place, "intermediateThrowEvent", "t", trigger=Trigger("link", name))
    catches = pen.add(place, "intermediateCatchEvent", "c", trigger=Trigger("link", name))
    return Frag(throws.id, catches.id)


def repeated(pen: Pen, place: Place, *, multi: bool) -> Node:
    """A script that is done again, or once for each of several."""
    if not multi:
        name = pen.one(place.own)
        script = ((name, sign(name, "+", 1)),)
        return pen.add(place, "scriptTask", "s", script=script, loop=standard(pen, name))
    loop = instances(pen, place)
    terms: list[Term] = [var("loopCounter"), const(1)]
    if loop.item:
        terms.append(sign(loop.item, "*", 2))
    script = ((loop.output_item, pen.one(terms)),)
    return pen.add(place, "scriptTask", "s", script=script, loop=loop)


def standard(pen: Pen, name: str) -> Loop:
    """A loop that ends because its body counts `name` up, or after some passes."""
    maximum = pen.number(1, 3)
    condition = sign(name, "<", pen.number(0, 4)) if pen.chance(70) else None
    return Loop(multi=False, test_before=pen.chance(50), maximum=maximum, condition=condition)


def instances(pen: Pen, place: Place) -> Loop:
    output, item = pen.name("out"), pen.name("item")
    place.home[output] = []
    by_list = pen.chance(50) and "l0" in place.home
    condition = None
    if pen.chance(30):
        condition = sign("numberOfCompletedInstances", ">=", pen.number(1, 3))
    cardinality = const(pen.number(0, 3)) if pen.chance(60) else var(pen.one(place.own))
    return Loop(
        multi=True,
        sequential=pen.chance(50),
        cardinality=None if by_list else cardinality,
        items="l0" if by_list else "",
        item=item if by_list else "",
        output=output,
        output_item=f"{output}_item",
        condition=condition,
    )
