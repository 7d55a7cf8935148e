"""Reads that only REST has: incidents within the actor's scope."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.models import Unit
from app.identity.queries import in_subtree, scope_path
from app.processes.models import Incident, Instance
from app.processes.types import IncidentState


def list_incidents(
    session: Session, actor: Actor, *, cursor: str | None, limit: int
) -> Page[tuple[Incident, str, str]]:
    """Open incidents, newest first, with number and title of their tickets."""
    statement = (
        select(Incident, Instance.number, Instance.title, Incident.id)
        .join(Instance, Incident.instance_id == Instance.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(Incident.state == IncidentState.OPEN, in_subtree(scope_path(session, actor)))
    )
    page = page_by_key(session, statement, key=(Incident.id,), cursor=cursor, limit=limit)
    return page.map(lambda row: (row[0], row[1], row[2]))
