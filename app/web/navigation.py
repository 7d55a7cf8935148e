"""The menu on the left: rooms hang their entries here through the wiring."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, g, url_for
from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import reading
from app.web.actor import find_actor

Count = Callable[[Session, Actor], ScalarSelect[int]]
Where = Callable[[], ScalarSelect[bool]]


def everybody(_actor: Actor) -> bool:
    return True


@dataclass(frozen=True)
class Entry:
    """One line of the menu; `count` asks how many wait there (0 shows nothing), `where` whether
    there can be anything at all: not every region has every process.
    """

    key: str
    group: str
    label: str
    icon: str
    endpoint: str
    box: str | None = None
    may: Callable[[Actor], bool] = everybody
    count: Count | None = None
    hides_empty: bool = False
    where: Where | None = None


def tell(**counts: int) -> None:
    """A page that has counted for itself tells the menu, by the keys of its lines."""
    g.menu_counts = counts


def init_app(
    app: Flask, entries: tuple[Entry, ...], may_begin: Callable[[Actor], bool] = everybody
) -> None:
    """`may_begin`: who is offered 发起办件, the main button above the menu."""

    def begins() -> bool:
        actor = find_actor()
        return actor is not None and may_begin(actor)

    app.context_processor(lambda: {"nav": menu(entries), "may_begin": begins})


def menu(entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    actor = find_actor()
    if actor is None:
        return []
    groups: dict[str, list[dict[str, Any]]] = {}
    offered = [entry for entry in entries if entry.may(actor)]
    counts, absent = _asked(offered, actor)
    for entry in offered:
        count = counts.get(entry.key, 0)
        if entry.key not in absent and (count or not entry.hides_empty):
            groups.setdefault(entry.group, []).append(
                {
                    "key": entry.key,
                    "label": entry.label,
                    "icon": entry.icon,
                    "href": url_for(entry.endpoint, box=entry.box),
                    "count": count,
                    "hot": False,
                }
            )
    return [{"label": label, "items": items} for label, items in groups.items()]


def _asked(offered: list[Entry], actor: Actor) -> tuple[dict[str, int], set[str]]:
    """Of each line that counts, what the page has not told; and the lines that lead nowhere here.
    In one statement.
    """
    told: dict[str, int] = g.get("menu_counts", {})
    counting = {one.key: one.count for one in offered if one.count and one.key not in told}
    placed = {one.key: one.where for one in offered if one.where}
    if not counting and not placed:
        return told, set()
    with reading() as session:
        asked = [count(session, actor) for count in counting.values()]
        row = session.execute(select(*asked, *(where() for where in placed.values()))).one()
    found = zip(placed, row[len(asked) :], strict=True)
    counts = dict(zip(counting, row[: len(asked)], strict=True))
    return told | counts, {key for key, is_there in found if not is_there}
