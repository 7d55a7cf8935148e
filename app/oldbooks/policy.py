"""Who uploads a paper ledger, who confirms it, who reads the report; pure."""

from app.core.actor import Actor

UPLOADER = "account_admin"
DECIDERS = frozenset({"account_admin", "permission_admin", "unit_leader", "bureau_leader"})
READERS = DECIDERS | {"auditor"}


def can_view(actor: Actor) -> bool:
    return actor.holds(*READERS)


def keeps(actor: Actor) -> int | None:
    """The 州 or 县市 whose accounts the actor keeps (E23A §8)."""
    held = [one.division_id for one in actor.positions if one.position == UPLOADER]
    own = [one for one in held if one == actor.division_id]
    return next(iter(own or held), None)


def can_withdraw(actor: Actor, division_id: int) -> bool:
    return any(
        one.position == UPLOADER and one.division_id == division_id for one in actor.positions
    )


def may_decide(actor: Actor, division_id: int) -> bool:
    """Of the same level: another administrator, or who leads there."""
    return any(
        one.position in DECIDERS and one.division_id == division_id for one in actor.positions
    )


def can_confirm(actor: Actor, division_id: int, *, uploaded_by: int) -> bool:
    return actor.person_id != uploaded_by and may_decide(actor, division_id)
