"""Telling people, what they do with it and choose, and what administrators see to."""

from app.notifications.service.noting import keep
from app.notifications.service.preferring import (
    Chosen,
    choose,
    confirm_address,
    set_address,
)
from app.notifications.service.reading import mark_all_read, mark_read
from app.notifications.service.telling import notify
from app.notifications.service.watching import (
    close_channel,
    enter_channel,
    move_channels,
    send_again,
)

__all__ = [
    "Chosen",
    "choose",
    "close_channel",
    "confirm_address",
    "enter_channel",
    "keep",
    "mark_all_read",
    "mark_read",
    "move_channels",
    "notify",
    "send_again",
    "set_address",
]
