"""Templates on file and sheets of invented numbers, for whoever makes lists."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.tables import Line
from app.identity.queries import actor_of, find_person_by_username
from app.identity.region import read_region
from app.messaging.audience.reading import field_of
from app.messaging.models import MessageTemplate
from app.messaging.text.types import Purpose
from app.recipients import service
from app.recipients.models import RecipientList

NOW = datetime(2027, 1, 18, 1, 0, tzinfo=UTC)
FAIR = (
    "“春风行动”2027年专场招聘会定于2027年2月20日上午9时在威海市人力资源市场举办，120家用人单位"
    "提供岗位3500个，欢迎广大求职者参加。详询0631-12333。回复T退订"
)
FIRST = 15_400_100_000  # of the numbers here; nobody has them


def person(session: Session, username: str, now: datetime = NOW) -> Actor:
    found = find_person_by_username(session, username)
    assert found is not None
    return actor_of(session, found.id, now)


def filed(session: Session, actor: Actor, **changed: Any) -> MessageTemplate:
    """A 宣传公告 without blanks, on file with all three, as if its form had come through."""
    values: dict[str, Any] = {
        "ticket": "XXMB-2026-00901",
        "unit_id": actor.unit_id,
        "signature": read_region(session).signatures[actor.unit_code],
        "name": "春风行动招聘会",
        "purpose": Purpose.PUBLICITY,
        "body": FAIR,
        "variables": [],
        "mobile": "YD1",
        "unicom": "LT1",
        "telecom": "DX1",
        "filed_on": date(2026, 12, 1),
        "at": NOW,
        **changed,
    }
    made = MessageTemplate(family=values["ticket"], **values)
    session.add(made)
    session.flush()
    return made


def numbers(count: int, first: int = FIRST) -> list[str]:
    return [str(first + n) for n in range(count)]


def lines(phones: Iterable[str], areas: Sequence[str] = ("",), **values: str) -> Iterator[Line]:
    """As a sheet would give them; areas take turns."""
    blanks = {field_of(name): value for name, value in values.items()}
    for at, phone in enumerate(phones):
        yield Line(at + 4, {"phone": phone, "area": areas[at % len(areas)], **blanks})


def frozen(
    session: Session,
    actor: Actor,
    template: MessageTemplate,
    rows: Iterable[Line],
    now: datetime = NOW,
) -> RecipientList:
    return service.freeze(
        session,
        actor=actor,
        now=now,
        template=template,
        sheet="名单.xlsx",
        lines=rows,
        client_key=secrets.token_hex(16),
    )
