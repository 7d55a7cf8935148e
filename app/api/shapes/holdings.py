"""Accounts, what they hold, and who administers them, as REST shows them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.access.types import AccountKind, AccountState
from app.api.shapes.base import Answer, Body, Moment, PageQuery, SearchQuery
from app.api.shapes.people import UnitShape
from app.holdings.types import (
    Administrator,
    Asked,
    Booked,
    Counts,
    County,
    Filters,
    Given,
    Holding,
    Portrait,
    UnitView,
    Waiting,
)

Word = Annotated[str, Field(max_length=100)]


class AccountsQuery(SearchQuery):
    q: Word = Field(default="", description="姓名的一部分；身份证号请用 POST /accounts/find")
    unit: Word = Field(default="", description="单位代码，含下级")
    subsystem: Word = Field(default="", description="现在有这个子系统的权限")
    post: Word = Field(default="", description="现在有这个岗位的权限")
    state: AccountState | None = None
    kind: AccountKind | None = None

    @property
    def filters(self) -> Filters:
        """Raises: Malformed."""
        given = self.model_dump(mode="json", exclude={"cursor", "limit"}, exclude_none=True)
        return Filters.parse(given)


class AdministratorsQuery(SearchQuery):
    q: Word = Field(default="", description="姓名的一部分")
    unit: Word = Field(default="", description="单位代码，含下级")
    kind: AccountKind | None = None


class HistoryQuery(PageQuery):
    """Of the rows of the books; their number is the house's."""


class IdNumberBody(Body):
    id_number: str = Field(max_length=30, description="完整的身份证号")


class GivenShape(Answer):
    subsystem: str
    subsystem_label: str
    post: str
    post_label: str
    since: Moment
    ticket: str
    row: int
    until: Moment | None = Field(description="收回的时间；空：现在还有")

    @classmethod
    def of(cls, given: Given) -> "GivenShape":
        return cls(
            subsystem=given.subsystem,
            subsystem_label=given.subsystem_label,
            post=given.post,
            post_label=given.post_label,
            since=given.since,
            ticket=given.ticket,
            row=given.row_no,
            until=given.until,
        )


class AccountShape(Answer):
    id: int
    name: str
    id_number: str = Field(description="已遮盖")
    phone: str = Field(description="已遮盖")
    unit: UnitShape
    kind: AccountKind
    state: AccountState
    opened_at: Moment
    closed_at: Moment | None
    ticket: str = Field(description="最近变动的申请")
    row: int
    at: Moment
    grants: list[GivenShape]

    @classmethod
    def of(cls, one: Holding) -> "AccountShape":
        return cls(
            id=one.id,
            name=one.name,
            id_number=one.id_number,
            phone=one.phone,
            unit=UnitShape(code=one.unit_code, name=one.unit_name),
            kind=one.kind,
            state=one.state,
            opened_at=one.opened_at,
            closed_at=one.closed_at,
            ticket=one.ticket,
            row=one.row_no,
            at=one.at,
            grants=[GivenShape.of(given) for given in one.grants],
        )


class AdministratorShape(Answer):
    person_id: int
    name: str
    unit: UnitShape
    kind: AccountKind
    since: Moment
    account: int | None = Field(description="管理员账户；空：还没有账户记录")

    @classmethod
    def of(cls, one: Administrator) -> "AdministratorShape":
        return cls(
            person_id=one.person_id,
            name=one.name,
            unit=UnitShape(code=one.unit_code, name=one.unit_name),
            kind=one.kind,
            since=one.since,
            account=one.account_id,
        )


class BookedShape(Answer):
    book: str
    year: int
    serial: int
    at: Moment
    act: str
    detail: str
    executor: str
    ticket: str
    row: int
    voided: bool

    @classmethod
    def of(cls, row: Booked) -> "BookedShape":
        return cls(
            book=row.book,
            year=row.year,
            serial=row.serial,
            at=row.at,
            act=row.act,
            detail=row.detail,
            executor=row.executor,
            ticket=row.ticket,
            row=row.row_no,
            voided=row.is_void,
        )


