"""Reads of the notices themselves: in pages, one for an act, those that speak of the same day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from app.calendar.days import DayKind
from app.calendar.judging import BELOW, told
from app.calendar.models import Notice, NoticeDay
from app.calendar.types import KIND_LABELS, Draft, NoticeNotFound, NoticeSource, NotYourLayer, Said
from app.core.actor import Actor
from app.core.errors import Fault
from app.core.paging import Page, page_by_key
from app.identity.layers import NATION, can_keep, is_seen
from app.identity.models import Unit
from app.identity.queries import people_by_ids, scope_path
from app.identity.types import PersonRef

PAGE = 50
Layer = aliased(Unit)
REPLACE = "这份通知是全年的安排，就勾选“代替系统自带的安排”；只是补充的，请去掉这一天。"
WITHDRAW = "请去掉这一天，或者先撤销那份通知，合成一份再录。"
HALF = f"请去掉这一天。{BELOW}"


@dataclass(frozen=True)
class NoticeRow:
    notice: Notice
    unit_code: str | None
    layer: str
    entered_by: PersonRef | None
    withdrawn_by: PersonRef | None
    may_withdraw: bool


def list_notices(
    session: Session,
    *,
    actor: Actor,
    year: int | None = None,
    unit: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[NoticeRow]:
    """Those of the nation, of the layers above the actor and of his scope; the latest year first.

    `unit`: the code of a layer.
    """
    key = [Notice.year, Notice.id]
    statement = _visible(session, actor)
    if year is not None:
        statement = statement.where(Notice.year == year)
    if unit:
        statement = statement.where(Layer.code == unit)
    page = page_by_key(session, statement.add_columns(*key), key=key, cursor=cursor, limit=limit)
    return Page(tuple(_rows(session, actor, page.items)), page.next_cursor)


def notice_row(session: Session, actor: Actor, notice_id: int) -> NoticeRow:
    """Raises: NoticeNotFound."""
    found = session.execute(_visible(session, actor).where(Notice.id == notice_id)).all()
    if not found:
        raise NoticeNotFound
    return _rows(session, actor, found)[0]


def days_of(session: Session, notice_ids: Sequence[int]) -> dict[int, list[Said]]:
    """Also of those that were withdrawn; in order."""
    rows = session.execute(
        select(NoticeDay.notice_id, NoticeDay.day, NoticeDay.kind, NoticeDay.name)
        .where(NoticeDay.notice_id.in_(notice_ids))
        .order_by(NoticeDay.notice_id, NoticeDay.day)
    )
    found: dict[int, list[Said]] = {notice_id: [] for notice_id in notice_ids}
    for notice_id, day, kind, name in rows:
        found[notice_id].append(Said(day, kind, name))
    return found


def _visible(session: Session, actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(Notice, Layer.code, Layer.name, Layer.path)
        .outerjoin(Layer, Layer.id == Notice.unit_id)
        .where(or_(Notice.unit_id.is_(None), is_seen(actor, scope_path(session, actor), Layer)))
    )


def _rows(session: Session, actor: Actor, found: Sequence[Any]) -> list[NoticeRow]:
    scope = scope_path(session, actor)
    notices: list[Notice] = [row[0] for row in found]
    ids = {
        person
        for notice in notices
        for person in (notice.entered_by_id, notice.withdrawn_by_id)
        if person is not None
    }
    names = people_by_ids(session, ids) if ids else {}
    return [
        NoticeRow(
            notice,
            code,
            name or NATION,
            names.get(notice.entered_by_id or 0),
            names.get(notice.withdrawn_by_id or 0),
            notice.withdrawn_at is None and can_keep(actor, scope, path),
        )
        for notice, code, name, path in (row[:4] for row in found)
    ]


def access_notice(
    session: Session,
    notice_id: int,
    actor: Actor,
    rule: Callable[[Actor, str, str | None], bool],
) -> tuple[Notice, str]:
    """Locked, with the name of its layer. Raises: NoticeNotFound, NotYourLayer."""
    found = session.execute(
        _visible(session, actor).where(Notice.id == notice_id).with_for_update(of=Notice)
    ).first()
    if found is None:
        raise NoticeNotFound
    notice, _, name, path = found
    if not rule(actor, scope_path(session, actor), path):
        raise NotYourLayer
    return notice, name or NATION


def find_library(session: Session, year: int) -> Notice | None:
    """What the program came with for a year, whether it stands or not."""
    return session.scalars(
        select(Notice).where(
            Notice.unit_id.is_(None), Notice.source == NoticeSource.LIBRARY, Notice.year == year
        )
    ).first()


def clashing(session: Session, draft: Draft) -> list[Fault]:
    """Days of which another notice of the same layer speaks already."""
    rows = session.execute(
        select(NoticeDay.day, NoticeDay.kind, Notice.number, Notice.source)
        .join(Notice, Notice.id == NoticeDay.notice_id)
        .where(
            NoticeDay.stands,
            NoticeDay.unit_id.is_not_distinct_from(draft.unit_id),
            NoticeDay.day.in_([one.day for one in draft.days]),
        )
        .order_by(NoticeDay.day)
    ).all()
    kinds = {one.day: one.kind for one in draft.days}
    return [_clash(*row, kinds[row[0]]) for row in rows]


def _clash(day: date, kind: DayKind, number: str, source: NoticeSource, wanted: DayKind) -> Fault:
    said = "也是" if kind is wanted else "却是"
    if kind is not wanted and DayKind.HALF in (kind, wanted):
        way = HALF
    else:
        way = REPLACE if source is NoticeSource.LIBRARY else WITHDRAW
    message = f"{told(day)}在“{number}”里{said}{KIND_LABELS[kind]}，同一级对一天只能说一次。{way}"
    return Fault(wanted.value, "clash", message)
