"""Use cases of administration, split by what is kept; callers import this package alone."""

from app.administration.service.importing import (
    access,
    check_sheet,
    confirm,
    give_up,
    new_key,
    step,
    stop,
    sweep,
)
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
from app.administration.service.reorganising import (
    carry_out,
    confirm_plan,
    due_plans,
    follow_up,
    late_plans,
    propose,
    retract,
)
from app.administration.service.starting import hide_process, show_process
from app.administration.service.units import add_unit, close_unit, rename_unit, reopen_unit

__all__ = [
    "NewPerson",
    "access",
    "add_person",
    "add_unit",
    "carry_out",
    "change_person",
    "check_sheet",
    "close_unit",
    "confirm",
    "confirm_plan",
    "disable_login",
    "due_plans",
    "enable_login",
    "follow_up",
    "give_position",
    "give_up",
    "hide_process",
    "late_plans",
    "limit_login",
    "new_key",
    "open_login",
    "propose",
    "rename_unit",
    "reopen_unit",
    "retract",
    "send_code",
    "show_process",
    "step",
    "stop",
    "sweep",
    "take_position",
]
