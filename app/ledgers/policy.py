"""Who may read which rows; pure."""

from dataclasses import dataclass

from app.core.actor import Actor
from app.ledgers.types import Ledger

# They keep or inspect the books of a whole 州 or 县市; everybody else reads the own unit's rows.
KEEPERS = frozenset({"account_admin", "permission_admin", "auditor"})
# R12: people of the operating company see no personal data.
OUTSIDERS = frozenset({"company_manager", "company_tester"})


@dataclass(frozen=True)
class Reach:
    """Whole divisions, and subtrees of units with the division that keeps their rows."""

    divisions: frozenset[int]
    subtrees: frozenset[tuple[int, str]]


def can_view(actor: Actor, _ledger: Ledger) -> bool:
    return not actor.holds(*OUTSIDERS)


def reach(actor: Actor) -> Reach:
    held = actor.positions
    return Reach(
        frozenset(one.division_id for one in held if one.position in KEEPERS),
        frozenset(
            {(actor.division_id, actor.unit_path)}
            | {(one.division_id, one.unit_path) for one in held if one.position not in KEEPERS}
        ),
    )
