"""Managed systems, what posts may do there, and what was pushed there."""

from datetime import date

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery
from app.managed.types import (
    PostRow,
    PushRow,
    PushState,
    SubsystemRow,
    SystemRow,
    TemplateKind,
    TemplateRow,
)


class ManagedSystemShape(Answer):
    key: str
    label: str
    pushed: bool = Field(description="办好的自动推送到这个系统；否则由管理员人工办理")

    @classmethod
    def of(cls, one: SystemRow) -> "ManagedSystemShape":
        return cls(key=one.key, label=one.label, pushed=one.is_pushed)


class PermissionShape(Answer):
    permission: str
    remark: str


class TemplateShape(Answer):
    kind: TemplateKind
    permissions: list[PermissionShape] = Field(description="从生效日期起岗位的全部权限")
    valid_from: date
    valid_to: date | None
    ticket: str
    at: Moment

    @classmethod
    def of(cls, one: TemplateRow) -> "TemplateShape":
        return cls(
            kind=one.kind,
            permissions=[
                PermissionShape(permission=each.permission, remark=each.remark)
                for each in one.permissions
            ],
            valid_from=one.valid_from,
            valid_to=one.valid_to,
            ticket=one.ticket,
            at=one.at,
        )


class PostShape(Answer):
    post: str
    label: str
    count: int = Field(description="查看范围内现在担任这个岗位的账户")
    template: TemplateShape | None = Field(description="今天有效的；没有设置或者已经停用的为空")
    history: list[TemplateShape] = Field(description="最近的，新的在前")

    @classmethod
    def of(cls, one: PostRow) -> "PostShape":
        return cls(
            post=one.post,
            label=one.label,
            count=one.count,
            template=TemplateShape.of(one.now) if one.now else None,
            history=[TemplateShape.of(each) for each in one.history],
        )


class SubsystemShape(Answer):
    subsystem: str
    label: str
    posts: list[PostShape]

    @classmethod
    def of(cls, one: SubsystemRow) -> "SubsystemShape":
        return cls(
            subsystem=one.subsystem,
            label=one.label,
            posts=[PostShape.of(each) for each in one.posts],
        )


class CatalogueShape(Answer):
    system: ManagedSystemShape
    subsystems: list[SubsystemShape]


class PushesQuery(PageQuery):
    system: str = Field(default="", max_length=100)
    state: PushState | None = None


class RetryPushBody(Body):
    retries: int = Field(description="页面上看到的 retries")


class ByHandBody(Body):
    why: str = Field(max_length=500, description="谁在系统里办的，为什么人工办")


class PushShape(Answer):
    id: int
    system: str
    act: str
    permission: str
    account_id: int
    name: str
    ticket: str
    row: int
    state: PushState
    stuck: bool = Field(description="等人重试，或者人工办理")
    at: Moment
    over_at: Moment | None
    tries: int
    retries: int
    error: str
    by: str = Field(description="记下人工办理的人")
    why: str

    @classmethod
    def of(cls, one: PushRow) -> "PushShape":
        return cls(
            id=one.id,
            system=one.system,
            act=one.act_label,
            permission=one.what,
            account_id=one.account_id,
            name=one.name,
            ticket=one.ticket,
            row=one.row_no,
            state=one.state,
            stuck=one.is_stuck,
            at=one.at,
            over_at=one.over_at,
            tries=one.tries,
            retries=one.retries,
            error=one.error,
            by=one.by,
            why=one.why,
        )
