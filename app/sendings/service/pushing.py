"""A gateway comes by itself: its signature is looked at first, then how often it came.

What it brings is recorded as what is pulled, so both ways together count nothing twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.messaging import channels
from app.messaging.channels.types import News, NotSigned
from app.sendings.models import GatewayPush
from app.sendings.service import receipts, replies
from app.sendings.types import TooManyPushes

WINDOW = timedelta(minutes=1)
MOST_PUSHES = 600  # of a gateway in that time


@dataclass(frozen=True)
class Heard:
    """`unreadable`: where something stands that nobody could read, as `receipts.3`."""

    receipts: int
    new_receipts: int
    changed: int  # messages whose state is another now
    replies: int
    new_replies: int
    unreadable: tuple[str, ...] = ()


def take(
    session: Session, *, gateway: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> Heard | TooManyPushes:
    """What is unsigned leaves no trace in the tables. A refusal is answered, not raised: that it
    came is counted all the same. `headers`: names in small letters.

    Raises: NotSigned, Misspoken.
    """
    if gateway not in channels.names():
        raise NotSigned
    news = channels.channel(gateway).hear(headers, body, now)
    if wait := _wait(session, gateway, now):
        return TooManyPushes(retry_after=wait)
    return keep(session, gateway, news, now=now)


def keep(session: Session, gateway: str, news: News, *, now: datetime) -> Heard:
    taken = receipts.take(session, gateway, news.receipts, now=now)
    return Heard(
        len(news.receipts),
        taken.new,
        taken.changed,
        len(news.replies),
        replies.take(session, gateway, news.replies, now=now),
        news.unreadable,
    )


def _wait(session: Session, gateway: str, now: datetime) -> int:
    """Seconds, once there were too many; one statement, so that two at once are two."""
    kept = GatewayPush.__table__.c
    is_over = (kept.since <= now - WINDOW) | (kept.since > now)  # or the clock went back
    statement = insert(GatewayPush).values(gateway=gateway, since=now, count=1)
    since, count = session.execute(
        statement.on_conflict_do_update(
            index_elements=["gateway"],
            set_={
                "count": case((is_over, 1), else_=kept.count + 1),
                "since": case((is_over, now), else_=kept.since),
            },
        ).returning(GatewayPush.since, GatewayPush.count)
    ).one()
    return int((since + WINDOW - now).total_seconds()) + 1 if count > MOST_PUSHES else 0
