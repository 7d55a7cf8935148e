"""Filed templates, lists of recipients, and numbers that get nothing."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from app.api.shapes import phonebook
from app.api.shapes.base import Answer, Body, Moment, PageQuery, Query
from app.api.shapes.people import PersonShape, UnitShape
from app.messaging.audience.types import Block
from app.messaging.queries import InUse
from app.messaging.text import templates
from app.messaging.types import word_of
from app.phonebook import asking
from app.phonebook.types import Chosen
from app.recipients.listing import BlockRow, ListRow, Masked
from app.recipients.models import ListFinding

Kind = Literal["refused", "blacklisted", "wrong_number"]


class BlankShape(Answer):
    name: str
    example: str
    longest: int = Field(description="最长字数，生僻字和表情算两个")


class FiledShape(Answer):
    template: str = Field(description="模板编号：它的申请表的编号")
    name: str
    purpose: Literal["triggered", "directed", "publicity", "subscription"]
    text: str = Field(description="签名和正文，变量写作 ${名称}")
    variables: list[BlankShape]
    units: int = Field(description="连签名最长几个字")
    segments: int = Field(description="每人最多按几条计费")
    filings: dict[str, str] = Field(description="各运营商的备案号：mobile、unicom、telecom")
    serves: dict[str, str] = Field(
        description="给各运营商的号码用哪一版，模板编号：mobile、unicom、telecom，"
        "unknown 是运营商不详的号码；没有列出的不能发"
    )

    @classmethod
    def of(cls, filed: InUse) -> "FiledShape":
        one = filed.newest
        extent = one.extent
        return cls(
            template=one.ticket,
            name=one.name,
            purpose=one.purpose.value,
            text=templates.shown(one.signature, one.body),
            variables=[
                BlankShape(name=blank.name, example=blank.example, longest=blank.longest)
                for blank in one.blanks
            ],
            units=extent.units,
            segments=extent.segments,
            filings={operator.value: number for operator, number in one.filings.items()},
            serves={word_of(operator): found.ticket for operator, found in filed.versions.items()},
        )


class RecipientListQuery(Query):
    template: Annotated[
        str, Field(max_length=40, description="模板编号，见 GET /message-templates")
    ]


class RecipientListFromBookBody(Body):
    template: str = Field(max_length=40, description="模板编号，见 GET /message-templates")
    kind: Literal["person", "employer"] | None = None
    source: phonebook.Source | None = Field(default=None, description=phonebook.SOURCES_TOLD)
    verification: phonebook.Verified | None = Field(
        default=None, description="verified：不论用哪种办法核实过的"
    )
    group: str = Field(default="", max_length=100, description="分组的名称，一字不差")

    @property
    def chosen(self) -> Chosen:
        return asking.chosen_of(self.model_dump(exclude={"template"}, exclude_none=True))


class RecipientListShape(Answer):
    id: int
    number: str = Field(description="名单编号，申请信息发送时填它")
    template: str
    unit: UnitShape
    funnel: dict[str, int] = Field(
        description="read 读入，faulty 有问题，duplicate 重复，refused 退订，blacklisted 黑名单，"
        "wrong_number 空号，kept 可发送"
    )
    areas: dict[str, int] = Field(description="各区市几人")
    operators: dict[str, int] = Field(
        description="各运营商几人：mobile、unicom、telecom，unknown 不详"
    )
    people: int
    segments: int = Field(description="计费条数")
    price: Decimal | None = Field(description="每条几元；没有设置短信网关的为空")
    cost: Decimal | None
    sheet: str = Field(description="上传的文件名；从通讯录选的，是选的条件")
    made_by: PersonShape
    made_at: Moment
    used_by: str | None = Field(description="用它的发送申请")

    @classmethod
    def of(cls, row: ListRow) -> "RecipientListShape":
        return cls(
            id=row.list.id,
            number=row.list.number,
            template=row.template.ticket,
            unit=UnitShape(code=row.unit_code, name=row.unit_name),
            funnel=row.list.funnel,
            areas=dict(row.areas),
            operators={key: one["people"] for key, one in row.list.versions.items()},
            people=row.list.kept,
            segments=row.list.segments,
            price=row.price,
            cost=row.cost,
            sheet=row.sheet,
            made_by=PersonShape.of(row.made_by),
            made_at=row.list.made_at,
            used_by=row.list.used_by,
        )


class ListFindingShape(Answer):
    row: int = Field(description="上传的表格里的行号；从通讯录选的，是通讯录里那一条的 id")
    column: str
    code: str
    message: str

    @classmethod
    def of(cls, one: ListFinding) -> "ListFindingShape":
        return cls(row=one.row, column=one.column_title, code=one.code, message=one.message)


class RecipientShape(Answer):
    n: int
    phone: str = Field(description="只有头三位和后四位")
    area: str
    operator: str = Field(description="mobile、unicom、telecom，unknown 不详")
    segments: int

    @classmethod
    def of(cls, one: Masked) -> "RecipientShape":
        operator = word_of(one.operator)
        return cls(
            n=one.n, phone=one.phone, area=one.area, operator=operator, segments=one.segments
        )


class BlocksQuery(PageQuery):
    kind: Kind | None = None


class BlockBody(Body):
    phone: str = Field(max_length=20)
    kind: Kind = Field(description="refused 退订，blacklisted 黑名单，wrong_number 空号")
    source: str = Field(max_length=200, description="原因，2 到 200 个字")


class LiftBody(Body):
    reason: str = Field(max_length=200, description="2 到 200 个字")


class BlockShape(Answer):
    id: int
    phone: str = Field(description="只有头三位和后四位")
    kind: Kind
    source: str
    since: Moment
    by: PersonShape | None = Field(description="空：系统，因为本人回复了退订")

    @classmethod
    def of(cls, row: BlockRow) -> "BlockShape":
        return cls.model_validate(
            {
                "id": row.block.id,
                "phone": row.phone,
                "kind": Block(row.block.kind).value,
                "source": row.block.source,
                "since": row.block.since,
                "by": PersonShape.of(row.by) if row.by else None,
            }
        )
