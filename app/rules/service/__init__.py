"""Use cases of the rules, split by what is kept; callers import this package alone."""

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
    "enter_version",
    "propose_change",
    "warn_of_ends",
    "withdraw_change",
    "withdraw_version",
]
