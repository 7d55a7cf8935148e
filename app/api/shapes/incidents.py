"""Incidents of tickets, and trying them again."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery
from app.core.masking import masked
from app.repairs.types import IncidentRow, Place, SameCause

Kind = Literal["act", "timer", "people", "outbox", "event"]


class IncidentsQuery(PageQuery):
    state: Annotated[
        Literal["open", "resolved", "all"], Field(description="默认只列还没有处理的")
    ] = "open"

    process: Annotated[str, Field(max_length=200, description="只列这项业务的")] = ""
    node: Annotated[str, Field(max_length=200, description="只列这个环节的")] = ""
    kind: Kind | None = None
    same: Annotated[
        int | None, Field(ge=1, le=2**63 - 1, description="只列和这条异常原因一样的，值是它的 id")
    ] = None


class RetryBody(Body):
    tries: Annotated[
        int | None, Field(ge=0, description="您看到的 tries；情况已经变了就答 409。不给就不比较")
    ] = None


class IncidentShape(Answer):
    id: int
    ticket: str
    title: str
    unit_name: str
    kind: Kind = Field(
        description="act：办理被撤销，要办理人再办一次；timer：到时自动办理；people：没有可以办理的人；"
        "outbox：生成、发送没有办成；event：等来的信号或消息没有办成"
    )
    node: str
    state: Literal["open", "resolved"]
    cause: str = Field(description="最近一次的原因；身份证号和电话已经遮住")
    tries: int = Field(description="人试过几次")
    created_at: Moment
    tried_at: Moment | None
    resolution: Literal["retried", "handed_back", "moved_on", "discarded", "repaired"] | None
    resolved_at: Moment | None

    @classmethod
    def of(cls, row: IncidentRow) -> "IncidentShape":
        incident = row.incident
        return cls(
            id=incident.id,
            ticket=row.number,
            title=row.title,
            unit_name=row.unit_name,
            kind=incident.kind.value,
            node=incident.node,
            state=incident.state.value,
            cause=incident.cause,
            tries=incident.tries,
            created_at=incident.created_at,
            tried_at=incident.tried_at,
            resolution=incident.resolution.value if incident.resolution else None,
            resolved_at=incident.resolved_at,
        )


class IncidentDetail(IncidentShape):
    """For administrators: what a technician needs. Empty for who only reads."""

    variables: dict[str, Any] = Field(description="出错时的流程变量；办件现在的在办件里")
    trace: str

    @classmethod
    def of_row(cls, row: IncidentRow, *, may_repair: bool) -> "IncidentDetail":
        incident = row.incident
        return cls(
            **IncidentShape.of(row).model_dump(),
            variables=(incident.variables or {}) if may_repair else {},
            trace=masked(incident.detail) if may_repair else "",
        )


class PlaceShape(Answer):
    process: str
    process_title: str
    node: str
    title: str
    count: int

    @classmethod
    def of(cls, place: Place) -> "PlaceShape":
        return cls(
            process=place.process,
            process_title=place.process_title,
            node=place.node,
            title=place.title,
            count=place.count,
        )


class CauseShape(Answer):
    cause: str
    count: int
    same: int = Field(description="放进 GET /incidents 的 same，列出这些")

    @classmethod
    def of(cls, found: SameCause) -> "CauseShape":
        return cls(cause=found.cause, count=found.count, same=found.one)


class IncidentCounts(Answer):
    """Open incidents within reach."""

    open: int
    by_node: list[PlaceShape]
    by_cause: list[CauseShape]
