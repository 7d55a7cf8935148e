"""Reads of tickets; `access_ticket` is the only way to get one."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.models import Person, Unit
from app.identity.queries import called_at, in_subtree, people_by_ids, scope_path
from app.processes import engine
from app.processes.models import Instance, NodeLog, ProcessVersion
from app.processes.queries import requester_tag, unit_tag
from app.tasks.copies import copied_to, readable_below, reads_by_copy
from app.tasks.models import Task
from app.tasks.naming import acting, named_in
from app.tasks.queries import part_in, takes_part
from app.tasks.types import ACTIVE
from app.tickets import policy
from app.tickets.models import Comment, Ticket
from app.tickets.narrowing import narrowed
from app.tickets.types import (
    EVERYTHING,
    LABELS,
    Filters,
    TicketBox,
    TicketNotFound,
    TicketRow,
    TicketState,
)

PAGE = 50
FEW_UNITS = 50
UNIT, TICKET = "unit:", "ticket:"  # what names of audit chains begin with
TOP_SLASHES = 2  # in the path of a unit that has none above it
Rule = Callable[[Actor, Ticket], bool]


def access_ticket(
    session: Session, number: str, actor: Actor, rule: Rule, *, lock: bool = False
) -> Ticket:
    """A ticket the actor may see; with `lock` its instance is locked for an act.

    Visible are one's own, those one has a part in or was told of, and those of the own scope
    (R12); of a confidential one the scope says nothing (R14). Everything else answers like a
    missing number. Raises: TicketNotFound.
    """
    statement = (
        select(Ticket, Unit.path)
        .join(Ticket.instance)
        .join(Unit, Ticket.unit_id == Unit.id)
        .where(Ticket.number == number)
        .options(contains_eager(Ticket.instance))
    )
    if lock:
        statement = statement.with_for_update(of=(Instance, Ticket)).execution_options(
            populate_existing=True
        )
    row = session.execute(statement).first()
    if row is None:
        raise TicketNotFound
    ticket, path = row
    in_scope = (
        ticket.requester_id == actor.person_id
        or (not ticket.is_confidential and path.startswith(scope_path(session, actor)))
        or takes_part(session, actor, ticket.instance_id)
        or (not ticket.is_confidential and reads_by_copy(session, actor, ticket.instance_id, path))
    )
    if not in_scope or not rule(actor, ticket):
        raise TicketNotFound
    return ticket


def may_view_run(session: Session, actor: Actor, instance_id: int) -> bool:
    """Whoever may view the ticket of a run may see the files that belong to it."""
    number = session.scalar(select(Ticket.number).where(Ticket.instance_id == instance_id))
    if number is None:
        return False
    try:
        access_ticket(session, number, actor, policy.can_view)
    except TicketNotFound:
        return False
    return True


def is_own_run(session: Session, actor: Actor, instance_id: int) -> bool:
    """Files of a draft are its requester's alone."""
    own = exists().where(Ticket.instance_id == instance_id, Ticket.requester_id == actor.person_id)
    return bool(session.scalar(select(own)))


def chains_within(session: Session, actor: Actor, chain: Any) -> ColumnElement[bool]:
    """Whether an audit chain is of a unit or ticket in the own scope; the 州 reads every one.

    Chains of confidential tickets are verified like all others, and read by nobody here (R14).
    """
    path = scope_path(session, actor)
    secret = select(func.concat(TICKET, Ticket.number)).where(Ticket.is_confidential)
    if path.count("/") == TOP_SLASHES:
        known: ColumnElement[bool] = chain.not_in(secret)
        return known
    of_unit = exists().where(Unit.code == func.substr(chain, len(UNIT) + 1), in_subtree(path))
    of_ticket = exists().where(
        Ticket.number == func.substr(chain, len(TICKET) + 1),
        Ticket.unit_id == Unit.id,
        ~Ticket.is_confidential,
        in_subtree(path),
    )
    return or_(and_(chain.startswith(UNIT), of_unit), and_(chain.startswith(TICKET), of_ticket))


