"""Numbers and titles of tickets; patterns are filled by name, never run."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.processes import engine
from app.tickets.models import TicketNumber

NUMBERING = "BJ-{year}-{serial:5}"
PLACEHOLDER = re.compile(r"\{(\w+)(?::(\d))?\}")


def next_number(session: Session, loaded: engine.Loaded, now: datetime) -> str:
    prefix = prefix_of(numbering_of(loaded), clock.local(now).year)
    last = session.scalars(
        insert(TicketNumber)
        .values(prefix=prefix, last=1)
        .on_conflict_do_update(
            index_elements=[TicketNumber.prefix], set_={"last": TicketNumber.last + 1}
        )
        .returning(TicketNumber.last)
    ).one()
    return number_of(prefix, last)


def numbering_of(loaded: engine.Loaded) -> str:
    """Such as QX-CZY-{year}-{serial:5}; counted per year and prefix."""
    return loaded.definition.properties.get("numbering") or NUMBERING


def prefix_of(numbering: str, year: int) -> str:
    return numbering.replace("{year}", str(year))


def number_of(prefix: str, serial: int) -> str:
    def fill(match: re.Match[str]) -> str:
        return str(serial).zfill(int(match[2] or 1))

    return PLACEHOLDER.sub(fill, prefix)


def title_of(loaded: engine.Loaded, labelled: Mapping[str, Any]) -> str:
    """`title_pattern` with labelled answers in its placeholders; a list gives its length."""
    pattern = loaded.definition.properties.get("title_pattern") or loaded.title

    def fill(match: re.Match[str]) -> str:
        value = labelled.get(match[1], "")
        return str(len(value)) if isinstance(value, list | tuple) else str(value)

    return PLACEHOLDER.sub(fill, pattern)
