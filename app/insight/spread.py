"""How many tickets took how many working days: a row of counts, and what can be read off it. Pure.

Counts can be added, so that months and units are: shares of a sum are found without any ticket.
"""

from collections.abc import Sequence

UPPER: tuple[int | None, ...] = (*range(21), 30, 60, None)  # the most days of each place; no end
PLACES = len(UPPER)
HALF, NINE_TENTHS = 50, 90


def place_of(days: int) -> int:
    return next(n for n, most in enumerate(UPPER) if most is None or days <= most)


def most_days(counts: Sequence[int], percent: int) -> int | None:
    """So many of a hundred took no more days than this; None is more than anybody counts.

    Raises: ValueError, where nothing is counted.
    """
    total = sum(counts)
    if not total:
        raise ValueError("nothing was counted")
    needed = -(-total * percent // 100)
    reached = 0
    for most, count in zip(UPPER, counts, strict=True):
        reached += count
        if reached >= needed:
            return most
    raise AssertionError("all of them are enough")


def told(counts: Sequence[int], percent: int) -> str:
    """As a table says it."""
    if not any(counts):
        return "—"
    most = most_days(counts, percent)
    if most is None:
        longest = max(one for one in UPPER if one is not None)
        return f"{longest} 个工作日以上"
    return f"{most} 个工作日" if most else "当天"