def model_of(session: Session, ticket: Ticket) -> bytes:
    """The diagram the ticket runs under."""
    return session.get_one(ProcessVersion, ticket.instance.version_id).model


def ticket_of(session: Session, instance_id: int) -> Ticket:
    """The ticket of a run whose lock the caller holds, with its instance."""
    return session.scalars(
        select(Ticket)
        .join(Ticket.instance)
        .where(Ticket.instance_id == instance_id)
        .options(contains_eager(Ticket.instance))
    ).one()


def is_booked(session: Session, instance_id: int, loaded: engine.Loaded) -> bool:
    """What took effect as it was sent, before anybody decided, stands in a book by now."""
    books = [node.id for node in loaded.definition.nodes.values() if "ledger" in node.properties]
    if not books:
        return False
    booked = select(NodeLog.id).where(
        NodeLog.instance_id == instance_id, NodeLog.node.in_(books), NodeLog.event == "completed"
    )
    return session.scalar(booked.limit(1)) is not None


def comments_of(session: Session, instance_id: int) -> dict[int, Comment]:
    found = session.scalars(select(Comment).where(Comment.instance_id == instance_id))
    return {comment.id: comment for comment in found}


def find_by_client_key(session: Session, actor: Actor, key: str) -> Ticket | None:
    """The ticket that this page of the actor's has already made."""
    return session.scalars(
        select(Ticket)
        .join(Ticket.instance)
        .where(Ticket.requester_id == actor.person_id, Ticket.client_key == key)
        .options(contains_eager(Ticket.instance))
    ).first()