class AskedShape(Answer):
    number: str
    title: str
    state: str
    at: Moment

    @classmethod
    def of(cls, one: Asked) -> "AskedShape":
        return cls(number=one.number, title=one.title, state=one.state, at=one.at)


class WaitingShape(Answer):
    number: str
    title: str
    node: str
    since: Moment
    due_at: datetime | None

    @classmethod
    def of(cls, one: Waiting) -> "WaitingShape":
        return cls(
            number=one.number, title=one.title, node=one.node, since=one.since, due_at=one.due_at
        )


class PortraitShape(Answer):
    name: str
    id_number: str = Field(description="已遮盖")
    phone: str = Field(description="已遮盖")
    unit: UnitShape
    account: AccountShape | None
    roles: list[AdministratorShape]
    former: list[GivenShape] = Field(description="收回的权限，新的在前")
    history: list[BookedShape] = Field(description="台账里的行，新的在前")
    history_cursor: str | None = Field(description="台账下一页的 cursor")
    tickets: list[AskedShape] = Field(description="写到这个人、您能看的申请")
    waiting: list[WaitingShape] = Field(description="手上没有办的、您能看的")

    @classmethod
    def of(cls, one: Portrait) -> "PortraitShape":
        return cls(
            name=one.name,
            id_number=one.id_number,
            phone=one.phone,
            unit=UnitShape(code=one.unit_code, name=one.unit_name),
            account=AccountShape.of(one.account) if one.account else None,
            roles=[AdministratorShape.of(role) for role in one.roles],
            former=[GivenShape.of(given) for given in one.former],
            history=[BookedShape.of(row) for row in one.history.items],
            history_cursor=one.history.next_cursor,
            tickets=[AskedShape.of(ticket) for ticket in one.tickets],
            waiting=[WaitingShape.of(task) for task in one.waiting],
        )


class CountsShape(Answer):
    active: int = Field(description="在用账户")
    suspended: int = Field(description="停用账户")
    closed: int = Field(description="已注销的账户")
    grants: int = Field(description="现有权限的项数")
    requests: int = Field(description="没有办结的申请")

    @classmethod
    def of(cls, counts: Counts) -> "CountsShape":
        return cls(**vars(counts))


class LightShape(Answer):
    light: str = Field(description="ok 绿，soon 黄，late 红")
    words: str


class CountyShape(Answer):
    unit: UnitShape
    account_admins: list[AdministratorShape]
    permission_admins: list[AdministratorShape]
    pair: LightShape = Field(description="账户管理员的AB角")
    permissions: LightShape = Field(description="每个子系统的权限管理员")
    unserved: list[str] = Field(description="没有权限管理员的子系统")
    counts: CountsShape

    @classmethod
    def of(cls, one: County) -> "CountyShape":
        return cls(
            unit=UnitShape(code=one.code, name=one.name),
            account_admins=[AdministratorShape.of(admin) for admin in one.account_admins],
            permission_admins=[AdministratorShape.of(admin) for admin in one.permission_admins],
            pair=LightShape(light=one.pair.lamp.value, words=one.pair.words),
            permissions=LightShape(light=one.permissions.lamp.value, words=one.permissions.words),
            unserved=list(one.unserved),
            counts=CountsShape.of(one.counts),
        )


class BelowShape(Answer):
    unit: UnitShape
    counts: CountsShape


class UnitHoldingsShape(Answer):
    unit: UnitShape
    county: CountyShape = Field(description="办理这里的账户和权限的行政区划")
    counts: CountsShape = Field(description="连同下属单位")
    below: list[BelowShape]

    @classmethod
    def of(cls, one: UnitView) -> "UnitHoldingsShape":
        return cls(
            unit=UnitShape(code=one.code, name=one.name),
            county=CountyShape.of(one.county),
            counts=CountsShape.of(one.counts),
            below=[
                BelowShape(unit=UnitShape(code=code, name=name), counts=CountsShape.of(counts))
                for code, name, counts in one.below
            ],
        )
