"""Use cases of the rules, split by what is kept; callers import this package alone."""

from app.rules.service.numbering import (
    enter_pattern,
    take_number,
    void_number,
    withdraw_pattern,
)
from app.rules.service.parameters import (
    confirm_change,
    propose_change,
    withdraw_change,
)
from app.rules.service.sets import (
    enter_version,
    warn_of_ends,
    withdraw_version,
)

__all__ = [
    "confirm_change",
    "enter_pattern",
    "enter_version",
    "propose_change",
    "take_number",
    "void_number",
    "warn_of_ends",
    "withdraw_change",
    "withdraw_pattern",
    "withdraw_version",
]
