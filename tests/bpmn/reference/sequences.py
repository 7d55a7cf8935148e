"""Blocks one after another, and the inside of a process or a subprocess made of them."""

from tests.bpmn.reference import leaves
from tests.bpmn.reference.drawing import Block, Frag, Pen, Place


def whole(pen: Pen, place: Place, size: int) -> None:
    """Draw a process or the inside of a subprocess from its start to its end."""
    start = pen.add(place, "startEvent", "start")
    first = start.id
    if place.depth == 0 and size > 4 and "starts" in pen.menu and pen.chance(15):
        other = pen.add(place, "startEvent", "start", trigger=leaves.start_trigger(pen))
        first = pen.add(place, "exclusiveGateway", "m").id
        pen.flow(place, start.id, first)
        pen.flow(place, other.id, first)
        size -= 2
    inside = sequence(pen, place, size)
    pen.flow(place, first, inside.first)
    if inside.last:
        leaves.end(pen, place, inside.last)


def sequence(pen: Pen, place: Place, size: int, *, may_stop: bool = False) -> Frag:
    """Draw blocks one after another; with `may_stop` the way may end here."""
    drawn: Frag | None = None
    while size > 0:
        part = size if pen.chance(40) else pen.number(1, size)
        size -= part
        block = pen.one(choices(pen, place, part)).draw(pen, place, part)
        if drawn is None:
            drawn = block
        else:
            pen.flow(place, drawn.last or "", block.first)
            drawn = Frag(drawn.first, block.last)
        if drawn.last is None:
            return drawn
    assert drawn is not None
    assert drawn.last is not None
    if may_stop and pen.chance(25):
        leaves.end(pen, place, drawn.last)
        drawn = Frag(drawn.first, None)
    return drawn


def choices(pen: Pen, place: Place, size: int) -> list[Block]:
    """Return the blocks that fit here; a single leaf would waste much room."""
    return [
        block
        for block in pen.blocks
        for _ in range(block.weight)
        if size >= block.least
        and not (block.waits and place.auto)
        and not (block.writes and place.frozen)
        and (not block.raises or place.raises)
        and not (block.least == 1 and size >= 6)
    ]
