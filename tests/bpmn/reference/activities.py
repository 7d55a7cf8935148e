"""Blocks of activities with an inside or a boundary: subprocesses, called processes, handlers."""

from typing import Any

from tests.bpmn.reference import leaves
from tests.bpmn.reference.drawing import Caught, Frag, Pen, Place
from tests.bpmn.reference.model import Loop, Node, Scope, Trigger
from tests.bpmn.reference.sequences import sequence, whole
from tests.bpmn.reference.terms import const, several, var


def bounded_task(pen: Pen, place: Place, size: int) -> Frag:
    """A task of a person, or one that receives, with an event on its boundary."""
    kind = "receive" if "receive" in pen.menu and pen.chance(20) else "user"
    task = leaves.single(pen, place, kind)
    kinds = [k for k in ("timer", "message", "signal", "conditional") if k in pen.menu]
    kind, stops = pen.one(kinds), not pen.chance(40)
    trigger = leaves.catch_trigger(pen, kind, cycle=not stops)
    return _bounded(pen, place, task, [(trigger, stops)], size - 1)


def _bounded(
    pen: Pen, place: Place, activity: Node, events: list[tuple[Trigger, bool]], size: int
) -> Frag:
    """Draw boundary events with what follows them: back to the main way, or to an end."""
    lasts = [activity.id]
    for trigger, stops in events:
        boundary = pen.add(
            place,
            "boundaryEvent",
            "b",
            trigger=trigger,
            attached=activity.id,
            interrupting=stops,
        )
        last: str | None = boundary.id
        here = place.at()
        if not stops:
            here = place.at(own=[pen.fresh(place)], alone=False, through=False)
        room = size // len(events) - 2
        if room > 0 and pen.chance(60):
            handler = sequence(pen, here, room, may_stop=not here.through)
            pen.flow(place, boundary.id, handler.first)
            last = handler.last
        if last and stops and (place.through or pen.chance(70)):
            lasts.append(last)
        elif last:
            leaves.end(pen, here, last)
    if len(lasts) == 1:
        return Frag(activity.id, activity.id)
    merge = pen.add(place, "exclusiveGateway", "j")
    for last in lasts:
        pen.flow(place, last, merge.id)
    return Frag(activity.id, merge.id)


def subprocess(pen: Pen, place: Place, size: int) -> Frag:
    return _activity(pen, place, size, called=False)


def call(pen: Pen, place: Place, size: int) -> Frag:
    return _activity(pen, place, size, called=True)


def _activity(pen: Pen, place: Place, size: int, *, called: bool) -> Frag:
    loop = _loop(pen, place)
    events = _events(pen, size, auto=place.auto or loop is not None)
    raises = any(trigger.kind in {"error", "escalation"} for trigger, _ in events)
    room = max(size - 1 - 3 * len(events), 6 * raises)
    caught = _caught(place, events)
    stays = any(not stops for _, stops in events)
    inner = place.at(
        auto=place.auto or loop is not None,
        looped=loop is not None,
        errors=caught.errors,
        escalations=caught.escalations,
        alone=place.alone and not stays and not any(t.kind != "error" for t, _ in events),
        through=False,
        depth=place.depth + 1,
    )
    if loop and loop.multi:
        inner.frozen, inner.output = True, loop.output_item
    prefix = "call" if called else "sub"
    node = pen.add(place, "callActivity" if called else "subProcess", prefix, loop=loop)
    if called:
        _draw_called(pen, place, inner, node, max(1, room - 2))
    else:
        node.inside = inner.scope = Scope(node.id)
        _first_writes(pen, inner, loop, max(1, room - 2))
    return _bounded(pen, place, node, events, 3 * len(events)) if events else leaves.once(node)


