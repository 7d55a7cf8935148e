"""What is wrong with an outage, or with the paper of one. Pure."""

from collections.abc import Iterator
from datetime import date, datetime

from app.core import clock
from app.core.errors import Fault
from app.outages.models import Outage
from app.outages.types import (
    FEWEST_WORDS,
    LATEST_ENTRY,
    LONGEST,
    MOST_REMARK,
    MOST_WORDS,
    Draft,
    Paper,
)


def faults_of(draft: Draft, now: datetime) -> Iterator[Fault]:
    if draft.to_at > now:
        yield Fault("to", "future", "恢复的时间还没有到。停机结束以后再登记。")
    if draft.to_at <= draft.from_at:
        yield Fault("to", "order", "恢复的时间要在停机的时间以后。")
    elif draft.to_at - draft.from_at > LONGEST:
        yield Fault("to", "too_long", f"一次停机最多登记 {LONGEST.days} 天，请核对日期。")
    yield from reason_faults(draft.reason)
    today = clock.local(now).date()
    if draft.last_on and draft.last_on < today:
        yield Fault("last", "past", "可以补录到的日子已经过去，请填今天或以后的。")
    if draft.last_on and draft.last_on > today + LATEST_ENTRY:
        told = f"最多留 {LATEST_ENTRY.days} 天补录，请填早一些的日子。"
        yield Fault("last", "too_late", told)


def reason_faults(reason: str) -> Iterator[Fault]:
    if not FEWEST_WORDS <= len(reason.strip()) <= MOST_WORDS:
        yield Fault("reason", "reason", f"请写明原因（{FEWEST_WORDS} 到 {MOST_WORDS} 个字）。")


def paper_faults(paper: Paper, outage: Outage | None, now: datetime) -> Iterator[Fault]:
    """`outage`: the one that the paper names, if it holds for who enters it."""
    if not FEWEST_WORDS <= len(paper.remark.strip()) <= MOST_REMARK:
        told = f"请写纸质件的编号，或者放在哪里（{FEWEST_WORDS} 到 {MOST_REMARK} 个字）。"
        yield Fault("paper.remark", "remark", told)
    if paper.at > now:
        yield Fault("paper.at", "future", "纸质件的时间还没有到，请照纸上的日期填。")
    if outage is None:
        yield Fault("paper.outage", "unknown", "没有这次停机，或者它不管您的单位，请从名单里选。")
    elif outage.withdrawn_at is not None:
        told = "这次停机的登记已经撤销。请去掉补录，照平常提交，或者问系统管理员。"
        yield Fault("paper.outage", "withdrawn", told)
    elif outage.last_on < clock.local(now).date():
        told = f"这次停机的件只能补录到{day(outage.last_on)}，请照平常提交，或者问系统管理员。"
        yield Fault("paper.outage", "over", told)
    elif paper.at <= now and not outage.from_at <= paper.at <= outage.to_at:
        told = f"纸质件的时间要在停机期间：{moment(outage.from_at)}到{moment(outage.to_at)}。"
        yield Fault("paper.at", "window", told)


def day(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


def moment(at: datetime) -> str:
    local = clock.local(at)
    return f"{day(local.date())} {local:%H:%M}"
