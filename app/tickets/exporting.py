"""Ticked rows of a list as a file: what the list shows, and an act that is on record (ADR 67)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock, sheets
from app.core.actor import Actor
from app.core.crypto import digest
from app.identity import terms
from app.tickets.queries import list_numbered
from app.tickets.types import NothingTicked, TicketNotFound, TicketRow

MOST = 200  # several pages of a list
TITLE = "办件清单"


@dataclass(frozen=True)
class Column:
    label: str
    kind: str = "text"


COLUMNS = (
    Column("编号", "ticket"),
    Column("事项", "ticket"),
    Column("业务"),
    Column("状态"),
    Column("申请单位", "ticket"),
    Column("申请人"),
    Column("第几次提交"),
    Column("现在到", "ticket"),
    Column("提交时间", "num"),
    Column("最近变化", "num"),
)


@dataclass(frozen=True)
class Export:
    name: str
    data: bytes


def export_tickets(
    session: Session, *, actor: Actor, now: datetime, numbers: Sequence[str]
) -> Export:
    """What the actor may not see is left out, and the file says how many those were.

    Raises: NothingTicked, TicketNotFound.
    """
    wanted = list(dict.fromkeys(numbers))
    if not 0 < len(wanted) <= MOST:
        raise NothingTicked
    rows = list_numbered(session, actor, wanted)
    if not rows:
        raise TicketNotFound
    moment = clock.local(now)
    data = sheets.as_xlsx(
        sheets.Sheet(
            TITLE, _notes(actor, moment, rows, wanted), COLUMNS, [_cells(row) for row in rows]
        )
    )
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="tickets.exported",
        object="tickets",
        data={"rows": len(rows), "sha256": digest(data)},
    )
    return Export(f"{TITLE}-{moment:%Y%m%d-%H%M}.xlsx", data)


def _notes(actor: Actor, moment: datetime, rows: Sequence[TicketRow], wanted: list[str]) -> str:
    demo = "演示数据，不是真人。" if terms.current().demo else ""
    left = len(wanted) - len(rows)
    out = f"另有 {left} 件不在查看范围内，没有导出。" if left else ""
    who = f"{actor.unit_name} {actor.name}"
    return f"{demo}导出：{who}，{moment:%Y-%m-%d %H:%M}；共 {len(rows)} 件。{out}"


def _cells(row: TicketRow) -> list[str]:
    return [
        row.number,
        row.title,
        row.process_title,
        row.state_label,
        row.unit_name,
        row.requester_name,
        str(row.submission),
        row.here_label,
        _stamp(row.submitted_at),
        _stamp(row.updated_at),
    ]


def _stamp(moment: datetime | None) -> str:
    return clock.local(moment).strftime("%Y-%m-%d %H:%M") if moment else ""
