"""News inside one transaction: subscribers run at once, in the order the wiring joined them."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

E = TypeVar("E")
_subscribers: dict[type, list[Callable[[Session, Any], None]]] = defaultdict(list)


def subscribe(kind: type[E], handler: Callable[[Session, E], None]) -> None:
    """Join once; the wiring of a second app in the same process changes nothing."""
    if handler not in _subscribers[kind]:
        _subscribers[kind].append(handler)


def publish(session: Session, event: object) -> None:
    """Tell everybody; an exception of a subscriber undoes the act, so nothing is half done."""
    for handler in _subscribers[type(event)]:
        handler(session, event)
