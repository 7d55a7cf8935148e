"""What somebody chose, and the mailbox that he showed to be his own.

Choices are a person's own and leave no event. Where mails of the office go does: the event says
that it was changed, not to what.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.config import MAIL_ADDRESS
from app.core.actor import Actor
from app.core.crypto import seal
from app.core.errors import Fault
from app.notifications.choosing import Choice
from app.notifications.confirming import LASTS, MOST_WRONG, code_of
from app.notifications.kinds import KINDS, UNCHOSEN
from app.notifications.models import Delivery, Notification, Preference
from app.notifications.queries import address_of, count_codes, list_channels, lock_preference
from app.notifications.service.sending import new_message_id
from app.notifications.service.telling import notify
from app.notifications.types import (
    LONGEST_ADDRESS,
    MAIL,
    BadChoice,
    CodeOver,
    DeliveryState,
    StaleChoices,
    TooManyCodes,
)

MOST_CODES = 5  # mails to an unconfirmed address, a day
ASKS = "address.set"
A_MOMENT = timedelta(minutes=1)
BAD_ADDRESS = "请填一个邮箱地址，例如 yaohaiyang@example.gov.cn。"
ALL_DAY = "开始和结束是同一个时刻，等于全天都不发。全天都不要的，请在下面选“不发”。"
HALF = "开始和结束要一起填，或者都不填。"


@dataclass(frozen=True)
class Chosen:
    """As the page sends it."""

    choices: Mapping[str, Choice]
    channel_id: int | None
    digest_at: time | None
    quiet_from: time | None
    quiet_until: time | None


def choose(session: Session, *, actor: Actor, chosen: Chosen, seen: int) -> Preference:
    """All choices at once. The same again changes nothing. Raises: StaleChoices, BadChoice."""
    row = lock_preference(session, actor)
    faults = []
    if (chosen.quiet_from is None) != (chosen.quiet_until is None):
        faults.append(Fault("quiet", "half", HALF))
    elif chosen.quiet_from is not None and chosen.quiet_from == chosen.quiet_until:
        faults.append(Fault("quiet", "all_day", ALL_DAY))
    known = [one.id for one in list_channels(session, actor)]
    if chosen.channel_id is not None and chosen.channel_id not in known:
        faults.append(Fault("channel", "unknown", "这个群聊不能选，可能刚停用。请再选一次。"))
    if faults:
        raise BadChoice(faults)
    values = {
        "choices": {
            key: one.as_words
            for key, one in chosen.choices.items()
            if key in KINDS and key not in UNCHOSEN
        },
        "channel_id": chosen.channel_id,
        "digest_at": chosen.digest_at,
        "quiet_from": chosen.quiet_from,
        "quiet_until": chosen.quiet_until,
    }
    if all(getattr(row, name) == value for name, value in values.items()):
        return row
    if seen != row.rev:
        raise StaleChoices(current=row.rev)
    for name, value in values.items():
        setattr(row, name, value)
    row.rev += 1
    return row


def set_address(session: Session, *, actor: Actor, now: datetime, address: str) -> Preference:
    """Another mailbox, or none any more; mail goes there once its owner has sent the code.

    The confirmed one again changes nothing. Raises: BadChoice, TooManyCodes.
    """
    address = address.strip()
    if address and (len(address) > LONGEST_ADDRESS or not MAIL_ADDRESS.fullmatch(address)):
        raise BadChoice([Fault("address", "address", BAD_ADDRESS)])
    row = lock_preference(session, actor)
    if address == address_of(row) and (not address or row.confirmed_at or _just_asked(row, now)):
        return row
    if address and count_codes(session, actor, ASKS, now) >= MOST_CODES:
        raise TooManyCodes
    row.address_sealed = seal(address) if address else None
    row.address_at, row.confirmed_at, row.tries = now, None, 0
    row.rev += 1
    _record(session, actor, "notification.address_set", now)
    if address:
        session.flush()  # the mail is for the address that stands there
        _ask(session, actor, row, now)
    return row


def confirm_address(session: Session, *, actor: Actor, now: datetime, code: str) -> bool:
    """Whether it is the code. A wrong one is counted, so the caller commits either way.

    Confirmed twice is fine. Raises: CodeOver.
    """
    row = lock_preference(session, actor)
    if row.confirmed_at is not None:
        return True
    is_over = row.address_at is None or now - row.address_at > LASTS or row.tries >= MOST_WRONG
    if row.address_sealed is None or is_over:
        raise CodeOver
    if code.strip() != code_of(row):
        row.tries += 1
        return False
    row.confirmed_at = now
    row.rev += 1
    _record(session, actor, "notification.address_confirmed", now)
    return True


def _just_asked(row: Preference, now: datetime) -> bool:
    """A double click asks once."""
    return row.address_at is not None and now - row.address_at < A_MOMENT


def _ask(session: Session, actor: Actor, row: Preference, now: datetime) -> None:
    """By mail alone goes the code; the page says that a mail is there."""
    key = f"{ASKS}:{row.rev}"
    notify(session, kind=ASKS, people=[actor.person_id], key=key, facts={}, now=now)
    mine = (Notification.person_id == actor.person_id, Notification.key == key)
    asked = session.scalars(select(Notification.id).where(*mine)).first()
    if asked is not None:
        session.execute(
            insert(Delivery).values(
                notification_id=asked,
                person_id=actor.person_id,
                line=MAIL,
                state=DeliveryState.WAITING,
                message_id=new_message_id(),  # it goes by itself, with nothing else
                due_at=now,
                created_at=now,
            )
        )


def _record(session: Session, actor: Actor, kind: str, now: datetime) -> None:
    record(session, now=now, actor=actor, kind=kind, object=f"person:{actor.person_id}")
