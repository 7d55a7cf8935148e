"""Incidents of tickets, and trying them again."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery
from app.repairs.types import IncidentRow


class IncidentsQuery(PageQuery):
    state: Annotated[
        Literal["open", "resolved", "all"], Field(description="默认只列还没有处理的")
    ] = "open"


class RetryBody(Body):
    tries: Annotated[
        int | None, Field(ge=0, description="您看到的 tries；情况已经变了就答 409。不给就不比较")
    ] = None


class IncidentShape(Answer):
    id: int
    ticket: str
    title: str
    unit_name: str
    kind: Literal["act", "timer", "people", "outbox"] = Field(
        description="act：办理被撤销，要办理人再办一次；timer：到时自动办理；people：没有可以办理的人；"
        "outbox：生成、发送没有办成"
    )
    node: str
    state: Literal["open", "resolved"]
    cause: str = Field(description="最近一次的原因；身份证号和电话已经遮住")
    tries: int = Field(description="人试过几次")
    created_at: Moment
    tried_at: Moment | None
    resolution: Literal["retried", "handed_back", "moved_on", "discarded"] | None
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
