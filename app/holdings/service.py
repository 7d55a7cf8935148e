"""Taking the list out of the house as a file, an act that is on record (ADR 67); adding up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock, sheets
from app.core.actor import Actor
from app.core.crypto import digest
from app.holdings.models import HoldingCount
from app.holdings.queries import list_accounts
from app.holdings.types import Export, Filters, Holding, TooManyAccounts
from app.identity import terms
from app.identity.region import read_region

EXPORT_ROWS = 10_000
BATCH = 500
TITLE = "账户与权限清单"
CSV = "text/csv"
FORMATS: dict[str, tuple[str, Callable[[sheets.Sheet], bytes]]] = {
    "xlsx": (sheets.XLSX, sheets.as_xlsx),
    "csv": (CSV, sheets.as_csv),
}


@dataclass(frozen=True)
class Column:
    label: str
    kind: str = "text"


COLUMNS = (
    Column("姓名"),
    Column("身份证号", "num"),
    Column("联系方式", "num"),
    Column("单位", "ticket"),
    Column("账户类型"),
    Column("账户状态"),
    Column("子系统", "ticket"),
    Column("岗位角色"),
    Column("授予时间", "num"),
    Column("申请表编号及行号", "ticket"),
)


def export_accounts(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    filters: Filters,
    kind: str = "xlsx",
    limit: int = EXPORT_ROWS,
) -> Export:
    """All accounts that the list would show, a line for each post held, masked as there.

    Raises: TooManyAccounts.
    """
    found = _every(session, actor, filters, limit)
    rows = [cells for one in found for cells in _lines(one)]
    moment = clock.local(now)
    media, written = FORMATS[kind]
    data = written(
        sheets.Sheet(TITLE, _notes(session, actor, moment, filters, len(found)), COLUMNS, rows)
    )
    made = Export(f"{TITLE}-{moment:%Y%m%d-%H%M}.{kind}", data, media, len(rows), digest(data))
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="holdings.exported",
        object="holdings",
        data={
            "title": TITLE,
            "rows": made.rows_count,
            "sha256": made.sha256,
            "format": kind,
            **filters.as_facts(),
        },
    )
    return made


def add_up_counts(session: Session) -> None:
    """One row a unit and post again. In one statement, so that whoever reads sees the same sums."""
    kept, sums = ("unit_id", "subsystem", "post"), ("active", "suspended", "closed", "grants")
    columns = HoldingCount.__table__.c
    gone = delete(HoldingCount).returning(*(columns[name] for name in (*kept, *sums))).cte("gone")
    each = [gone.c[name] for name in kept]
    added = select(*each, *(func.sum(gone.c[name]) for name in sums)).group_by(*each)
    session.execute(insert(HoldingCount).from_select([*kept, *sums], added))


def _every(session: Session, actor: Actor, filters: Filters, limit: int) -> list[Holding]:
    found: list[Holding] = []
    cursor: str | None = None
    while True:
        page = list_accounts(session, actor=actor, filters=filters, cursor=cursor, limit=BATCH)
        found += page.items
        if len(found) > limit:
            raise TooManyAccounts(limit)
        cursor = page.next_cursor
        if cursor is None:
            return found


def _lines(one: Holding) -> Iterator[list[str]]:
    person = [
        *(one.name, one.id_number, one.phone, one.unit_name, one.kind_label, one.state_label),
    ]
    for given in one.grants:
        since = clock.local(given.since).strftime("%Y-%m-%d %H:%M")
        source = f"{given.ticket}-{given.row_no}"
        yield [*person, given.subsystem_label, given.post_label, since, source]
    if not one.grants:
        yield [*person, "没有", "", "", f"{one.ticket}-{one.row_no}"]


def _notes(session: Session, actor: Actor, moment: datetime, filters: Filters, count: int) -> str:
    region = read_region(session)
    labels = {
        one.value: one.label for key in ("subsystems", "posts") for one in region.entries(key)
    }
    demo = "演示数据，不是真人。" if terms.current().demo else ""
    return (
        f"{demo}导出：{actor.unit_name} {actor.name}，{moment:%Y-%m-%d %H:%M}；"
        f"范围：{filters.in_words(labels)}；共 {count} 个账户。证件号码和手机号已遮盖。"
    )
