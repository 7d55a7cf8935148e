"""Telling people of one thing: a line on the page of each, and what leaves the house for him.

The seam for other rooms: who has news for people calls `notify`, or adds what is on record to
`service.acts`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.identity.models import Login
from app.identity.queries.conditions import opens_at
from app.notifications.choosing import choice_of
from app.notifications.kinds import fill, kind_of
from app.notifications.models import Notification, Preference
from app.notifications.service.queueing import queue


def notify(
    session: Session,
    *,
    kind: str,
    people: Collection[int],
    key: str,
    facts: Mapping[str, str],
    now: datetime,
    ticket: str | None = None,
    task_id: int | None = None,
) -> int:
    """Each of them once under `key`; who cannot sign in any more is left out.

    `facts` fill the texts of the kind: number, process, node, person, day, rules, id, and no other.
    Answers how many were told. Raises: UnknownKind.
    """
    told = kind_of(kind)
    here = _working(session, people, now)
    if not here:
        return 0
    chosen = {
        row.person_id: row
        for row in session.scalars(select(Preference).where(Preference.person_id.in_(here)))
    }
    facts = {"number": ticket or "", **facts}
    texts = {"title": fill(told.title, facts), "text": fill(told.text, facts)}
    values = [
        {
            "person_id": person,
            "kind": kind,
            "key": key,
            **texts,
            "href": fill(told.href, facts),
            "ticket": ticket,
            "task_id": task_id,
            "is_shown": choice_of(chosen.get(person), told).page,
            "at": now,
        }
        for person in here
    ]
    made = session.execute(
        insert(Notification)
        .values(values)
        .on_conflict_do_nothing(index_elements=["person_id", "key"])
        .returning(Notification.id, Notification.person_id)
    ).all()
    queue(session, [(number, person) for number, person in made], told, chosen, now, ticket)
    return len(made)


def _working(session: Session, people: Collection[int], now: datetime) -> list[int]:
    rows = session.scalars(
        select(Login.person_id).where(Login.person_id.in_(people), opens_at(now))
    )
    return sorted(set(rows))
