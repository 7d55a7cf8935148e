"""Who may read which rows, and who freezes a month; pure."""

from dataclasses import dataclass

from app.core.actor import Actor
from app.ledgers.types import Ledger

# Inspects every book of a whole 州 or 县市, as its keepers read it.
INSPECTORS = frozenset({"auditor"})
# R12: people of the operating company see no personal data: only books that name them as keepers,
# such as that of requirements, and they freeze none of them.
OUTSIDERS = frozenset({"company_manager", "company_tester"})


LEADERS = frozenset({"unit_leader"})


@dataclass(frozen=True)
class Reach:
    """Whole divisions by id, and subtrees of units by path."""

    divisions: frozenset[int]
    subtrees: frozenset[str]


def can_view(actor: Actor, ledger: Ledger) -> bool:
    return not actor.holds(*OUTSIDERS) or actor.holds(*(ledger.keepers & OUTSIDERS))


def reach(actor: Actor, ledger: Ledger) -> Reach:
    """Keepers read the whole 州 or 县市, everybody else the rows of the own unit."""
    keepers = ledger.keepers | INSPECTORS
    whole = frozenset(one.division_id for one in actor.positions if one.position in keepers)
    parts = {(actor.division_id, actor.unit_path)}
    parts |= {(one.division_id, one.unit_path) for one in actor.positions}
    # What a whole division covers anyway would only keep its index from being used.
    return Reach(whole, frozenset(path for division, path in parts if division not in whole))


def can_propose(actor: Actor, ledger: Ledger, division_id: int) -> bool:
    """Who keeps the book of this 州 or 县市 asks to freeze a month of it."""
    return _desk(actor, ledger, division_id) is not None


def desk(actor: Actor, ledger: Ledger, division_id: int) -> str:
    """The path of the unit where the actor keeps this book."""
    return _desk(actor, ledger, division_id) or actor.unit_path


def can_confirm(
    actor: Actor, ledger: Ledger, division_id: int, *, proposed_by: int, place: str
) -> bool:
    """Somebody else, who keeps the book too, or leads where the proposer keeps it."""
    return actor.person_id != proposed_by and (
        can_propose(actor, ledger, division_id) or _leads(actor, place)
    )


def leads_in(actor: Actor, division_id: int) -> bool:
    return any(
        one.position in LEADERS and one.division_id == division_id for one in actor.positions
    )


def _leads(actor: Actor, place: str) -> bool:
    return any(
        one.position in LEADERS and place.startswith(one.unit_path) for one in actor.positions
    )


def _desk(actor: Actor, ledger: Ledger, division_id: int) -> str | None:
    return min(
        (
            one.unit_path
            for one in actor.positions
            if one.position in ledger.keepers - OUTSIDERS and one.division_id == division_id
        ),
        default=None,
    )
