"""Deliveries on their way out: what goes next, and what became of it (ADR 104).

An attempt is counted and its message named before it is made. What is due for one reader on one
line goes together. While a line is down one message at a time is tried on it.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.crypto import Unreadable, unseal
from app.core.outbox import CUT_OFF, pause_after
from app.identity.models import Person, Unit
from app.identity.queries import can_sign_in
from app.notifications import outside
from app.notifications.confirming import code_of
from app.notifications.kinds import CHOICES, UNCHOSEN
from app.notifications.models import Channel, Delivery, Line, Notification, Preference
from app.notifications.types import (
    CHAT,
    MAIL,
    MOST_TOGETHER,
    MOST_TRIES,
    DeliveryState,
    Parcel,
    Result,
    Sent,
)

LEASE = timedelta(minutes=5)  # longer than a server that answers slowly may take
LONGEST_PAUSE = timedelta(minutes=10)
LEFT = "这个人已经不能登录，不再发。"
NO_ADDRESS = "没有确认过的邮箱，不再发。"
RESTORED = "从备份恢复时还没有发，备份以后可能已经发过。核对没有收到的再重发。"
NO_CHANNEL = "这个群聊已经停用，不再发。"
OTHER_UNIT = "这个人已经不在这个群聊的单位，不再发。要发的，请他在通知设置里另选群聊。"
UNREADABLE = "收件地址打不开，缺少原来的密钥：请运维运行 doctor，找回 FIELD_KEYS 以后再重发。"


def claim(session: Session, now: datetime) -> Parcel | None:
    """The next message; who is not there any more gets none."""
    while True:
        row = session.scalars(_due(session, now)).first()
        if row is None or not _may_try(session, row.line, now):
            return None
        rows = _together(session, row, now)
        if row.attempts >= MOST_TRIES:  # the last of them ended its process
            for one in rows:
                one.fail(CUT_OFF, now)
            session.flush()
            continue
        to, why = _whereto(session, row, now)
        if not to:
            for one in rows:
                one.drop(why, now)
            session.flush()  # the next look must not find it again
            continue
        message_id = row.message_id or new_message_id()
        for one in rows:
            one.begin(message_id, now + LEASE, CUT_OFF)
        return _parcel(session, row.line, to, rows, now)


def settle(session: Session, parcel: Parcel, result: Result, now: datetime) -> None:
    """What became of it; nothing, if somebody else has taken it up since."""
    rows = session.scalars(
        select(Delivery)
        .where(
            Delivery.id.in_(parcel.ids),
            Delivery.state == DeliveryState.WAITING,
            Delivery.message_id == parcel.message_id,
        )
        .order_by(Delivery.id)
        .with_for_update()
    ).all()
    for one in rows:
        match result.sent:
            case Sent.DONE:
                one.sent(now)
            case Sent.REFUSED:
                one.fail(result.why, now)
            case Sent.LATER if one.attempts >= MOST_TRIES:
                one.fail(result.why, now)
            case Sent.LATER:
                one.wait(result.why, now + pause_after(one.attempts))
            case Sent.DOWN:
                one.attempts -= 1  # it was not its fault: a day without a server loses nothing
                one.wait(result.why, now)
    if result.sent is Sent.DOWN:
        _note_down(session, parcel.line, result.why, now)
    else:
        session.execute(delete(Line).where(Line.line == parcel.line))


def hold_unfinished(session: Session, now: datetime) -> int:
    """After a restore: it may have been sent since the backup, so a person decides."""
    held = (
        update(Delivery)
        .where(Delivery.state == DeliveryState.WAITING)
        .values(state=DeliveryState.FAILED, error=RESTORED, done_at=now)
        .returning(Delivery.id)
    )
    return len(session.scalars(held).all())


def new_message_id() -> str:
    """Drawn, not counted: after a restore the same number may belong to something else."""
    host = urlsplit(outside.current().base_url).hostname or "banjian"
    return f"<{secrets.token_hex(16)}@{host}>"


def _due(session: Session, now: datetime) -> Select[Delivery]:
    ways = outside.current()
    # One that waits longer than any pause was written before the clock went back.
    waits = (Line.again_at > now) & (Line.again_at <= now + LONGEST_PAUSE)
    closed = list(session.scalars(select(Line.line).where(waits)))
    statement = select(Delivery).where(
        Delivery.state == DeliveryState.WAITING,
        Delivery.due_at <= now,
        Delivery.line.not_in(closed),
    )
    if ways.smtp is None:
        statement = statement.where(Delivery.line != MAIL)
    if not ways.chats:
        statement = statement.where(~Delivery.line.startswith(CHAT))
    return (
        statement.order_by(Delivery.due_at, Delivery.id).limit(1).with_for_update(skip_locked=True)
    )


def _may_try(session: Session, name: str, now: datetime) -> bool:
    """Whoever tries a line that is down keeps all others off it meanwhile."""
    known = session.get(Line, name)
    if known is None:
        return True
    seen = known.again_at
    line = session.scalars(
        select(Line)
        .where(Line.line == name, Line.again_at == seen)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()
    if line is None:  # somebody else is trying
        return False
    line.again_at = now + LEASE
    return True


def _together(session: Session, row: Delivery, now: datetime) -> Sequence[Delivery]:
    """With it what is due for the same reader; once named, a message keeps what is in it."""
    same = (
        [Delivery.message_id == row.message_id]
        if row.message_id
        else [
            Delivery.message_id.is_(None),
            Delivery.person_id == row.person_id,
            Delivery.line == row.line,
            Delivery.due_at <= now,
        ]
    )
    found = session.scalars(
        select(Delivery)
        .where(Delivery.state == DeliveryState.WAITING, *same)
        .order_by(Delivery.id)
        .limit(MOST_TOGETHER)
        .with_for_update(skip_locked=True)
    ).all()
    return found if row in found else [row, *found[: MOST_TOGETHER - 1]]


def _whereto(session: Session, row: Delivery, now: datetime) -> tuple[str, str]:
    """The address, or why there is none."""
    if not can_sign_in(session, row.person_id, now):
        return "", LEFT
    if row.line != MAIL:
        channel = session.get(Channel, int(row.line.removeprefix(f"{CHAT}:")))
        if channel is None or channel.closed_at is not None:
            return "", NO_CHANNEL
        if not _is_of(session, row.person_id, channel):
            return "", OTHER_UNIT
        return _opened(channel.url_sealed)
    preference = session.get(Preference, row.person_id)
    asks = session.get_one(Notification, row.notification_id).kind in UNCHOSEN
    if preference is None or preference.address_sealed is None:
        return "", NO_ADDRESS
    if preference.confirmed_at is None and not asks:
        return "", NO_ADDRESS
    return _opened(preference.address_sealed)


def _opened(sealed: bytes) -> tuple[str, str]:
    """One that no key opens stops nobody else."""
    try:
        return unseal(sealed).decode(), ""
    except Unreadable:
        return "", UNREADABLE


def _is_of(session: Session, person_id: int, channel: Channel) -> bool:
    """Whether he still works in the unit of the chat or below it."""
    here = session.get_one(Unit, session.get_one(Person, person_id).unit_id)
    return here.path.startswith(session.get_one(Unit, channel.unit_id).path)


def _parcel(
    session: Session, line: str, to: str, rows: Sequence[Delivery], now: datetime
) -> Parcel:
    told = [session.get_one(Notification, one.notification_id) for one in rows]
    base = outside.current().base_url
    texts = [f"{one.text}\n{base}{one.href}" for one in told]
    if len(told) == 1:
        title, text = told[0].title, texts[0]
        if told[0].kind in UNCHOSEN:
            preference = session.get_one(Preference, rows[0].person_id)
            text = f"确认码：{code_of(preference)}\n\n{text}"
    else:
        title = f"有 {len(told)} 条通知"
        listed = zip(told, texts, strict=True)
        text = "\n\n".join(f"{n}. {one.title}\n{words}" for n, (one, words) in enumerate(listed, 1))
    if line == MAIL:
        text += f"\n\n--\n不想再收到，或者换一个邮箱：{base}{CHOICES}\n请不要回复这封邮件。\n"
    return Parcel(
        line,
        rows[0].message_id or "",
        to,
        session.get_one(Person, rows[0].person_id).name,
        title,
        text,
        now,
        tuple(one.id for one in rows),
    )


def _note_down(session: Session, name: str, why: str, now: datetime) -> None:
    """It is tried again later and later, ten minutes apart at most."""
    line = session.get(Line, name, with_for_update=True)
    failures = line.failures + 1 if line else 1
    again_at = now + min(pause_after(min(failures, MOST_TRIES)), LONGEST_PAUSE)
    values = {"failures": failures, "again_at": again_at, "error": why}
    session.execute(
        insert(Line)
        .values(line=name, down_since=now, **values)
        .on_conflict_do_update(index_elements=["line"], set_=values)
    )
