"""Who may read which rows; pure."""

from dataclasses import dataclass

from app.core.actor import Actor
from app.ledgers.types import Ledger

# Inspects every book of a whole 州 or 县市, as its keepers read it.
INSPECTORS = frozenset({"auditor"})
# R12: people of the operating company see no personal data.
OUTSIDERS = frozenset({"company_manager", "company_tester"})


@dataclass(frozen=True)
class Reach:
    """Whole divisions by id, and subtrees of units by path."""

    divisions: frozenset[int]
    subtrees: frozenset[str]


def can_view(actor: Actor, _ledger: Ledger) -> bool:
    return not actor.holds(*OUTSIDERS)


def reach(actor: Actor, ledger: Ledger) -> Reach:
    """Keepers read the whole 州 or 县市, everybody else the rows of the own unit."""
    keepers = ledger.keepers | INSPECTORS
    whole = frozenset(one.division_id for one in actor.positions if one.position in keepers)
    parts = {(actor.division_id, actor.unit_path)}
    parts |= {(one.division_id, one.unit_path) for one in actor.positions}
    # What a whole division covers anyway would only keep its index from being used.
    return Reach(whole, frozenset(path for division, path in parts if division not in whole))
