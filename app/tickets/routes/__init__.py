"""Pages of the room: lists, 发起, the form while it is typed, the ticket, the decision on it."""

from app.tickets.routes import (
    deciding,
    drafting,
    handing,
    linking,
    lists,
    starting,
    talking,
    ticket,
)
from app.tickets.routes.base import bp

__all__ = [
    "bp",
    "deciding",
    "drafting",
    "handing",
    "linking",
    "lists",
    "starting",
    "talking",
    "ticket",
]
