"""Imports of paper ledgers as REST takes and shows them."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment
from app.api.shapes.cover import Version
from app.api.shapes.people import UnitShape
from app.oldbooks.models import OldBook, OldBookRow

State = Literal["pending", "confirmed", "withdrawn"]
RowStateName = Literal["ready", "same", "refused", "conflict", "done"]


class OldBookConfirmBody(Body):
    version: Version = None


class OldBookWithdrawBody(Body):
    version: Version = None
    reason: str = Field(default="", max_length=1000)


class OldBookFault(Answer):
    column: str = Field(description="哪一列；整行的问题为空")
    message: str


class OldBookRowShape(Answer):
    row: int = Field(description="表格里的行号")
    name: str
    id_number: str = Field(description="遮盖后的身份证号，15 位的已经换成 18 位")
    unit: str
    said: str = Field(description="这一行办什么")
    state: RowStateName = Field(
        description="ready 可以导入，same 平台上已有、不用导入，refused 不能导入，"
        "conflict 冲突、不生效、限期整改，done 已经导入"
    )
    code: str = Field(
        description="原因的代码，如 exclusive_roles 兼任、duplicate 重复、not_eligible 单位不合、"
        "name_differs 姓名不一、other_division 不归本级；没有原因为空"
    )
    errors: list[OldBookFault]

    @classmethod
    def of(cls, row: OldBookRow) -> "OldBookRowShape":
        return cls(
            row=row.n,
            name=row.name,
            id_number=row.masked_id,
            unit=row.unit_name,
            said=row.said,
            state=row.state.value,
            code=row.code,
            errors=[OldBookFault(column=one, message=told) for one, told in row.faults],
        )


class OldBookShape(Answer):
    id: int
    number: str = Field(description="在台账里代替申请表编号")
    state: State
    division: UnitShape
    sha256: str = Field(description="上传的文件的摘要")
    rows_total: int
    ready: int = Field(description="可以导入的行，确认以后是已经导入的行")
    same: int
    refused: int
    conflicts: int
    uploaded_by: str = Field(description="姓名")
    uploaded_at: Moment
    confirmed_by: str
    confirmed_at: Moment | None
    withdrawn_by: str
    withdrawn_at: Moment | None
    withdrawn_reason: str
    tickets: list[str] = Field(description="因冲突上报的问题（限期整改）")
    untold: str = Field(description="问题报告没有发出的原因")
    version: int

    @classmethod
    def of(cls, one: OldBook) -> "OldBookShape":
        return cls.model_validate(facts_of(one))


class OldBookReport(OldBookShape):
    rows: list[OldBookRowShape] = Field(description="逐行的结果，和表格的先后一样")

    @classmethod
    def telling(cls, one: OldBook, rows: Iterable[OldBookRow]) -> "OldBookReport":
        told = [OldBookRowShape.of(row) for row in rows]
        return cls.model_validate({**facts_of(one), "rows": told})


def facts_of(one: OldBook) -> dict[str, Any]:
    names = (
        *("id", "number", "sha256", "ready", "same", "refused", "conflicts", "uploaded_at"),
        *("confirmed_at", "withdrawn_at", "withdrawn_reason", "tickets", "untold"),
    )
    return {name: getattr(one, name) for name in names} | {
        "state": one.state.value,
        "division": UnitShape(code=one.division.code, name=one.division.name),
        "rows_total": one.rows,
        "uploaded_by": one.uploaded_by.name,
        "confirmed_by": one.confirmed_by.name if one.confirmed_by else "",
        "withdrawn_by": one.withdrawn_by.name if one.withdrawn_by else "",
        "version": one.rev,
    }
