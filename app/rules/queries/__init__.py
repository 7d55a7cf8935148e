"""Reads of the rules, split by what is read; callers import this package alone."""

from app.rules.queries.sets import (
    Basis,
    RuleRow,
    Told,
    access_version,
    bases,
    ending,
    find_overlap,
    in_force,
    list_rules,
    rule_row,
    standing_of,
    told_by,
    versions_of,
)

__all__ = [
    "Basis",
    "RuleRow",
    "Told",
    "access_version",
    "bases",
    "ending",
    "find_overlap",
    "in_force",
    "list_rules",
    "rule_row",
    "standing_of",
    "told_by",
    "versions_of",
]
