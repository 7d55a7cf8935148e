"""Asking a gateway for receipts and replies, page by page, from where the last time ended."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.db import reading, transaction
from app.messaging import channels
from app.sendings.models import GatewayMark
from app.sendings.service import pushing

MOST_PAGES = 20  # of a gateway at one look


def pull(gateway: str, now: datetime) -> int:
    """Answers how many receipts and replies came.

    Killed in between, the same ones are read again, and change nothing. Raises: GatewaySilent.
    """
    with reading() as session:
        mark = session.scalar(select(GatewayMark.mark).where(GatewayMark.name == gateway)) or ""
    count = 0
    for _ in range(MOST_PAGES):
        news = channels.channel(gateway).news(mark, now)
        with transaction() as session:
            pushing.keep(session, gateway, news, now=now)
            _turn_page(session, gateway, mark, news.following, now)
        found = len(news.receipts) + len(news.replies)
        count += found
        if not (found or news.unreadable) or news.following == mark:
            break
        mark = news.following
    return count


def _turn_page(session: Session, gateway: str, mark: str, following: str, now: datetime) -> None:
    """Unless somebody else has read on meanwhile."""
    session.execute(
        insert(GatewayMark).values(name=gateway, used_until=now).on_conflict_do_nothing()
    )
    session.execute(
        update(GatewayMark)
        .where(GatewayMark.name == gateway, GatewayMark.mark == mark)
        .values(mark=following)
    )
