"""Use cases of administration, split by what is kept; callers import this package alone."""

from app.administration.service.people import (
    NewPerson,
    add_person,
    change_person,
    disable_login,
    enable_login,
    limit_login,
    open_login,
    send_code,
)
from app.administration.service.positions import give_position, take_position

__all__ = [
    "NewPerson",
    "add_person",
    "change_person",
    "disable_login",
    "enable_login",
    "give_position",
    "limit_login",
    "open_login",
    "send_code",
    "take_position",
]
