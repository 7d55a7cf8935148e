"""A small address book of invented people, as a clerk would import it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.tables import Line
from app.identity.queries import actor_of, find_person_by_username
from app.phonebook import service

ONCE = "demo-phonebook"
SHEET = "求职登记和重点企业.xlsx"


def fill_phonebook(session: Session, now: datetime, book: Mapping[str, Any] | None) -> int:
    """`book`: whose it is (`clerk`), and its rows by the fields of an entry. How many are in it;
    the second time the same.
    """
    clerk = find_person_by_username(session, book["clerk"]) if book else None
    if book is None or clerk is None:
        return 0
    lines = (
        Line(n, {name: str(value) for name, value in row.items()})
        for n, row in enumerate(book["rows"], start=4)
    )
    made = service.take_in(
        session,
        actor=actor_of(session, clerk.id, now),
        now=now,
        sheet=SHEET,
        lines=lines,
        client_key=ONCE,
    )
    return made.taken_count
