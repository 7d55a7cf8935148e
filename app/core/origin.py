"""Where an act came from. The edge binds it once a request, a job once a run; `db.transaction`
hands it on in `session.info`, so that no service reads a global.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy.orm import Session

KEY = "origin"


@dataclass(frozen=True)
class Origin:
    """`via`: web, api, cli or `job:name`; `ip` and `request_id` are None where there is none."""

    via: str
    ip: str | None = None
    request_id: str | None = None


# Whatever is neither a request nor a job was started by hand.
BY_HAND = Origin("cli")
_current: ContextVar[Origin] = ContextVar("origin", default=BY_HAND)


def current() -> Origin:
    """For edges, and for `db.transaction`; a service asks `of(session)`."""
    return _current.get()


def bind(origin: Origin) -> None:
    _current.set(origin)


def unbind() -> None:
    _current.set(BY_HAND)


@contextmanager
def bound(origin: Origin) -> Iterator[None]:
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)


def of(session: Session) -> Origin:
    found: Origin = session.info.get(KEY, BY_HAND)
    return found
