"""How operators count: UTF-16 units, 70 in one message, else 67 in each part; and its cost."""

from decimal import ROUND_HALF_UP, Decimal

from app.messaging.text.types import Extent

ALONE, PART = 70, 67
MOST_UNITS = 500
CENT = Decimal("0.01")


def units_of(text: str) -> int:
    """Rare characters and emoji count two."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(text: str) -> list[str]:
    """The parts as they go out. Both halves of a rare character stay in one part."""
    if units_of(text) <= ALONE:
        return [text]
    parts, begins, used = [], 0, 0
    for at, character in enumerate(text):
        size = 2 if character > "\uffff" else 1
        if used + size > PART:
            parts.append(text[begins:at])
            begins, used = at, 0
        used += size
    parts.append(text[begins:])
    return parts


def count(text: str) -> int:
    return len(split(text))


def longest(units: int) -> Extent:
    """What a text of at most so many units takes at the most, whatever characters it has.

    Where a rare character would be cut, its part ends one unit early.
    """
    if units <= ALONE:
        return Extent(units, 1)
    return Extent(units, -(-units // (PART - 1)))


def cost(segments: int, price: Decimal) -> Decimal:
    """元, to the cent; `price` is that of one segment and may be finer."""
    return (segments * price).quantize(CENT, ROUND_HALF_UP)
