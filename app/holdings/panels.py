"""What a higher room shows on the page of an account; the wiring hangs it here."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Session

Panel = Callable[[Session, int], Sequence[Any]]
_panels: list[Panel] = []


def hang(panel: Panel) -> None:
    _panels[:] = [panel]


def panel(session: Session, account_id: int) -> Sequence[Any]:
    """The latest pushes of the account; the caller has asked for it."""
    return _panels[0](session, account_id) if _panels else ()
