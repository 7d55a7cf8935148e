"""What is mended before 附件1 is judged: the order of rows that are about one person."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.access.administrators.types import AdminRow, read_admin_rows
from app.access.types import RowKind
from app.processes.registry import CheckContext


def row_order(
    _session: Session, _context: CheckContext, answers: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """注销 comes before 新增 of the same person (R3): rows the other way round change places."""
    first: dict[bytes, AdminRow] = {}
    people = list(answers.get("people") or [])
    notices = []
    for row in read_admin_rows(answers):
        before = first.setdefault(row.person_ref, row)
        if before is row or (before.kind, row.kind) != (RowKind.ADD, RowKind.CLOSE):
            continue
        here, there = before.no - 1, row.no - 1
        if isinstance(people[here], Mapping) and isinstance(people[there], Mapping):
            people[here], people[there] = people[there], people[here]
            notices.append(
                f"第{before.no}行和第{row.no}行{row.name}已经对调：同一个人先注销、后新增。"
            )
    return ({**answers, "people": people} if notices else answers), notices
