"""The address book of an area."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery
from app.api.shapes.people import PersonShape, UnitShape
from app.messaging.types import UNKNOWN_OPERATOR
from app.phonebook import asking
from app.phonebook.listing import EntryRow, ImportRow
from app.phonebook.models import PhoneFinding
from app.phonebook.types import Chosen

Kind = Literal["person", "employer"]
Source = Literal[
    "hall", "platform", "portal", "declared", "app", "wechat", "kiosk", "medical", "other"
]
Operator = Literal["mobile", "unicom", "telecom", "unknown"]
Verification = Literal["none", "in_person", "called", "code"]
Verified = Literal["none", "in_person", "called", "code", "verified"]
State = Literal["active", "wrong", "stopped"]
Version = Annotated[int, Field(description="看到的版本")]
SOURCES_TOLD = (
    "hall 服务大厅，platform 基层平台，portal 网上服务大厅，declared 网上申报，app 手机APP，"
    "wechat 微信公众号，kiosk 自助终端，medical 定点医药机构，other 其他"
)


class PhoneEntriesQuery(PageQuery):
    kind: Kind | None = None
    source: Source | None = Field(default=None, description=SOURCES_TOLD)
    operator: Operator | None = None
    verification: Verified | None = Field(
        default=None, description="verified：不论用哪种办法核实过的"
    )
    state: State | None = None
    group: str = Field(default="", max_length=100)
    name: str = Field(default="", max_length=100, description="姓名或单位名称的开头")

    @property
    def chosen(self) -> Chosen:
        words = self.model_dump(exclude={"cursor", "limit"}, exclude_none=True)
        return asking.chosen_of(words)


class PhoneBody(Body):
    phone: str = Field(max_length=30, description="整个手机号；不写在地址里")


class _EntryBody(Body):
    kind: Kind = Field(description="person 个人，employer 单位")
    name: str = Field(max_length=200)
    operator: Operator = Field(default="unknown", description="不要照号段猜")
    area: str = Field(
        default="", max_length=100, description="区市的代码或名称；只有一个的可以不填"
    )
    source: Source = Field(description=SOURCES_TOLD)
    collected_on: str = Field(max_length=20, description="YYYY-MM-DD，不晚于今天")
    verification: Verification = Field(
        default="none", description="none 未核实，in_person 当面，called 电话，code 短信验证码"
    )
    verified_on: str = Field(default="", max_length=20, description="核实过的必填")
    group_name: str = Field(default="", max_length=200)

    @property
    def given(self) -> dict[str, str]:
        """As a page would send it."""
        values = self.model_dump(mode="json", exclude={"version"})
        return {name: str(value) for name, value in values.items()}


class PhoneEntryBody(_EntryBody):
    phone: str = Field(max_length=30)


class PhoneChangeBody(_EntryBody):
    version: Version
    phone: str = Field(default="", max_length=30, description="空：不改")


class PhoneMarkBody(Body):
    version: Version
    state: State = Field(description="active 在用，wrong 错号，stopped 停用")
    reason: str = Field(max_length=200, description="2 到 200 个字")


class PhoneEntryShape(Answer):
    id: int
    version: int
    kind: Kind
    name: str
    phone: str = Field(description="只有头三位和后四位")
    operator: Operator
    area: UnitShape
    source: Source
    collected_on: date
    verification: Verification
    verified_on: date | None
    group_name: str
    state: State
    state_at: Moment | None
    state_reason: str
    wrong_in: str | None = Field(description="回执说是空号的那次发送的申请")
    made_by: PersonShape
    made_at: Moment

    @classmethod
    def of(cls, row: EntryRow) -> "PhoneEntryShape":
        one = row.entry
        return cls.model_validate(
            {
                "id": one.id,
                "version": one.rev,
                "kind": one.kind.value,
                "name": one.name,
                "phone": row.phone,
                "operator": one.operator.value if one.operator else UNKNOWN_OPERATOR,
                "area": UnitShape(code=row.area_code, name=row.area),
                "source": one.source.value,
                "collected_on": one.collected_on,
                "verification": one.verification.value,
                "verified_on": one.verified_on,
                "group_name": one.group_name,
                "state": one.state.value,
                "state_at": one.state_at,
                "state_reason": one.state_reason,
                "wrong_in": one.wrong_in,
                "made_by": PersonShape.of(row.made_by),
                "made_at": one.made_at,
            }
        )


class PhoneImportShape(Answer):
    id: int
    sheet: str = Field(description="上传的文件名")
    read: int = Field(description="读入几行")
    taken: int = Field(description="收进通讯录几个")
    by: PersonShape
    at: Moment

    @classmethod
    def of(cls, row: ImportRow) -> "PhoneImportShape":
        one = row.batch
        return cls(
            id=one.id,
            sheet=row.sheet,
            read=one.read_count,
            taken=one.taken_count,
            by=PersonShape.of(row.by),
            at=one.at,
        )


class PhoneFindingShape(Answer):
    row: int = Field(description="上传的表格里的行号")
    column: str
    code: str
    message: str

    @classmethod
    def of(cls, one: PhoneFinding) -> "PhoneFindingShape":
        return cls(row=one.row, column=one.column_title, code=one.code, message=one.message)
