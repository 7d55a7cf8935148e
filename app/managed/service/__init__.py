"""What is pushed, where to, and what a post may do; callers import this package alone."""

from app.managed.service.pushing import (
    do_by_hand,
    note_acts,
    note_death,
    note_hand,
    push,
    push_again,
)
from app.managed.service.setting import (
    pause_all,
    rotate_secret,
    set_address,
    switch_off,
    switch_on,
)
from app.managed.service.templates import set_template

__all__ = [
    "do_by_hand",
    "note_acts",
    "note_death",
    "note_hand",
    "pause_all",
    "push",
    "push_again",
    "rotate_secret",
    "set_address",
    "set_template",
    "switch_off",
    "switch_on",
]
