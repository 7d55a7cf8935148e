"""Numbers in the address book, where nobody typed them."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.tables import Line
from app.phonebook import service
from app.phonebook.models import PhoneImport


def written(phone: str, **changed: str) -> dict[str, str]:
    """A person of the writer's only area, as a sheet says it."""
    return {
        "kind": "个人",
        "name": "毕淑芬",
        "phone": phone,
        "source": "服务大厅",
        "collected_on": "2026-01-05",
        **changed,
    }


def imported(
    session: Session, actor: Actor, now: datetime, *rows: str | Mapping[str, str]
) -> PhoneImport:
    """From a sheet of these numbers, or of these rows."""
    fields = [written(one) if isinstance(one, str) else one for one in rows]
    return service.take_in(
        session,
        actor=actor,
        now=now,
        sheet="通讯录.xlsx",
        lines=(Line(n, one) for n, one in enumerate(fields, start=4)),
        client_key=secrets.token_hex(16),
    )
