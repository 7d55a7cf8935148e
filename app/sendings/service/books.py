"""发送台账 and 费用台账: a row each for a sending that has ended."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core import clock
from app.ledgers import booking
from app.ledgers.service import append_rows
from app.ledgers.types import Column, Entry, Ledger
from app.messaging.models import MessageTemplate
from app.messaging.text import segments
from app.processes.queries import unit_ref
from app.sendings.models import Sending
from app.sendings.types import (
    COSTS,
    DELIVERY_STATES,
    LEDGER,
    STATES,
    TAKEN,
    DeliveryState,
    Standing,
)

BLOCKED = (
    DeliveryState.UNSUBSCRIBED,
    DeliveryState.BLACKLISTED,
    DeliveryState.WRONG_NUMBER,
    DeliveryState.TOO_OFTEN,
)


PROCESS = "message-send"
KEEPERS = frozenset({"message_reviewer", "second_reviewer"})
SENDINGS = Ledger(
    LEDGER,
    "发送台账",
    "短信的每次发送，发完或者停止以后记一行。",
    (
        Column("_serial", "序号", "num"),
        Column("_date", "日期", "num"),
        Column("unit", "单位"),
        Column("template", "模板"),
        Column("signature", "签名"),
        Column("total", "名单人数", "num"),
        Column("taken", "已提交", "num"),
        Column("refused", "网关不收", "num"),
        Column("blocked", "拦截", "num"),
        Column("withdrawn", "已撤销", "num"),
        Column("unknown", "未知", "num"),
        Column("segments", "计费条数", "num"),
        Column("started", "开始", "num"),
        Column("ended", "结束", "num"),
        Column("state", "结果"),
        Column("_row", "申请表编号及行号", "ticket"),
        Column("remark", "备注"),
    ),
    search=("template", "unit"),
    keepers=KEEPERS,
)
SENDING_COSTS = Ledger(
    COSTS,
    "费用台账",
    "短信费用，由申请发送的单位承担，一次发送一行。",
    (
        Column("_serial", "序号", "num"),
        Column("_date", "日期", "num"),
        Column("unit", "承担单位"),
        Column("template", "模板"),
        Column("gateway", "网关"),
        Column("segments", "计费条数", "num"),
        Column("price", "单价（元）", "num"),
        Column("cost", "费用（元）", "num"),
        Column("_row", "申请表编号及行号", "ticket"),
        Column("remark", "备注"),
    ),
    search=("template", "unit"),
    keepers=KEEPERS,
)


def append(session: Session, sending: Sending, standing: Standing, now: datetime) -> None:
    template = session.get_one(MessageTemplate, sending.template_id)
    source = f"sending:{sending.token}"
    sent = {
        "template": template.name,
        "signature": sending.signatures,
        "total": str(standing.total),
        "taken": str(standing.count(*TAKEN)),
        "refused": str(standing.count(DeliveryState.REFUSED)),
        "blocked": str(standing.count(*BLOCKED)),
        "withdrawn": str(standing.count(DeliveryState.WITHDRAWN)),
        "unknown": str(standing.count(DeliveryState.UNKNOWN)),
        "segments": str(standing.billed),
        "started": _stamp(sending.started_at),
        "ended": _stamp(now),
        "state": STATES[sending.state],
        "remark": sending.reason,
    }
    costs = {
        "template": template.name,
        "gateway": sending.gateway,
        "segments": str(standing.billed),
        "price": f"{sending.price.normalize():f}",
        "cost": f"{segments.cost(standing.billed, sending.price):.2f}",
        "remark": _doubt(standing),
    }
    for book in (SENDINGS, SENDING_COSTS):
        booking.describe_own(session, book, process=PROCESS, now=now)
    append_rows(
        session,
        now=now,
        unit=unit_ref(session, sending.unit_id),
        entries=[
            Entry(LEDGER, source, sending.ticket, 1, sent),
            Entry(COSTS, source, sending.ticket, 1, costs),
        ],
    )


def _doubt(standing: Standing) -> str:
    """What the operator's bill may hold besides."""
    unknown = standing.count(DeliveryState.UNKNOWN)
    label = DELIVERY_STATES[DeliveryState.UNKNOWN]
    return f"另有 {unknown} 条{label}，没有计费，对账时核对" if unknown else ""


def _stamp(moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment else ""
