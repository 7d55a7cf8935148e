"""What the worker does, each act in transactions of its own."""

import structlog

from app.core.clock import utcnow
from app.core.db import transaction
from app.notifications.service import noting

log = structlog.get_logger()


def tell_next() -> bool:
    """Tell people of one act; False: there is none."""
    with transaction() as session:
        claimed = noting.claim(session, utcnow())
    if claimed is None:
        return False
    try:
        with transaction() as session:
            noting.tell_of(session, claimed, utcnow())
    except Exception as error:
        log.exception("notifications.untold", untold_id=claimed)
        with transaction() as session:
            noting.note_failure(session, claimed, f"{type(error).__name__}: {error}")
    return True
