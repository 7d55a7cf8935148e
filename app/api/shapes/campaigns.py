"""发送: one of them with its figures, and what became of each number."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar

from flask import Request
from pydantic import Field
from werkzeug.exceptions import UnsupportedMediaType

from app.api.shapes.base import Answer, Body, Moment, PageQuery
from app.messaging.channels.states import Reason
from app.sendings.listing import DeliveryRow, ReplyRow, SendingRow
from app.sendings.service.pushing import Heard
from app.sendings.types import DeliveryState, SendingState

Reasoned = Annotated[str, Field(max_length=2000, description="原因，2 到 500 个字")]
Version = Annotated[int, Field(description="看到的 version；变了就是别人先办了")]


class CampaignsQuery(PageQuery):
    state: SendingState | None = Field(default=None, description="只要这个状态的")


class DeliveriesQuery(PageQuery):
    state: DeliveryState | None = Field(default=None, description="只要这个状态的")


class SteerBody(Body):
    version: Version
    reason: Reasoned


class ResumeBody(Body):
    version: Version


class RepliesQuery(PageQuery):
    campaign: int | None = Field(default=None, ge=1, le=2**63 - 1, description="只要这次发送的")


@dataclass(frozen=True)
class SignedNews:
    """JSON with its signature, both as they came: the signature is of the bytes."""

    MEDIA: ClassVar[str] = "application/json"
    LIMIT: ClassVar[int] = 2**18

    headers: Mapping[str, str]
    data: bytes

    @classmethod
    def read(cls, asked: Request) -> "SignedNews":
        """Raises: RequestEntityTooLarge, UnsupportedMediaType."""
        if asked.mimetype != cls.MEDIA:
            raise UnsupportedMediaType
        headers = {name.lower(): value for name, value in asked.headers.items()}
        return cls(headers, asked.get_data())

    @classmethod
    def schema(cls) -> dict[str, Any]:
        row = {"type": "object"}
        told = {"type": "array", "items": row, "maxItems": 500}
        return {
            "type": "object",
            "description": "照运维手册“短信网关”，签名在请求头里（Standard Webhooks）",
            "properties": {"receipts": told, "replies": told},
        }


class HeardShape(Answer):
    receipts: int = Field(description="读懂的回执")
    new_receipts: int = Field(description="其中有新内容的；重复的、晚到的不算")
    changed: int = Field(description="因此变了状态的短信")
    replies: int = Field(description="读懂的回复")
    new_replies: int = Field(description="其中第一次来的")
    unreadable: list[str] = Field(description="读不懂的在哪里，如 receipts.3")

    @classmethod
    def of(cls, heard: Heard) -> "HeardShape":
        return cls(**{**asdict(heard), "unreadable": list(heard.unreadable)})


class ReplyShape(Answer):
    id: int
    phone: str = Field(description="遮住中间四位")
    text: str
    is_refusal: bool = Field(description="已经登记为退订")
    campaign: int | None
    ticket: str
    unit: str
    at: Moment

    @classmethod
    def of(cls, row: ReplyRow) -> "ReplyShape":
        one = row.reply
        return cls(
            id=one.id,
            phone=row.phone,
            text=row.text,
            is_refusal=one.is_refusal,
            campaign=one.sending_id,
            ticket=row.ticket,
            unit=row.unit,
            at=one.at,
        )


class TallyShape(Answer):
    state: DeliveryState
    reason: Reason | None = Field(description="没有送达或者不收的原因")
    messages: int
    segments: int
    billed: int = Field(description="计费条数")


class CampaignShape(Answer):
    id: int
    ticket: str
    unit: str
    template: str
    gateway: str
    state: SendingState
    reason: str = Field(description="上次暂停、停止的原因")
    version: int
    recipients: int
    segments: int
    rate: int = Field(description="一秒最多几条，0 不限")
    price: str = Field(description="一条多少元")
    cost: str = Field(description="已计费用，元")
    tallies: list[TallyShape] = Field(description="各状态的条数，加起来是全部号码")
    not_before: Moment
    opened_at: Moment
    started_at: Moment | None
    ended_at: Moment | None
    asked_at: Moment | None = Field(description="上次有人请网关查询未知的")
    asked_note: str = Field(description="上次查询的结果")
    may_steer: bool
    may_ask: bool
    may_archive: bool

    @classmethod
    def of(cls, row: SendingRow) -> "CampaignShape":
        one = row.sending
        return cls(
            id=one.id,
            ticket=one.ticket,
            unit=row.unit,
            template=row.template,
            gateway=one.gateway,
            state=one.state,
            reason=one.reason,
            version=one.rev,
            recipients=one.total,
            segments=one.segments,
            rate=one.rate,
            price=row.price,
            cost=row.cost,
            tallies=[
                TallyShape(
                    state=each.state,
                    reason=Reason(each.reason) if each.reason else None,
                    messages=each.messages,
                    segments=each.segments,
                    billed=each.billed,
                )
                for each in row.standing.tallies
            ],
            not_before=one.not_before,
            opened_at=one.opened_at,
            started_at=one.started_at,
            ended_at=one.ended_at,
            asked_at=one.asked_at,
            asked_note=one.asked_note,
            may_steer=row.may_steer,
            may_ask=row.may_ask,
            may_archive=row.may_archive,
        )


class DeliveryShape(Answer):
    n: int
    phone: str = Field(description="遮住中间四位")
    state: DeliveryState
    reason: Reason | None
    segments: int
    billed: int
    code: str = Field(description="网关或者运营商的原话")
    gateway_id: str | None
    submitted_at: Moment | None

    @classmethod
    def of(cls, row: DeliveryRow) -> "DeliveryShape":
        one = row.delivery
        return cls(
            n=one.n,
            phone=row.phone,
            state=one.state,
            reason=Reason(one.reason) if one.reason else None,
            segments=one.segments,
            billed=one.billed,
            code=one.code,
            gateway_id=one.gateway_id,
            submitted_at=one.submitted_at,
        )
