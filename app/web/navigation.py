"""The menu on the left: rooms hang their entries here through the wiring."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, g, url_for

from app.core.actor import Actor
from app.web.actor import find_actor


def everybody(_actor: Actor) -> bool:
    return True


@dataclass(frozen=True)
class Entry:
    """One line of the menu; `count` answers how many wait there (0 shows nothing)."""

    key: str
    group: str
    label: str
    icon: str
    endpoint: str
    box: str | None = None
    may: Callable[[Actor], bool] = everybody
    count: Callable[[Actor], int] | None = None
    hides_empty: bool = False


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
    for entry in entries:
        count = _count(entry, actor) if entry.may(actor) else 0
        if entry.may(actor) and (count or not entry.hides_empty):
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


def _count(entry: Entry, actor: Actor) -> int:
    told: dict[str, int] = g.get("menu_counts", {})
    if entry.key in told:
        return told[entry.key]
    return entry.count(actor) if entry.count else 0
