"""Which positions begin anything at all: every page asks, so it is remembered for a minute.

What is hidden from a unit is not asked: the page 发起 says then that there is nothing to begin.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.processes import engine
from app.processes.models import ProcessVersion
from app.processes.types import VersionState
from app.tickets.service.starting import starters

FRESH = 60.0  # seconds until what somebody else has published is seen
_known: list[tuple[float, frozenset[str]]] = []


def forget() -> None:
    """Something was published, or a new application may speak to another database."""
    _known.clear()


def may_begin(reading: Callable[[], AbstractContextManager[Session]], actor: Actor) -> bool:
    """Whether a process in force may be started from a position that the actor holds."""
    now = time.monotonic()
    if not _known or now - _known[0][0] >= FRESH:
        with reading() as session:
            _known[:] = [(now, _positions(session))]
    return actor.holds(*_known[0][1])


def _positions(session: Session) -> frozenset[str]:
    in_force = select(ProcessVersion.id).where(ProcessVersion.state == VersionState.PUBLISHED)
    return frozenset(
        position
        for version_id in session.scalars(in_force).all()
        for position in starters(engine.load(session, version_id))
    )
