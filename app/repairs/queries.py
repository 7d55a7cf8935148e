"""Reads of incidents and of the outbox within the actor's scope.

Without an actor the operator asks, at the command line: everything. What belongs to no ticket is
the whole region's.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased, contains_eager

from app.core.actor import Actor
from app.core.errors import AppError
from app.core.outbox import Outbox, OutboxState
from app.core.paging import Page, page_by_key
from app.identity.models import Unit
from app.identity.queries import called_at, in_subtree, scope_path
from app.processes import engine
from app.processes.models import Incident, Instance, ProcessVersion
from app.processes.queries import unit_of
from app.processes.types import IncidentKind, IncidentState
from app.repairs import policy
from app.repairs.types import (
    IncidentNotFound,
    IncidentRow,
    MayNotRepair,
    Narrowed,
    OutboxRow,
    OwnTicket,
    Place,
    RowNotFound,
    SameCause,
    Tally,
)
from app.tasks.models import Task
from app.tasks.types import TaskState
from app.tickets.models import Ticket
from app.tickets.types import TicketNotFound, TicketState

PAGE = 50
TOP_SLASHES = 2  # in the path of a unit that has none above it
Rule = Callable[[Actor], bool]
EVERYTHING = Narrowed()


def list_incidents(
    session: Session,
    actor: Actor | None,
    *,
    state: IncidentState | None = IncidentState.OPEN,
    narrowed: Narrowed = EVERYTHING,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[IncidentRow]:
    """Newest first, with number, title and unit of their tickets."""
    statement = (
        select(
            Incident, Instance.number, Instance.title, called_at(Instance.opened_at), Incident.id
        )
        .join(Instance, Incident.instance_id == Instance.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(_within(session, actor), *_narrowed(session, actor, narrowed))
    )
    if state is not None:
        statement = statement.where(Incident.state == state)
    page = page_by_key(session, statement, key=(Incident.id,), cursor=cursor, limit=limit)
    return page.map(lambda row: IncidentRow(*row[:4]))


def count_open(session: Session, actor: Actor | None) -> int:
    return session.scalar(select(open_count(session, actor))) or 0


def open_count(session: Session, actor: Actor | None) -> ScalarSelect[int]:
    """`count_open`, to be asked in a statement."""
    return (
        select(func.count())
        .select_from(Incident)
        .join(Instance, Incident.instance_id == Instance.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(Incident.state == IncidentState.OPEN, _within(session, actor))
        .scalar_subquery()
    )


def by_place(session: Session, actor: Actor | None) -> list[Place]:
    """Where open incidents stand, the most first."""
    rows = session.execute(
        _open(session, actor)
        .with_only_columns(
            ProcessVersion.key,
            func.max(ProcessVersion.title),
            func.max(Instance.version_id),
            Incident.node,
            func.count(),
        )
        .join(ProcessVersion, Instance.version_id == ProcessVersion.id)
        .group_by(ProcessVersion.key, Incident.node)
        .order_by(func.count().desc(), ProcessVersion.key, Incident.node)
        .limit(PAGE)
    ).all()
    found = []
    for key, title, version_id, node, count in rows:
        nodes = engine.load(session, version_id).definition.nodes
        name = nodes[node].name if node in nodes else ""
        found.append(Place(key, title, node, name or node, count))
    return found


def by_cause(session: Session, actor: Actor | None) -> list[SameCause]:
    """Of what there are most."""
    rows = session.execute(
        _open(session, actor)
        .with_only_columns(Incident.cause, func.count(), func.min(Incident.id))
        .group_by(Incident.cause)
        .order_by(func.count().desc(), func.min(Incident.id))
        .limit(PAGE)
    )
    return [SameCause(*row) for row in rows]


def _open(session: Session, actor: Actor | None) -> Select[int]:
    return (
        select(Incident.id)
        .join(Instance, Incident.instance_id == Instance.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(Incident.state == IncidentState.OPEN, _within(session, actor))
    )


def _narrowed(
    session: Session, actor: Actor | None, asked: Narrowed
) -> Iterator[ColumnElement[bool]]:
    if asked.process:
        versions = select(ProcessVersion.id).where(ProcessVersion.key == asked.process)
        yield Instance.version_id.in_(versions)
    if asked.node:
        yield Incident.node == asked.node
    if asked.kind is not None:
        yield Incident.kind == asked.kind
    if asked.same is not None:
        # Of one that is out of reach nothing is told, not even that its cause is the same.
        other, run, unit = aliased(Incident), aliased(Instance), aliased(Unit)
        yield Incident.cause == (
            select(other.cause)
            .join(run, other.instance_id == run.id)
            .join(unit, run.unit_id == unit.id)
            .where(other.id == asked.same)
            .where(
                true()
                if actor is None
                else in_subtree(scope_path(session, actor), unit) & ~run.is_confidential
            )
            .scalar_subquery()
        )


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
    unit = unit_of(session, instance)
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
        select(Outbox, func.coalesce(called_at(Instance.opened_at), ""), Outbox.id)
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


def stuck_count(session: Session, actor: Actor | None) -> ScalarSelect[int]:
    """What waits for a person, to be asked in a statement."""
    return (
        select(func.count())
        .select_from(Outbox)
        .outerjoin(Instance, Outbox.ticket == Instance.number)
        .outerjoin(Unit, Instance.unit_id == Unit.id)
        .where(Outbox.state.in_((OutboxState.DEAD, OutboxState.HELD)), _rows_within(session, actor))
        .scalar_subquery()
    )


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


def access_ticket(session: Session, number: str, actor: Actor, *, lock: bool = True) -> Ticket:
    """A ticket in the administrator's scope, with its instance locked for a repair.

    Nobody repairs what he asked for or decided on. Raises: TicketNotFound, MayNotRepair, OwnTicket.
    """
    statement = (
        select(Ticket)
        .join(Ticket.instance)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(Ticket.number == number, Ticket.state != TicketState.DRAFT)
        .where(_within(session, actor))
        .options(contains_eager(Ticket.instance))
    )
    if lock:
        statement = statement.with_for_update(of=(Instance, Ticket)).execution_options(
            populate_existing=True
        )
    ticket = session.scalars(statement).first()
    if ticket is None:
        raise TicketNotFound
    if not policy.can_repair(actor):
        raise MayNotRepair
    if is_party(session, actor, ticket):
        raise OwnTicket
    return ticket


def repairs_open_to(session: Session, ticket: Ticket, actor: Actor) -> tuple[str, ...]:
    """Whether the ticket's page leads this reader to its repair page: its number, or nothing."""
    if not policy.can_repair(actor):
        return ()
    try:
        access_ticket(session, ticket.number, actor, lock=False)
    except AppError:
        return ()
    return (ticket.number,)


def is_party(session: Session, actor: Actor, ticket: Ticket) -> bool:
    """Asked for it, has a task on it or had one that counts."""
    part = exists().where(
        Task.instance_id == ticket.instance_id,
        Task.assignee_id == actor.person_id,
        Task.state != TaskState.CANCELLED,
    )
    return ticket.requester_id == actor.person_id or bool(session.scalar(select(part)))


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
    """R14: what breaks on a confidential ticket is mended on the command line, by nobody's list."""
    if actor is None:
        return true()
    return in_subtree(scope_path(session, actor)) & ~Instance.is_confidential


def _rows_within(session: Session, actor: Actor | None) -> ColumnElement[bool]:
    if actor is None:
        return true()
    path = scope_path(session, actor)
    is_top = literal(path.count("/") == TOP_SLASHES)
    known = in_subtree(path) & ~Instance.is_confidential
    return known | (Outbox.ticket.is_(None) & is_top)
