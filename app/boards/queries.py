"""Reads of boards: which processes have one, and what stands at each of their stages."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, column, exists, func, select, true, tuple_, values
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from app.boards.types import NODES, BoardNotFound, Card, Column, Plan
from app.calendar.lights import Horizon, explained
from app.core.actor import Actor
from app.core.errors import Malformed
from app.core.paging import decode, encode
from app.identity.models import Unit
from app.identity.queries import called_at, people_by_ids
from app.identity.types import PersonRef
from app.processes import engine
from app.processes.models import Instance, ProcessVersion
from app.processes.stages import stages_of
from app.processes.types import VersionState
from app.tasks.models import NEVER, Task, Visit
from app.tasks.naming import acting, named_in
from app.tasks.queries import active_of_runs
from app.tasks.types import VisitState
from app.tickets.models import Ticket
from app.tickets.queries import is_visible

FEW, PAGE = 8, 50  # cards of a column beside the others, and of one that is looked at alone
DUE = func.coalesce(Visit.due_at, NEVER)
Place = tuple[datetime, int]
Found = tuple[str, int, datetime]  # stage, visit, when it is due


def list_plans(session: Session) -> list[Plan]:
    """The processes in force whose diagrams name stages."""
    rows = session.execute(
        select(ProcessVersion.key, ProcessVersion.title, ProcessVersion.id)
        .where(ProcessVersion.state == VersionState.PUBLISHED, ProcessVersion.has_stages)
        .order_by(ProcessVersion.category, ProcessVersion.title)
    ).all()
    return [Plan(key, title, _stages([engine.load(session, one)])) for key, title, one in rows]


def whole_plan(session: Session, plan: Plan) -> Plan:
    """With the nodes of older versions that tickets still run under."""
    runs = exists().where(Instance.version_id == ProcessVersion.id, Instance.ended_at.is_(None))
    versions = session.scalars(
        select(ProcessVersion.id)
        .where(ProcessVersion.key == plan.process, runs)
        .order_by(ProcessVersion.number.desc())
    ).all()
    older = [engine.load(session, version) for version in versions]
    merged = dict(plan.stages)
    for stage, nodes in _stages(older).items():
        merged[stage] = tuple(dict.fromkeys((*merged.get(stage, ()), *nodes)))
    return Plan(plan.process, plan.title, merged)


def board(session: Session, actor: Actor, plan: Plan, horizon: Horizon) -> list[Column]:
    """The first of each stage, what is due first on top."""
    found = _standing(session, actor, plan, plan.stages, FEW)
    return _columns(session, plan.stages, found, horizon, FEW)


def one_column(
    session: Session,
    actor: Actor,
    plan: Plan,
    stage: str,
    horizon: Horizon,
    *,
    cursor: str | None = None,
) -> Column:
    """A stage alone, a page at a time. Raises: BoardNotFound, Malformed."""
    if stage not in plan.stages:
        raise BoardNotFound
    after = _place(cursor) if cursor else None
    stages = {stage: plan.stages[stage]}
    found = _standing(session, actor, plan, stages, PAGE, after)
    (column,) = _columns(session, stages, found, horizon, PAGE)
    return column


def _stages(every: Iterable[engine.Loaded]) -> dict[str, NODES]:
    found: dict[str, NODES] = {}
    for loaded in every:
        for stage, nodes in stages_of(loaded).items():
            found[stage] = tuple(dict.fromkeys((*found.get(stage, ()), *nodes)))
    return found


def _place(cursor: str) -> Place:
    at, key = decode(cursor, 2)
    if not isinstance(at, datetime) or not isinstance(key, int):
        raise Malformed("翻页的位置读不懂，请从第一页看起。")
    return at, key


def _standing(
    session: Session,
    actor: Actor,
    plan: Plan,
    stages: Mapping[str, NODES],
    most: int,
    after: Place | None = None,
) -> Sequence[Found]:
    """One more of each node than there is room for: each is read in the order of its index."""
    pairs = [(stage, node) for stage, nodes in stages.items() for node in nodes]
    places = values(column("stage", Text), column("node", Text), name="places").data(pairs)
    later: ColumnElement[bool] = true() if after is None else tuple_(DUE, Visit.id) > after
    here = (
        select(Visit.id.label("visit"), DUE.label("due"))
        .join(Ticket, Ticket.instance_id == Visit.instance_id)
        .join(Unit, Ticket.unit_id == Unit.id)
        .where(
            Visit.node == places.c.node,
            Visit.state == VisitState.OPEN,
            Ticket.process == plan.process,
            is_visible(session, actor),
            later,
        )
        .order_by(DUE, Visit.id)
        .limit(most + 1)
        .lateral("here")
    )
    rows = session.execute(
        select(places.c.stage, here.c.visit, here.c.due).join(here, true())
    ).all()
    return [(stage, visit, due) for stage, visit, due in rows]


def _columns(
    session: Session,
    stages: Mapping[str, NODES],
    found: Sequence[Found],
    horizon: Horizon,
    most: int,
) -> list[Column]:
    ordered = {
        stage: sorted((due, visit) for own, visit, due in found if own == stage) for stage in stages
    }
    cards = _cards(session, [visit for own in ordered.values() for _, visit in own[:most]], horizon)
    return [
        Column(
            stage,
            [cards[visit] for _, visit in own[:most]],
            encode(own[most - 1]) if len(own) > most else None,
        )
        for stage, own in ordered.items()
    ]


def _cards(session: Session, visits: Sequence[int], horizon: Horizon) -> dict[int, Card]:
    rows = session.execute(
        select(Visit, Ticket, called_at(Ticket.opened_at))
        .join(Ticket, Ticket.instance_id == Visit.instance_id)
        .join(Unit, Ticket.unit_id == Unit.id)
        .where(Visit.id.in_(visits))
    ).all()
    tasks = active_of_runs(session, [ticket.instance_id for _, ticket, _ in rows])
    names = people_by_ids(session, named_in(task for own in tasks.values() for task in own))
    return {
        visit.id: _card(visit, ticket, unit, tasks[ticket.instance_id], names, horizon)
        for visit, ticket, unit in rows
    }


def _card(
    visit: Visit,
    ticket: Ticket,
    unit_name: str,
    tasks: Sequence[Task],
    names: Mapping[int, PersonRef],
    horizon: Horizon,
) -> Card:
    holders = (acting(one, names) or "待签收" for one in tasks if one.visit_id == visit.id)
    told: dict[str, Any] = {}
    if visit.due_at is not None:
        told = {
            "told": explained(visit.due_skipped, is_estimate=visit.due_is_estimate),
            "is_estimate": visit.due_is_estimate,
        }
    return Card(
        number=ticket.number,
        title=ticket.title,
        unit_name=unit_name,
        what=visit.title,
        holders="、".join(dict.fromkeys(holders)),
        since=visit.opened_at,
        shown=horizon.show(visit.due_at, stands=visit.is_paused, **told),
    )
