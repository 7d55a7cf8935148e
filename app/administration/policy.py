"""Who may administer what; pure. Scope over units is asked in `queries`.

Powers are separated (S22, ADR 91): who keeps people does not make himself, or anybody, the
administrator of accounts or permissions; and does not keep those who watch him.
"""

from collections.abc import Iterable

from app.administration.types import ByForm, NoCodeForAdmins, Overseer, OwnLogin
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.identity.types import ADMINS, Position

BY_FORM = frozenset({Position.ACCOUNT_ADMIN, Position.PERMISSION_ADMIN})
OVERSEERS = frozenset({Position.AUDITOR})
GIVEN_HERE = tuple(one for one in Position if one not in BY_FORM | OVERSEERS)


def can_administer(actor: Actor) -> bool:
    return actor.holds("system_admin")


def can_read(actor: Actor) -> bool:
    return actor.holds("account_admin", "permission_admin", "system_admin", "auditor")


def why_not_person(actor: Actor, person_id: int, held: Iterable[str]) -> Forbidden | None:
    """Nobody keeps himself, and nobody keeps those who watch him."""
    if actor.person_id == person_id:
        return OwnLogin()
    return Overseer() if not OVERSEERS.isdisjoint(held) else None


def why_not_position(position: Position) -> Forbidden | None:
    """Giving and taking alike."""
    if position in BY_FORM:
        return ByForm()
    return Overseer() if position in OVERSEERS else None


def why_no_code(held: Iterable[str], *, has_second_factor: bool) -> Forbidden | None:
    """A code opens the login: whoever hands it on must not be able to act as another administrator.

    With a second factor it is worth nothing without the phone.
    """
    is_admin = not ADMINS.isdisjoint(held)
    return NoCodeForAdmins() if is_admin and not has_second_factor else None
