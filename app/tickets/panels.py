"""What higher rooms show on the ticket page; the wiring hangs it here."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.tickets.models import Ticket

Panel = Callable[[Session, Ticket, Actor], Sequence[Any]]
_panels: dict[str, Panel] = {}


def hang(name: str, panel: Panel) -> None:
    _panels[name] = panel


def panel(name: str, session: Session, ticket: Ticket, actor: Actor) -> Sequence[Any]:
    return _panels[name](session, ticket, actor) if name in _panels else ()
