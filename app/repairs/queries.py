"""Reads of incidents and of the outbox within the actor's scope.

Without an actor the operator asks, at the command line: everything. What belongs to no ticket is
the whole region's.
"""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import ColumnElement, false, func, literal, or_, select, true
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.outbox import Outbox, OutboxState
from app.core.paging import Page, page_by_key
from app.identity.models import Unit
from app.identity.queries import in_subtree, scope_path
from app.processes.models import Incident, Instance
from app.processes.types import IncidentKind, IncidentState
from app.repairs.types import (
    IncidentNotFound,
    IncidentRow,
    MayNotRepair,
    OutboxRow,
    RowNotFound,
    Tally,
)

PAGE = 50
TOP_SLASHES = 2  # in the path of a unit that has none above it
Rule = Callable[[Actor], bool]


def list_incidents(
    session: Session,
    actor: Actor | None,
    *,
    state: IncidentState | None = IncidentState.OPEN,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[IncidentRow]:
    """Newest first, with number, title and unit of their tickets."""
    statement = (
        select(Incident, Instance.number, Instance.title, Unit.name, Incident.id)
        .join(Instance, Incident.instance_id == Instance.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(_within(session, actor))
    )
    if state is not None:
        statement = statement.where(Incident.state == state)
    page = page_by_key(session, statement, key=(Incident.id,), cursor=cursor, limit=limit)
    return page.map(lambda row: IncidentRow(*row[:4]))


def count_open(session: Session, actor: Actor | None) -> int:
    statement = (
        select(func.count())
        .select_from(Incident)
        .join(Instance, Incident.instance_id == Instance.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(Incident.state == IncidentState.OPEN, _within(session, actor))
    )
    return session.scalar(statement) or 0


def access_incident(
    session: Session,
    incident_id: int,
    actor: Actor | None,
    rule: Rule,
    *,
    lock: bool = False,
) -> tuple[Incident, Instance]:
    """With `lock` the instance is locked, and the row read anew under it.

    Raises: IncidentNotFound (absent or out of scope), MayNotRepair.
    """
    statement = (
        select(Incident, Instance)
        .join(Instance, Incident.instance_id == Instance.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(Incident.id == incident_id, _within(session, actor))
    )
    if lock:
        statement = statement.with_for_update(of=(Instance, Incident)).execution_options(
            populate_existing=True
        )
    found = session.execute(statement).first()
    if found is None:
        raise IncidentNotFound
    if actor is not None and not rule(actor):
        raise MayNotRepair
    return found[0], found[1]


def incident_row(
    session: Session, incident_id: int, actor: Actor | None, rule: Rule
) -> IncidentRow:
    """For reading only. Raises: IncidentNotFound, MayNotRepair."""
    incident, instance = access_incident(session, incident_id, actor, rule)
    unit = session.get_one(Unit, instance.unit_id)
    return IncidentRow(incident, instance.number, instance.title, unit.name)


def open_incident_of(session: Session, row_id: int) -> Incident | None:
    """The one that a delivery which died has opened, if it stands open."""
    return session.scalars(
        select(Incident).where(Incident.outbox_id == row_id, Incident.state == IncidentState.OPEN)
    ).first()


def incidents_for_want_of(session: Session, positions: Collection[str]) -> Sequence[int]:
    """Open ones of nodes that nobody could take, whose rule names one of these positions."""
    names = [Incident.detail.contains(f"position:{name}@", autoescape=True) for name in positions]
    return session.scalars(
        select(Incident.id)
        .where(
            Incident.state == IncidentState.OPEN,
            Incident.kind == IncidentKind.PEOPLE,
            or_(false(), *names),
        )
        .order_by(Incident.instance_id, Incident.id)
    ).all()


def list_outbox(
    session: Session,
    actor: Actor | None,
    *,
    states: Sequence[OutboxState],
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[OutboxRow]:
    """Newest first."""
    statement = (
        select(Outbox, func.coalesce(Unit.name, ""), Outbox.id)
        .outerjoin(Instance, Outbox.ticket == Instance.number)
        .outerjoin(Unit, Instance.unit_id == Unit.id)
        .where(Outbox.state.in_(states), _rows_within(session, actor))
    )
    page = page_by_key(session, statement, key=(Outbox.id,), cursor=cursor, limit=limit)
    return page.map(lambda row: OutboxRow(row[0], row[1]))


def tallies(session: Session, actor: Actor | None) -> dict[OutboxState, Tally]:
    """What is not done, by state; what is done nobody counts, there is too much of it."""
    states = [state for state in OutboxState if state is not OutboxState.DONE]
    rows = session.execute(
        select(Outbox.state, func.count(), func.min(Outbox.created_at))
        .outerjoin(Instance, Outbox.ticket == Instance.number)
        .outerjoin(Unit, Instance.unit_id == Unit.id)
        .where(Outbox.state.in_(states), _rows_within(session, actor))
        .group_by(Outbox.state)
    )
    found = {state: Tally(state, count, oldest) for state, count, oldest in rows}
    return {state: found.get(state, Tally(state, 0, None)) for state in states}


def count_stuck(session: Session, actor: Actor | None) -> int:
    """What waits for a person."""
    found = tallies(session, actor)
    return found[OutboxState.DEAD].count + found[OutboxState.HELD].count


def access_row(session: Session, row_id: int, actor: Actor | None, rule: Rule) -> Outbox:
    """The row, locked; before its ticket's instance, as the worker does.

    Raises: RowNotFound (absent or out of scope), MayNotRepair.
    """
    row = session.scalars(
        select(Outbox)
        .outerjoin(Instance, Outbox.ticket == Instance.number)
        .outerjoin(Unit, Instance.unit_id == Unit.id)
        .where(Outbox.id == row_id, _rows_within(session, actor))
        .with_for_update(of=Outbox)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise RowNotFound
    if actor is not None and not rule(actor):
        raise MayNotRepair
    return row


def held_ids(session: Session, actor: Actor | None) -> Sequence[int]:
    return session.scalars(
        select(Outbox.id)
        .outerjoin(Instance, Outbox.ticket == Instance.number)
        .outerjoin(Unit, Instance.unit_id == Unit.id)
        .where(Outbox.state == OutboxState.HELD, _rows_within(session, actor))
        .order_by(Outbox.id)
    ).all()


def lock_instance(session: Session, number: str | None) -> Instance | None:
    """The run a row belongs to."""
    if number is None:
        return None
    return session.scalars(
        select(Instance)
        .where(Instance.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def _within(session: Session, actor: Actor | None) -> ColumnElement[bool]:
    return true() if actor is None else in_subtree(scope_path(session, actor))


def _rows_within(session: Session, actor: Actor | None) -> ColumnElement[bool]:
    if actor is None:
        return true()
    path = scope_path(session, actor)
    is_top = literal(path.count("/") == TOP_SLASHES)
    return in_subtree(path) | (Outbox.ticket.is_(None) & is_top)