def _first_writes(pen: Pen, inner: Place, loop: Loop | None, size: int) -> None:
    """Draw the inside; a multi-instance body sets its output in its first node."""
    if not (loop and loop.multi):
        whole(pen, inner, size)
        return
    start = pen.add(inner, "startEvent", "start")
    value = var(pen.one(["loopCounter", *inner.own, *([loop.item] if loop.item else [])]))
    sets = pen.add(inner, "scriptTask", "s", script=((loop.output_item, value),))
    pen.flow(inner, start.id, sets.id)
    last: str | None = sets.id
    if size > 1:
        more = sequence(pen, inner, size - 1)
        pen.flow(inner, sets.id, more.first)
        last = more.last
    if last:
        leaves.end(pen, inner, last)


def _draw_called(pen: Pen, place: Place, inner: Place, node: Node, size: int) -> None:
    """Draw the called process with a map of its own, or call one that is there already."""
    usable = [s for s in pen.spare if s[2] or not inner.auto]
    again = usable and not inner.errors and not inner.escalations and pen.chance(30)
    if again:
        scope, home, _ = pen.one(usable)
    else:
        scope = Scope(pen.name("called"))
        home = {"a": 0, **dict.fromkeys(pen.watched, 0), "l0": [1, 2]}
        inside = inner.at(
            scope=scope,
            home=home,
            own=["a"],
            frozen=False,
            output="",
        )
        whole(pen, inside, size)
        pen.model.called.append(scope)
        if not inner.errors and not inner.escalations:
            pen.spare.append((scope, home, inner.auto))
    node.called = scope.id
    node.into = tuple((name, _handed(pen, place, name, value)) for name, value in home.items())
    if node.loop and node.loop.multi:
        node.back = ((node.loop.output_item, var("a")),)
    elif not place.frozen:
        node.back = ((pen.one(place.own), var("a")),)
    elif place.output:
        node.back = ((place.output, var("a")),)


def _handed(pen: Pen, place: Place, name: str, value: Any) -> Any:
    if name in pen.watched:
        return var(name)
    if isinstance(value, list):
        return var("l0") if value else several()
    if name == "a":
        return var(pen.one(place.own))
    return const(value)


def _loop(pen: Pen, place: Place) -> Loop | None:
    if place.frozen or place.depth > 1:
        return None
    kinds = [k for k in ("loop", "multi") if k in pen.menu]
    if not kinds or not pen.chance(25):
        return None
    if pen.one(kinds) == "multi":
        return leaves.instances(pen, place)
    return leaves.standard(pen, pen.one(place.own))


def _events(pen: Pen, size: int, *, auto: bool) -> list[tuple[Trigger, bool]]:
    if "boundary" not in pen.menu or size < 6 or not pen.chance(70):
        return []
    kinds = [k for k in ("error", "escalation", "error") if k in pen.menu]
    if not auto:
        kinds += [k for k in ("timer", "message", "signal", "conditional") if k in pen.menu]
    both = pen.one(["error", "escalation"])
    if both in pen.menu and pen.chance(20):  # a given code and any, side by side
        return [(Trigger(both), True), (Trigger(both, f"{both[:3]}0"), True)]
    found = []
    for _ in range(pen.number(1, 2 if size > 8 else 1) if kinds else 0):
        kind, stops = pen.one(kinds), not pen.chance(40)
        if found and found[0][0].kind in {"error", "escalation"} and pen.chance(60):
            kind = found[0][0].kind  # a given code beside another, or beside any
        if kind in {"error", "escalation"}:
            trigger = Trigger(kind, pen.one(["", f"{kind[:3]}0", f"{kind[:3]}1"]))
        else:
            trigger = leaves.catch_trigger(pen, kind, cycle=not stops)
        if all((t.kind, t.name) != (trigger.kind, trigger.name) for t, _ in found):
            found.append((trigger, stops or kind == "error"))
    return found


def _caught(place: Place, events: list[tuple[Trigger, bool]]) -> Caught:
    """Codes something inside may throw: what is caught here or further out."""
    codes: dict[str, set[str]] = {
        "error": set(place.errors),
        "escalation": set(place.escalations),
    }
    for trigger, _ in events:
        if trigger.kind in codes:
            short = trigger.kind[:3]
            codes[trigger.kind] |= {trigger.name or f"{short}2"}
    return Caught(tuple(sorted(codes["error"])), tuple(sorted(codes["escalation"])))
