"""What all shapes have in common."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from flask import Response
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from app.core import clock
from app.core.paging import Page
from app.core.sheets import XLSX
from app.web.downloads import attachment

T = TypeVar("T", bound="Answer")
R = TypeVar("R")

Moment = Annotated[
    datetime,
    PlainSerializer(lambda moment: clock.local(moment).isoformat(), when_used="json-unless-none"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Answers = dict[str, Any]


class Body(BaseModel):
    """A JSON body: exact types, no unknown names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Query(BaseModel):
    """Parameters behind the question mark."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class PageQuery(Query):
    cursor: Annotated[str | None, Field(description="上一页的 next_cursor", max_length=400)] = None
    limit: Annotated[int, Field(ge=1, le=200, description="每页条数")] = 50


class SearchQuery(PageQuery):
    q: Annotated[str, Field(max_length=100, description="要找的文字")] = ""


class ListQuery(SearchQuery):
    """What tasks and tickets alike are narrowed by; all of it combines."""

    process: Annotated[str, Field(max_length=200, description="流程的键")] = ""
    person: Annotated[str, Field(max_length=100, description="申请人，或表里写到的人的姓名")] = ""
    unit: Annotated[str, Field(max_length=100, description="申请单位名称的一部分，或单位代码")] = ""
    due: Literal["late", "soon", "later", "never"] | None = Field(
        default=None,
        description="late 已超期（红），soon 至多剩一个工作日（黄），later 绿，never 没有时限",
    )
    since: date | None = Field(default=None, alias="from", description="从这一天起（含）")
    until: date | None = Field(default=None, alias="to", description="到这一天止（含）")

    @property
    def words(self) -> dict[str, str]:
        """As an address says it."""
        given = self.model_dump(mode="json", by_alias=True, exclude={"cursor", "limit", "q", "box"})
        return {name: str(value) for name, value in given.items() if value}


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Items(Answer, Generic[T]):
    """A list. `next_cursor` leads to the next page and is null on the last."""

    items: list[T]
    next_cursor: str | None = None

    @classmethod
    def of(cls, page: Page[T]) -> "Items[T]":
        return cls(items=list(page.items), next_cursor=page.next_cursor)


@dataclass(frozen=True)
class Media:
    """An answer that is no JSON."""

    MEDIA: ClassVar[str] = "application/octet-stream"
    SCHEMA: ClassVar[dict[str, Any]] = {"type": "string", "format": "binary"}

    data: bytes
    name: str = ""
    etag: str | None = None

    def response(self) -> Response:
        response = (
            attachment(self.data, self.MEDIA, self.name)
            if self.name
            else Response(self.data, mimetype=self.MEDIA)
        )
        if self.etag:
            response.set_etag(self.etag)
        return response


@dataclass(frozen=True)
class Zip(Media):
    """Made while it leaves."""

    MEDIA = "application/zip"

    data: bytes = b""
    pieces: Iterator[bytes] = field(default_factory=lambda: iter(()))

    def response(self) -> Response:
        return attachment(self.pieces, self.MEDIA, self.name)


class Pdf(Media):
    MEDIA = "application/pdf"


class Xlsx(Media):
    MEDIA = XLSX


class Html(Media):
    MEDIA = "text/html"
    SCHEMA: ClassVar[dict[str, Any]] = {"type": "string"}


class JsonDocument(Media):
    MEDIA = "application/json"
    SCHEMA: ClassVar[dict[str, Any]] = {"type": "object"}


class ErrorItem(Answer):
    path: str = Field(description="从 answers 起的路径，如 people.0.id_number")
    code: str
    message: str


class Problem(BaseModel):
    """RFC 9457. `code` 不会改变，给程序用；`detail` 是给人看的话。"""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    current: str | None = Field(default=None, description="409：现在的状态")
    errors: list[ErrorItem] = Field(default=[], description="422：要改的地方")
    findings: list[dict[str, str]] = Field(
        default=[],
        description="422 definition_refused：检查流程图的全部结果，同 POST /processes/lint",
    )
