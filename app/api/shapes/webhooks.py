"""Addresses of other systems that are told what happens, and what was sent to them."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.shapes.base import Answer, Body, Moment, PageQuery
from app.api.shapes.cover import Version
from app.api.shapes.people import UnitShape
from app.webhooks.models import Delivery
from app.webhooks.queries import EndpointRow
from app.webhooks.types import (
    DELIVERY_STATES,
    ENDPOINT_STATES,
    KIND_LABELS,
    LONGEST_URL,
    DeliveryState,
    Kind,
    Wanted,
)

Kinds = Annotated[
    list[str],
    Field(
        max_length=2 * len(Kind),
        description="推送哪些事：" + "；".join(f"{kind} {KIND_LABELS[kind]}" for kind in Kind),
    ),
]


class WebhookBody(Body):
    name: str = Field(max_length=100, description="对方系统的名称")
    url: str = Field(max_length=LONGEST_URL, description="https 地址")
    kinds: Kinds

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.name, self.url, self.kinds)


class NewWebhookBody(WebhookBody):
    unit: str = Field(max_length=100, description="单位代码：推送它和下属单位的办件")


class ChangedWebhookBody(WebhookBody):
    version: Version = None


class DeliveriesQuery(PageQuery):
    state: Literal["waiting", "delivered", "undelivered"] | None = None

    @property
    def asked(self) -> DeliveryState | None:
        return DeliveryState(self.state) if self.state else None


class WebhookShape(Answer):
    id: int
    unit: UnitShape
    name: str
    url: str
    kinds: list[str]
    state: Literal["on", "off", "paused"]
    state_label: str
    version: int
    created_at: Moment
    failing_since: Moment | None = Field(description="从什么时候起一次也没有送到")
    paused_why: str | None
    waiting: int = Field(description="等着送的")
    undelivered: int = Field(description="未送达的")
    secret: str | None = Field(
        default=None, description="签名密钥：只在登记和换密钥的回答里有，以后看不到"
    )

    @classmethod
    def of(cls, row: EndpointRow, secret: str | None = None) -> "WebhookShape":
        one = row.endpoint
        return cls(
            id=one.id,
            unit=UnitShape(code=row.unit_code, name=row.unit_name),
            name=one.name,
            url=one.url,
            kinds=one.kinds,
            state=one.state.value,
            state_label=ENDPOINT_STATES[one.state],
            version=one.rev,
            created_at=one.created_at,
            failing_since=one.failing_since,
            paused_why=one.paused_why,
            waiting=row.waiting,
            undelivered=row.undelivered,
            secret=secret,
        )


class DeliveryShape(Answer):
    id: int
    message: str = Field(description="webhook-id：重发也不变")
    type: str
    number: str | None
    state: Literal["waiting", "delivered", "undelivered"]
    state_label: str
    tries: int
    status: int | None = Field(description="对方最近一次答的状态码")
    error: str | None
    created_at: Moment
    tried_at: Moment | None
    next_at: Moment | None = Field(description="等着送的，下一次在什么时候")
    done_at: Moment | None
    body: str = Field(description="推送的内容，原样")

    @classmethod
    def of(cls, one: Delivery) -> "DeliveryShape":
        return cls(
            id=one.id,
            message=one.message,
            type=one.kind,
            number=one.number,
            state=one.state.value,
            state_label=DELIVERY_STATES[one.state],
            tries=one.tries,
            status=one.status,
            error=one.error,
            created_at=one.created_at,
            tried_at=one.tried_at,
            next_at=one.next_at if one.is_waiting else None,
            done_at=one.done_at,
            body=one.body,
        )
