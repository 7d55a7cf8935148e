"""The menu on the left: rooms hang their entries here through the wiring."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, url_for

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


def init_app(app: Flask, entries: tuple[Entry, ...]) -> None:
    app.context_processor(lambda: {"nav": menu(entries)})


def menu(entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    actor = find_actor()
    if actor is None:
        return []
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        count = entry.count(actor) if entry.count and entry.may(actor) else 0
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
