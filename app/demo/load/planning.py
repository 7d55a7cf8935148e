"""Which story comes when, and whose it is; the same for the same numbers."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.demo.load.casting import DAY, minute_of
from app.demo.load.types import Story

YEARS = timedelta(days=6 * 365)
SETTLED = 40  # working days: by then whatever was begun is over
FRESH = 12  # working days in which open tickets were begun
OPEN_EACH = 60  # open tickets of one clerk in a large load
FINISHED_TO_OPEN = 10
MANY, FEW_TELLERS = 5_000, 3
LEISURELY, BRISK = (8, 900), (4, 90)  # minutes of work between two acts


@dataclass(frozen=True)
class Planned:
    """A story (its place in the list) of one clerk (likewise), and when it begins."""

    story: int
    clerk: int
    start: int
    paces: tuple[int, int]


def first_day(today: date) -> date:
    return today - YEARS


def plan(
    stories: Sequence[Story],
    lengths: Sequence[int],
    clerks: int,
    scale: int,
    today: date,
    open_each: int | None = None,
) -> Iterator[Planned]:
    """`scale` finished tickets, then the open ones, by their starts; `lengths`: tickets a story.

    `open_each`: open ones of each clerk; small loads have only some, if it is not said.
    """
    rng = random.Random(scale)  # noqa: S311 - a plan, not a secret
    over = [n for n, story in enumerate(stories) if not story.is_open]
    weights = [stories[n].weight for n in over]
    first, last = minute_of(first_day(today)), minute_of(today) - SETTLED * DAY
    done = 0
    while done < scale:
        story = rng.choices(over, weights)[0]
        if lengths[story] > scale - done:
            continue
        start = first + (last - first) * done // scale
        yield Planned(story, teller(rng, story, clerks, scale), start, LEISURELY)
        done += lengths[story]
    yield from _open(stories, clerks, scale, minute_of(today), open_each)


def teller(rng: random.Random, story: int, clerks: int, scale: int) -> int:
    """Whose story it is: anybody's in a large load; in a small one each has few of them, since
    every pair of the two is played once before anything is cast.
    """
    if scale >= MANY:
        return rng.randrange(clerks)
    return (story * FEW_TELLERS + rng.randrange(FEW_TELLERS)) % clerks


def _open(
    stories: Sequence[Story], clerks: int, scale: int, now: int, each: int | None
) -> list[Planned]:
    """The same for every larger load: what waits does not grow with what is done."""
    if each is None and scale >= MANY:
        each = OPEN_EACH
    rng = random.Random(OPEN_EACH)  # noqa: S311
    waiting = [n for n, story in enumerate(stories) if story.is_open]
    weights = [stories[n].weight for n in waiting]
    everybody = scale // FINISHED_TO_OPEN if each is None else clerks * each
    found = []
    for n, story in enumerate(rng.choices(waiting, weights, k=everybody) if waiting else []):
        start = now - rng.randint(2 * DAY, FRESH * DAY)
        clerk = teller(rng, story, clerks, scale) if each is None else n % clerks
        found.append(Planned(story, clerk, start, BRISK))
    return sorted(found, key=lambda one: one.start)
