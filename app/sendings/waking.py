"""What wakes the worker of this room: best effort, the sweep finds what no message tells of."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from app.core.db import after_commit

_settle: list[Callable[[], object]] = []
_wake: list[Callable[[], object]] = []


def configure(
    wake: Callable[[], object] | None, settle: Callable[[], object] | None = None
) -> None:
    """`wake`: sends; `settle`: asks gateways."""
    _wake[:] = [wake] if wake else []
    _settle[:] = [settle] if settle else []


def wake() -> None:
    for one in _wake:
        one()


def wake_after_commit(session: Session) -> None:
    for one in _wake:
        after_commit(session, one)


def settle_after_commit(session: Session) -> None:
    for one in _settle:
        after_commit(session, one)
