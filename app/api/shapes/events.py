"""The audit trail as the auditor reads it."""

from datetime import date

from pydantic import Field

from app.api.shapes.base import Answer, Answers, Moment, PageQuery, Query
from app.audit.models import Event


class EventsQuery(PageQuery):
    object: str = Field(default="", max_length=200, description="如 ticket:QX-CZY-2026-00001")
    actor: str = Field(default="", max_length=200, description="用户名或姓名")
    type: str = Field(default="", max_length=200)
    since: date | None = Field(default=None, alias="from", description="从这一天起（含）")
    until: date | None = Field(default=None, alias="to", description="到这一天止（含）")


class ChainQuery(Query):
    chain: str = Field(
        default="", max_length=200, description="如 ticket:QX-CZY-2026-00001；不给就查全部"
    )


class EventShape(Answer):
    chain: str
    seq: int
    at: Moment
    actor: str = Field(description="姓名；系统自己做的是“系统”")
    unit: str
    type: str
    object: str
    data: Answers
    via: str | None = Field(description="web、api、cli 或 job:名称；早先的记录没有")
    ip: str | None
    request_id: str | None = Field(description="请求的编号，和日志里的一样")
    acting_for: int | None = Field(description="代谁办理：人员的 id")
    result: str | None = Field(description="done refused failed")
    hash: str
    prev_hash: str

    @classmethod
    def of(cls, event: Event) -> "EventShape":
        return cls(
            chain=event.chain,
            seq=event.seq,
            at=event.at,
            actor=event.actor_name,
            unit=event.unit_name,
            type=event.kind,
            object=event.object,
            data=event.data,
            via=event.via,
            ip=event.ip,
            request_id=event.request_id,
            acting_for=event.acting_for,
            result=event.result,
            hash=event.hash.hex(),
            prev_hash=event.prev_hash.hex(),
        )


class BrokenEvent(Answer):
    chain: str
    seq: int


class ChainVerdict(Answer):
    whole: bool
    events: int
    first_break: BrokenEvent | None
