"""Beside tickets: what is said, who is told, and what one was told oneself."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment
from app.tasks.copies import CopyRow, Told
from app.tickets.types import MAX_COMMENT, MAX_NOTE, MAX_TOLD, Linked

Names = Annotated[
    list[Annotated[str, Field(max_length=100)]],
    Field(max_length=MAX_TOLD, description="用户名；要在这件所属的县市，或者上级（GET /people?q）"),
]


class CommentBody(Body):
    text: str = Field(description=f"最多 {MAX_COMMENT} 个字；里面的号码会隐去中间")
    to: Names = Field(default=[])


class CopyBody(Body):
    to: Names
    text: str = Field(default="", description=f"附言，最多 {MAX_NOTE} 个字")


class LinkBody(Body):
    to: str = Field(min_length=1, max_length=100, description="另一件的编号")
    kind: Literal["previous", "supplement", "related"] = Field(
        default="related",
        description="它是本件的：previous 前一件，supplement 补充件，related 相关件",
    )


class UrgeBody(Body):
    text: str = Field(default="", description=f"对办理的人说的话，最多 {MAX_NOTE} 个字")


class ToldShape(Answer):
    """Somebody who was told of a ticket."""

    username: str
    name: str
    by: str = Field(description="谁抄送的")
    at: Moment
    text: str
    seen_at: Moment | None

    @classmethod
    def of(cls, told: Told) -> "ToldShape":
        return cls(
            username=told.username,
            name=told.name,
            by=told.by_name,
            at=told.at,
            text=told.note,
            seen_at=told.seen_at,
        )


class LinkShape(Answer):
    """Another ticket that this one is linked with; of one that the reader may not see, nothing."""

    id: int
    ticket: str
    title: str
    state: str
    kind: Literal["previous", "supplement", "related", "split"]
    turned: bool = Field(description="是在另一件上关联的：previous 就是后一件")
    label: str
    by: str = Field(description="谁关联的")
    at: Moment

    @classmethod
    def of(cls, one: Linked) -> "LinkShape":
        return cls(
            id=one.id,
            ticket=one.number,
            title=one.title,
            state=one.state.value,
            kind=one.kind.value,
            turned=one.is_turned,
            label=one.label,
            by=one.by_name,
            at=one.at,
        )


class CopyLine(Answer):
    """抄送我: a ticket that somebody else told of. It names no task: there is none."""

    ticket: str
    title: str
    process_title: str
    requester: str
    unit: str
    by: str = Field(description="谁抄送的")
    copied_at: Moment
    text: str
    seen_at: Moment | None
    over: bool = Field(description="这件已经结束")

    @classmethod
    def of(cls, row: CopyRow) -> "CopyLine":
        return cls(
            ticket=row.number,
            title=row.title,
            process_title=row.process_title,
            requester=row.requester_name,
            unit=row.unit_name,
            by=row.by_name,
            copied_at=row.at,
            text=row.note,
            seen_at=row.seen_at,
            over=row.is_over,
        )
