"""Use cases of the rules, split by what is kept; callers import this package alone."""

from app.rules.service.sets import enter_version, warn_of_ends, withdraw_version

__all__ = ["enter_version", "warn_of_ends", "withdraw_version"]
