"""机构调整: what stands against one, and reads of those there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, selectinload

from app.administration.models import Reorganisation
from app.administration.remains import what_is_left
from app.administration.types import PlanKind, PlanNotFound, PlanState
from app.core import clock
from app.core.actor import Actor
from app.core.days import midnight
from app.core.paging import Page, page_by_key
from app.identity.models import Unit
from app.identity.queries import in_subtree, scope_path
from app.identity.types import UnitKind
from app.tickets.models import Ticket

PAGE = 50
FARTHEST = timedelta(days=366)
# Whoever is of one of these sees it alone: among others he would see more than before (R12).
NARROW = (UnitKind.TOWNSHIP, UnitKind.COMPANY)
LIVE = (PlanState.PROPOSED, PlanState.CONFIRMED)


@dataclass(frozen=True)
class Change:
    """What somebody asks for: of which kind, from which day, by which document."""

    kind: PlanKind
    day: date
    document: str
    reason: str
    new_name: str = ""
    successor: Unit | None = None


def faults(
    session: Session, unit: Unit, change: Change, now: datetime, *, besides: int | None = None
) -> list[tuple[str, str]]:
    """What stands against it, by field. `besides` is the plan itself, once it is proposed."""
    found = list(_about_day(session, unit, change, now, is_new=besides is None))
    if change.kind is PlanKind.RENAME:
        found += _about_name(session, unit, change.new_name, besides)
    else:
        found += _about_end(session, unit, change, now, besides)
    return found


def _about_day(
    session: Session, unit: Unit, change: Change, now: datetime, *, is_new: bool
) -> Iterator[tuple[str, str]]:
    today = clock.local(now).date()
    if change.day > today + FARTHEST:
        yield "day", "太远了，最多提前一年办。"
    if change.day < today - FARTHEST:
        yield "day", "太早了，最多补办一年以内的。"
        return
    if unit.named_since and change.day <= clock.local(unit.named_since).date() and is_new:
        yield "day", "不能早于它上一次更名的日子，也不能是同一天。"
    if change.day >= today:
        return
    last = session.execute(
        select(Ticket.number, Ticket.opened_at)
        .where(Ticket.unit_id == unit.id, Ticket.opened_at >= midnight(change.day))
        .order_by(Ticket.opened_at.desc())
        .limit(1)
    ).first()
    if last is not None:
        on = clock.local(last.opened_at).date().isoformat()
        yield (
            "day",
            f"太早：那天以后它还发起过件（最后一件是{on}的 {last.number}），请填今天或者以后。",
        )


def _about_name(
    session: Session, unit: Unit, name: str, besides: int | None
) -> Iterator[tuple[str, str]]:
    if name == unit.name:
        yield "unit_name", "和现在的名称一样。"
        return
    same = select(Unit.id).where(
        Unit.division_id == unit.division_id, Unit.name == name, Unit.closed_at.is_(None)
    )
    if session.scalar(same.where(Unit.id != unit.id).limit(1)) is not None:
        yield "unit_name", "本级已经有别的单位用这个名称。"
    planned = select(Reorganisation.id).where(
        Reorganisation.new_name == name,
        Reorganisation.state.in_(LIVE),
        Reorganisation.id != (besides or 0),
        Reorganisation.unit_id.in_(select(Unit.id).where(Unit.division_id == unit.division_id)),
    )
    if session.scalar(planned.limit(1)) is not None:
        yield "unit_name", "已经有别的单位正要改成这个名称。"


def _about_end(
    session: Session, unit: Unit, change: Change, now: datetime, besides: int | None
) -> Iterator[tuple[str, str]]:
    if unit.kind is UnitKind.DIVISION:
        yield "plan_kind", "行政区划写在地区文件里，这里只能更名。"
        return
    if below := session.scalar(
        select(func.count()).where(Unit.parent_id == unit.id, Unit.closed_at.is_(None))
    ):
        yield "plan_kind", f"它有 {below} 个下属单位在用，请先把它们并入别的单位或者撤销。"
    if _is_awaited(session, unit, besides):
        yield "plan_kind", "有别的单位正要并到它这里。请先办完那一次，或者撤回。"
    if change.successor is not None:
        yield from _about_successor(session, unit, change.successor)
    elif change.kind is PlanKind.MERGE:
        yield "successor", "没有选，或者不在您的管理范围内。"
    elif left := what_is_left(session, unit, now):
        yield (
            "successor",
            f"没有选，可是{unit.name}还{'；'.join(left)}。请选承接的单位，或者先办完、调走、停用。",
        )


def _about_successor(session: Session, unit: Unit, other: Unit) -> Iterator[tuple[str, str]]:
    if other.id == unit.id:
        yield "successor", "不能是它自己。"
    elif other.path.startswith(unit.path):
        yield "successor", "不能是它的下属单位。"
    elif other.division_id != unit.division_id:
        yield "successor", "不能是别处的单位：各管各的人和件。"
    elif other.kind is UnitKind.DIVISION or other.level != unit.level:
        yield "successor", "要是同一级的单位。"
    elif {unit.kind, other.kind}.intersection(NARROW) and unit.kind is not other.kind:
        yield (
            "successor",
            "要是同一种的单位：乡镇只能和乡镇、公司只能和公司合并，不然看得到的会变多。",
        )
    elif other.closed_at is not None:
        yield "successor", "已经关闭，请选在用的单位。"
    elif (plan := live_plan(session, other.id)) and plan.kind is not PlanKind.RENAME:
        yield "successor", f"自己也正要{plan.kind_label}，不能再承接。"


def _is_awaited(session: Session, unit: Unit, besides: int | None) -> bool:
    coming = select(Reorganisation.id).where(
        Reorganisation.successor_id == unit.id,
        Reorganisation.state.in_(LIVE),
        Reorganisation.id != (besides or 0),
    )
    return session.scalar(coming.limit(1)) is not None


def live_plan(session: Session, unit_id: int) -> Reorganisation | None:
    return session.scalars(
        select(Reorganisation).where(
            Reorganisation.unit_id == unit_id, Reorganisation.state.in_(LIVE)
        )
    ).first()


def access_plan(
    session: Session, plan_id: int, actor: Actor, *, lock: bool = False
) -> Reorganisation:
    """Raises: PlanNotFound."""
    statement = (
        select(Reorganisation)
        .join(Reorganisation.unit)
        .where(Reorganisation.id == plan_id, in_subtree(scope_path(session, actor)))
    )
    if lock:
        statement = statement.with_for_update(of=Reorganisation)
        statement = statement.execution_options(populate_existing=True)
    plan = session.scalars(statement).first()
    if plan is None:
        raise PlanNotFound
    return plan


def reaches(session: Session, plan: Reorganisation, actor: Actor) -> bool:
    """Whether the actor looks after the successor, too, of a unit that he looks after."""
    other = plan.successor
    return other is None or other.path.startswith(scope_path(session, actor))


def list_plans(
    session: Session,
    actor: Actor,
    *,
    unit_id: int | None = None,
    cursor: str | None,
    limit: int = PAGE,
) -> Page[Reorganisation]:
    """The newest first; of one unit also those by which others came to it."""
    unit = aliased(Unit)
    statement = (
        select(Reorganisation, Reorganisation.id)
        .join(unit, unit.id == Reorganisation.unit_id)
        .where(in_subtree(scope_path(session, actor), unit))
        .options(
            selectinload(Reorganisation.unit),
            selectinload(Reorganisation.successor),
            selectinload(Reorganisation.proposed_by),
            selectinload(Reorganisation.confirmed_by),
        )
    )
    if unit_id is not None:
        mine = (Reorganisation.unit_id == unit_id) | (Reorganisation.successor_id == unit_id)
        statement = statement.where(mine)
    page = page_by_key(session, statement, key=(Reorganisation.id,), cursor=cursor, limit=limit)
    return page.map(lambda row: row[0])


def carried_out(session: Session, unit_id: int) -> Reorganisation | None:
    """By what it was merged or closed."""
    return session.scalars(
        select(Reorganisation)
        .where(
            Reorganisation.unit_id == unit_id,
            Reorganisation.state == PlanState.DONE,
            Reorganisation.kind != PlanKind.RENAME,
        )
        .order_by(Reorganisation.id.desc())
        .limit(1)
    ).first()
