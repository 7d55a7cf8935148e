"""What somebody was told."""

from typing import Annotated

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery
from app.notifications.types import Shown


class NotificationsQuery(PageQuery):
    unread: Annotated[bool, Field(description="只要未读的")] = False


class ReadBody(Body):
    until: int = Field(ge=0, lt=2**63, description="看到的最新一条的 id；以后新来的仍是未读")


class NotificationShape(Answer):
    id: int
    kind: str = Field(description="哪一种事，如 task.offered")
    label: str
    title: str
    text: str
    ticket: str | None = Field(description="说的是哪一件；空：不是办件的事")
    at: Moment
    read_at: Moment | None = Field(description="空：未读")

    @classmethod
    def of(cls, one: Shown) -> "NotificationShape":
        return cls(
            id=one.id,
            kind=one.kind,
            label=one.label,
            title=one.title,
            text=one.text,
            ticket=one.ticket,
            at=one.at,
            read_at=one.read_at,
        )


class UnreadShape(Answer):
    unread: int = Field(description="未读的条数；100 表示 99 条以上")
