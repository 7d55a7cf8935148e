"""Files that go out: the empty sheet to fill, and the report on one that came in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.crypto import digest
from app.core.sheets import Sheet, as_xlsx
from app.identity import terms
from app.oldbooks.models import OldBook, OldBookRow
from app.oldbooks.queries import access_book, rows_of
from app.oldbooks.reading import LABELS
from app.oldbooks.service.checking import record
from app.oldbooks.types import MOST_ROWS, RowState

HELP = {
    "serial": "旧台账上的序号，可以不填",
    "on": "必填，写到日：2023-09-30、2023.9.30、2023年9月30日都可以",
    "unit": "必填，单位的全称或者代码，要归本级",
    "name": "必填，照身份证",
    "id_number": "必填，18 位；15 位的旧号会换成 18 位。这一列请设为文本",
    "phone": "创建账户的必填，手机号或座机号",
    "kind": "操作员、账户管理员或权限管理员；不填是操作员",
    "act": "账户行：创建、变更、停用、恢复或撤销；不填是创建",
    "subsystem": "权限行必填，申请表上的子系统名称；账户行不填",
    "post": "权限行必填，岗位角色名称；账户行不填",
    "change": "权限行：增或减；不填是增",
    "reason": "可以不填",
    "form": "旧申请表的编号，可以不填",
    "executor": "旧台账上的执行人，可以不填",
    "remark": "可以不填",
}
HEADS = ("行号", "姓名", "身份证号", "单位", "台账内容", "结果", "说明")


@dataclass(frozen=True)
class Column:
    label: str
    kind: str = "text"


@dataclass(frozen=True)
class File:
    name: str
    data: bytes


def columns() -> list[tuple[str, str]]:
    """(title, what to write there), in the order of the template."""
    return [(LABELS[name], HELP[name]) for name in LABELS]


def template() -> bytes:
    """One sheet for both ledgers: a line that names a subsystem is one of permissions."""
    notes = f"从第 4 行起每行一笔，最多 {MOST_ROWS} 行；填了子系统的是权限行，没有填的是账户行。"
    titles = [Column(LABELS[name]) for name in LABELS]
    return as_xlsx(Sheet("旧台账", notes, titles, ()))


def export(
    session: Session, *, actor: Actor, now: datetime, book_id: int, state: RowState | None = None
) -> File:
    """The report as a sheet, numbers of persons masked; that it was taken is on record.

    Raises: BookNotFound.
    """
    book = access_book(session, book_id, actor)
    rows = rows_of(session, book.id, *([state] if state else []))
    moment = clock.local(now)
    title = "旧台账冲突报告" if state is RowState.CONFLICT else "旧台账导入报告"
    data = as_xlsx(Sheet(title, _notes(book, actor, moment, len(rows)), _heads(), _lines(rows)))
    record(session, book, "old_book.exported", actor, now, taken=digest(data))
    return File(f"{title}-{book.id}-{moment:%Y%m%d-%H%M}.xlsx", data)


def _heads() -> list[Column]:
    return [Column(one) for one in HEADS]


def _notes(book: OldBook, actor: Actor, moment: datetime, count: int) -> str:
    demo = "演示数据，不是真人。" if terms.current().demo else ""
    by = book.confirmed_by.name if book.confirmed_by else "还没有确认"
    return (
        f"{demo}{book.number}，{book.division.name}；上传：{book.uploaded_by.name}，确认：{by}；"
        f"导出：{actor.name}，{moment:%Y-%m-%d %H:%M}；共 {count} 行。行号是上传的表格里的行号，"
        f"证件号码已遮盖。原文件摘要 {book.sha256}。"
    )


def _lines(rows: Sequence[OldBookRow]) -> Iterator[list[str]]:
    for row in rows:
        said = ("：".join(filter(None, fault)).rstrip("。") for fault in row.faults)
        told = "；".join(said)
        yield [
            str(row.n),
            row.name,
            row.masked_id,
            row.unit_name,
            row.said,
            row.state_label,
            told,
        ]