def list_tickets(
    session: Session,
    actor: Actor,
    box: TicketBox,
    *,
    filters: Filters = EVERYTHING,
    q: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[TicketRow]:
    """Latest change first. Drafts are listed for their requester only."""
    statement = (
        select(Ticket, Person.name, called_at(Ticket.opened_at), Ticket.updated_at, Ticket.id)
        .join(Person, Ticket.requester_id == Person.id)
        .join(Unit, Ticket.unit_id == Unit.id)
        .where(_in_box(session, actor, box))
    )
    tags = _tags(session, actor, box) if q.strip() or filters.person else ()
    statement = statement.where(*narrowed(session, filters, q, tags))
    page = page_by_key(
        session, statement, key=(Ticket.updated_at, Ticket.id), cursor=cursor, limit=limit
    )
    waiting = _waiting(session, [row[0].instance_id for row in page.items])
    return page.map(lambda row: _row(row[0], row[1], row[2], waiting.get(row[0].instance_id, "")))


def list_numbered(session: Session, actor: Actor, numbers: Sequence[str]) -> list[TicketRow]:
    """Those of `numbers` that the actor may see, by number; the others are left out."""
    rows = _viewable(session, actor, Ticket.number.in_(numbers))
    waiting = _waiting(session, [ticket.instance_id for ticket, *_ in rows])
    return [
        _row(ticket, requester, unit, waiting.get(ticket.instance_id, ""))
        for ticket, requester, unit, _ in rows
    ]


def runs_numbered(session: Session, actor: Actor, numbers: Sequence[str]) -> dict[str, int]:
    """The runs of those of `numbers` that the actor may see."""
    rows = _viewable(session, actor, Ticket.number.in_(numbers))
    return {ticket.number: ticket.instance_id for ticket, *_ in rows}


def viewable_runs(
    session: Session, actor: Actor, instance_ids: Sequence[int]
) -> dict[int, tuple[Ticket, str, str, str]]:
    """Those of these that the actor may see: run → ticket, requester, unit and its path."""
    rows = _viewable(session, actor, Ticket.instance_id.in_(instance_ids))
    return {row[0].instance_id: (row[0], row[1], row[2], row[3]) for row in rows}


def _viewable(
    session: Session, actor: Actor, chosen: ColumnElement[bool]
) -> Sequence[Row[Ticket, str, str, str]]:
    """Many at once by the rule of `access_ticket`, by number."""
    return session.execute(
        select(Ticket, Person.name, called_at(Ticket.opened_at), Unit.path)
        .join(Ticket.instance)
        .join(Person, Ticket.requester_id == Person.id)
        .join(Unit, Ticket.unit_id == Unit.id)
        .where(chosen, is_visible(session, actor))
        .options(contains_eager(Ticket.instance))
        .order_by(Ticket.number)
    ).all()


def is_visible(session: Session, actor: Actor) -> ColumnElement[bool]:
    """`access_ticket` with `can_view` as a condition, for queries that join `Unit`."""
    own = Ticket.requester_id == actor.person_id
    in_scope = in_subtree(scope_path(session, actor))
    below = readable_below(session, actor)
    if below is not None:
        in_scope |= in_subtree(below) & copied_to(actor, Ticket.instance_id)
    in_scope = (in_scope & ~Ticket.is_confidential) | part_in(actor, Ticket.instance_id)
    return own | (in_scope & (Ticket.state != TicketState.DRAFT))


def _in_box(session: Session, actor: Actor, box: TicketBox) -> ColumnElement[bool]:
    # A page kept by itself what was taken back again: there is nothing to go on with.
    is_nothing = (Ticket.state == TicketState.DRAFT) & Ticket.draft_sealed.is_(None)
    own = (Ticket.requester_id == actor.person_id) & ~(is_nothing & Ticket.client_key.is_not(None))
    if box is TicketBox.MINE:
        return own
    known = ~Ticket.is_confidential | part_in(actor, Ticket.instance_id)
    seen = own | ((Ticket.state != TicketState.DRAFT) & known)
    if box is TicketBox.UNIT:
        return _of_unit(session, actor) & seen
    return in_subtree(scope_path(session, actor)) & seen


def _tags(session: Session, actor: Actor, box: TicketBox) -> list[str]:
    """What runs of this box have among their words; nothing where too many units are in it."""
    if box is TicketBox.MINE:
        return [requester_tag(actor.person_id)]
    path = actor.unit_path if box is TicketBox.UNIT else scope_path(session, actor)
    units = session.scalars(select(Unit.id).where(in_subtree(path)).limit(FEW_UNITS + 1)).all()
    return [unit_tag(unit) for unit in units] if len(units) <= FEW_UNITS else []


def _of_unit(session: Session, actor: Actor) -> ColumnElement[bool]:
    """The own unit and those below; one alone has an index in the order of the list."""
    units = session.scalars(select(Unit.id).where(in_subtree(actor.unit_path)).limit(2)).all()
    return in_subtree(actor.unit_path) if len(units) > 1 else Ticket.unit_id == actor.unit_id


def _waiting(session: Session, instance_ids: list[int]) -> dict[int, str]:
    """Where each ticket stands and with whom, in one statement for the whole page."""
    tasks = session.scalars(
        select(Task)
        .where(Task.instance_id.in_(instance_ids), Task.state.in_(ACTIVE))
        .order_by(Task.id)
    ).all()
    names = people_by_ids(session, named_in(tasks))
    found: dict[int, list[str]] = {}
    for task in tasks:
        name = acting(task, names) or "待签收"
        found.setdefault(task.instance_id, []).append(f"{task.title}（{name}）")
    return {instance_id: "、".join(labels) for instance_id, labels in found.items()}


def _row(ticket: Ticket, requester: str, unit: str, here: str) -> TicketRow:
    return TicketRow(
        number=ticket.number,
        title=ticket.title,
        process=ticket.process,
        process_title=ticket.process_title,
        state=ticket.state,
        state_label=LABELS[ticket.state],
        requester_name=requester,
        unit_name=unit,
        submission=ticket.submission,
        created_at=ticket.created_at,
        submitted_at=ticket.submitted_at,
        updated_at=ticket.updated_at,
        here_label=here,
        paper_at=ticket.paper_at,
    )
