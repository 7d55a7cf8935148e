"""Events of people as REST takes and shows them."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery, Query
from app.api.shapes.cover import Name, Version
from app.api.shapes.people import PersonShape, UnitShape
from app.core import crypto
from app.core.masking import masked
from app.personnel.models import PersonEventImport
from app.personnel.queries import EventRow
from app.personnel.types import KIND_LABELS, LEAVE_LABELS, EventKind, EventState
from forms import mask_text

Kind = Literal[
    "retirement", "resignation", "transfer", "leave", "investigation", "return", "arrival"
]
State = Literal["planned", "done", "over", "cancelled"]
Leave = Literal["sick", "maternity", "other"]
KINDS = "，".join(f"{kind.value} {label}" for kind, label in KIND_LABELS.items())
LEAVES = "，".join(f"{kind.value} {label}" for kind, label in LEAVE_LABELS.items())


class PersonEventBody(Body):
    kind: Name = Field(description=KINDS)
    person: Name = Field(default="", description="用户名；没有登录的人用身份证号")
    id_number: Name = Field(default="", description="18 位；15 位的旧号换成 18 位")
    name: Name = Field(default="", description="姓名，用来核对")
    date: Name = Field(description="YYYY-MM-DD，变动的日期；请假是第一天。过去的日期也可以")
    until: Name | None = Field(default=None, description="请假的最后一天；不给：不知道到哪天")
    leave: Name | None = Field(default=None, description=f"请假的种类：{LEAVES}")
    note: str = Field(default="", max_length=1000)

    @property
    def typed(self) -> dict[str, str]:
        return {name: value or "" for name, value in self.model_dump().items()}


class PersonEventCancelBody(Body):
    version: Version = None
    reason: str = Field(max_length=1000)


class PersonEventsQuery(PageQuery):
    kind: Annotated[Kind | None, Field(description=KINDS)] = None
    state: State | None = None
    q: Annotated[str, Field(max_length=100, description="姓名的一部分，或者完整的身份证号")] = ""

    @property
    def asked(self) -> tuple[EventKind | None, EventState | None]:
        return (
            EventKind(self.kind) if self.kind else None,
            EventState(self.state) if self.state else None,
        )


class PersonEventShape(Answer):
    id: int
    kind: Kind
    label: str
    name: str
    person: str = Field(description="用户名；没有登录的为空")
    id_number: str = Field(description="遮盖后的身份证号")
    unit: UnitShape
    date: dt.date
    since: dt.date = Field(description="请假连着算的第一天")
    until: dt.date | None
    leave: Leave | None
    note: str
    late: bool = Field(description="登记的时候日期已经过去")
    state: State
    due_on: dt.date | None = Field(description="哪天起要清理权限；空：不用清理")
    done_at: Moment | None
    tickets: list[str] = Field(description="它引起的办件")
    outcome: str
    file_by: dt.date | None = Field(description="管理员的变动：附件1要在这一天以前填报")
    ended_on: dt.date | None
    version: int
    entered_by: PersonShape
    entered_at: Moment
    cancelled_at: Moment | None
    cancelled_reason: str | None

    @classmethod
    def of(cls, row: EventRow) -> "PersonEventShape":
        event = row.event
        facts: dict[str, Any] = {
            name: getattr(event, name)
            for name in (
                *("id", "name", "note", "due_on", "done_at", "tickets", "outcome", "file_by"),
                *("ended_on", "entered_at", "cancelled_at", "cancelled_reason"),
            )
        }
        return cls.model_validate(
            facts
            | {
                "kind": event.kind.value,
                "label": KIND_LABELS[event.kind],
                "person": row.username,
                "id_number": mask_text(crypto.unseal(event.id_number).decode()),
                "unit": UnitShape(code=row.unit_code, name=row.unit_name),
                "date": event.on_day,
                "since": event.since_day,
                "until": event.until_day,
                "leave": event.leave.value if event.leave else None,
                "late": event.is_late,
                "state": event.state.value,
                "version": event.rev,
                "entered_by": PersonShape.of(row.entered_by),
            }
        )


class PersonImportQuery(Query):
    confirm: Annotated[bool, Field(description="true：检查以后马上登记能登记的行")] = False


class PersonImportFault(Answer):
    column: str = Field(description="哪一列；整行的问题为空")
    message: str


class PersonImportRow(Answer):
    row: int = Field(description="表格里的行号")
    name: str
    state: Literal["ready", "same", "refused", "done"] = Field(
        description="ready 可以登记，same 登记过，refused 不能登记，done 已经登记"
    )
    errors: list[PersonImportFault]
    event: int | None = Field(description="登记成的人员变动")
    tickets: list[str]

    @classmethod
    def of(cls, row: dict[str, Any]) -> "PersonImportRow":
        return cls(
            row=row["n"],
            name=masked(row["fields"].get("name", ""))[:50],
            state=row["state"],
            errors=[PersonImportFault(column=one, message=told) for one, told in row["errors"]],
            event=row.get("event"),
            tickets=row.get("tickets", []),
        )


class PersonImportReport(Answer):
    id: str
    kind: Literal["person-events"] = "person-events"
    state: Literal["checked", "done"]
    rows_total: int
    ready: int
    refused: int
    same: int
    done: int
    created_at: Moment
    confirmed_at: Moment | None
    rows: list[PersonImportRow] = Field(description="逐行的结果，和表格的先后一样")

    @classmethod
    def of(cls, found: PersonEventImport) -> "PersonImportReport":
        rows = found.report
        counts = {
            state: sum(row["state"] == state for row in rows)
            for state in ("ready", "refused", "same", "done")
        }
        return cls.model_validate(
            {
                "id": found.id,
                "state": "done" if found.confirmed_at else "checked",
                "rows_total": len(rows),
                **counts,
                "created_at": found.created_at,
                "confirmed_at": found.confirmed_at,
                "rows": [PersonImportRow.of(row) for row in rows],
            }
        )
