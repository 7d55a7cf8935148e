"""People and units as those who keep them read and change them over REST.

Nothing sealed leaves: of a phone number and an ID number only whether there is one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.administration.queries import Kept
from app.administration.types import KIND_LABELS, PositionRow, ProcessRow
from app.api.shapes.base import Answer, Body, Moment, SearchQuery
from app.api.shapes.people import UnitShape
from app.identity.models import Login, Unit, UnitName
from app.identity.staff import Member, state_of
from app.identity.types import POSITION_LABELS, LoginState, UnitKind

Name = Annotated[str, Field(max_length=200)]
Version = Annotated[int, Field(description="您看到的 version；已经有人改过就是 409")]
LAST = "YYYY-MM-DD，当天算在内；不给就没有期限"
KINDS = "、".join(f"{one.value} {label}" for one, label in KIND_LABELS.items())
GIVEN = "、".join(f"{one.value} {label}" for one, label in POSITION_LABELS.items())


class StaffQuery(SearchQuery):
    position: Annotated[str, Field(max_length=50, description="现在任这个岗位的")] = ""
    unit: Annotated[str, Field(max_length=50, description="单位代码，连同下属单位")] = ""


class SeenBody(Body):
    version: Version


class NewPersonBody(Body):
    name: Name
    unit: Name = Field(description="单位代码")
    username: Name
    phone: Name = ""
    id_number: Name = ""
    until: Name = Field(default="", description=f"登录的最后一天，{LAST}")
    positions: list[Name] = Field(
        default=[],
        max_length=20,
        description="在本单位任的岗位；账户、权限管理员和审计员不在这里任",
    )


class PersonBody(SeenBody):
    name: Name
    unit: Name = Field(description="单位代码；调动的人原来的岗位还在原单位，另行免去")
    phone: Name | None = Field(default=None, description='不给就不改，"" 就是去掉')


class LoginBody(SeenBody):
    username: Name
    until: Name = Field(default="", description=LAST)


class UntilBody(SeenBody):
    until: Name = Field(default="", description=LAST)


class PositionBody(SeenBody):
    position: Name = Field(description=GIVEN)
    unit: Name = Field(description="单位代码")
    since: Name = Field(default="", alias="from", description="YYYY-MM-DD；不给就从现在起")
    until: Name = Field(default="", alias="to", description=LAST)


class NewUnitBody(SeenBody):
    code: Name
    name: Name
    kind: Name = Field(description=KINDS)


class UnitNameBody(SeenBody):
    name: Name


class ProcessKeyBody(SeenBody):
    process: Name = Field(description="流程的 key")


class MemberShape(Answer):
    """One line of the list."""

    id: int
    name: str
    unit: str
    username: str | None
    login: str = Field(description="在用、已停用、已到期、还没有设密码、没有登录账号")
    positions: list[str]

    @classmethod
    def of(cls, one: Member) -> "MemberShape":
        return cls(
            id=one.id,
            name=one.name,
            unit=one.unit_name,
            username=one.username or None,
            login=one.login,
            positions=[f"{label}（{unit}）" if unit else label for label, unit in one.positions],
        )


class LoginShape(Answer):
    username: str
    state: str
    is_open: bool
    is_disabled: bool
    until: Moment | None = Field(description="从这一刻起不能登录")
    last_login_at: Moment | None

    @classmethod
    def of(cls, login: Login, now: datetime) -> "LoginShape":
        return cls(
            username=login.username,
            state=state_of(login, now),
            is_open=login.is_open(now),
            is_disabled=login.state is LoginState.DISABLED,
            until=login.valid_until,
            last_login_at=login.last_login_at,
        )


class HeldPositionShape(Answer):
    id: int
    position: str
    label: str
    unit: UnitShape
    starts_at: Moment
    ends_at: Moment | None
    state: str = Field(description="coming 还没有开始，held 现任，over 已经结束")
    note: str = Field(description="为什么不能在这里免去；可以的为空")

    @classmethod
    def of(cls, row: PositionRow) -> "HeldPositionShape":
        return cls(
            id=row.id,
            position=row.position.value,
            label=row.label,
            unit=UnitShape(code=row.unit_code, name=row.unit_name),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            state=row.state,
            note=row.note,
        )


class StaffShape(Answer):
    id: int
    version: int
    name: str
    unit: UnitShape
    has_phone: bool
    has_id_number: bool
    login: LoginShape | None
    positions: list[HeldPositionShape]
    code: str | None = Field(
        default=None, description="一次性代码：只在发出它的那次回答里，请直接交给本人"
    )

    @classmethod
    def of(
        cls, kept: Kept, positions: list[PositionRow], now: datetime, code: str | None
    ) -> "StaffShape":
        person = kept.person
        return cls(
            id=person.id,
            version=person.rev,
            name=person.name,
            unit=UnitShape(code=person.unit.code, name=person.unit.name),
            has_phone=person.phone is not None,
            has_id_number=person.id_index is not None,
            login=LoginShape.of(kept.login, now) if kept.login else None,
            positions=[HeldPositionShape.of(row) for row in positions],
            code=code,
        )


class FormerNameShape(Answer):
    name: str
    until: Moment


class KeptUnitShape(UnitShape):
    kind: UnitKind
    kind_label: str
    version: int
    people: int
    closed_at: Moment | None
    former_names: list[FormerNameShape] = Field(default=[], description="曾用名，新的在前")
    successor: str | None = Field(description="并入或者承接它的单位的代码")

    @classmethod
    def of(
        cls, unit: Unit, people: int, former: Sequence[UnitName] = (), successor: str | None = None
    ) -> "KeptUnitShape":
        return cls(
            code=unit.code,
            name=unit.name,
            kind=unit.kind,
            kind_label=KIND_LABELS[unit.kind],
            version=unit.rev,
            people=people,
            closed_at=unit.closed_at,
            former_names=[FormerNameShape(name=one.name, until=one.until) for one in former],
            successor=successor,
        )


class StartingShape(Answer):
    """A process that people begin, as it stands in one unit."""

    key: str
    title: str
    starters: str = Field(description="谁可以发起")
    hidden_by: str | None = Field(description="停止发起它的单位；空：可以发起")
    is_hidden_here: bool

    @classmethod
    def of(cls, row: ProcessRow) -> "StartingShape":
        return cls(
            key=row.key,
            title=row.title,
            starters=row.starters,
            hidden_by=row.hidden_by or None,
            is_hidden_here=row.is_hidden_here,
        )
