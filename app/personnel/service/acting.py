"""What follows from an event when its day has come: the login, the open work, the clearing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock
from app.core.actor import Actor
from app.core.errors import AppError
from app.identity import service as identity
from app.identity.queries import people_by_ids
from app.personnel import queries
from app.personnel.models import PersonEvent
from app.personnel.service.opening import clear_accounts, offer_accounts
from app.personnel.types import AGAIN, STATES_OF_A_PERSON, EventKind, EventState, Matter


def act_on_due(session: Session, *, now: datetime) -> bool:
    """What falls due in one county, together, so that its people stand on one form a subsystem.

    False if there is nothing. Safe to run twice and side by side.
    """
    events = queries.due_events(session, now, clock.local(now).date())
    act_on(session, events, now=now)
    return bool(events)


def end_short_leaves(session: Session, *, now: datetime) -> bool:
    events = queries.ended_leaves(session, clock.local(now).date())
    for event in events:
        if event.until_day is not None:
            event.end(event.until_day)
    return bool(events)


def act_on(session: Session, events: Sequence[PersonEvent], *, now: datetime) -> None:
    """Let those take effect whose day has come. What cannot be done is told, and tried again."""
    today = clock.local(now).date()
    due = [one for one in events if one.state is EventState.PLANNED and one.is_open]
    due = [one for one in due if one.due_on is not None and one.due_on <= today]
    for event in due:
        if event.again_at is not None:  # tried before: what was told then is told anew
            event.again_at, event.outcome = None, ""
        if event.matter is Matter.LEFT:
            _close_login(session, event, now)
    clear_accounts(session, due, now=now)
    for event in due:
        if event.again_at is not None and event.again_at > now:
            continue
        event.state, event.done_at, event.rev = EventState.DONE, now, event.rev + 1
        thing = f"person_event:{event.id}"
        facts = {} if event.is_secret else {"tickets": list(event.tickets)}
        audit.record(
            session, now=now, actor=None, kind="person_event.done", object=thing, data=facts
        )


def welcome_back(session: Session, event: PersonEvent, *, actor: Actor, now: datetime) -> None:
    """A return or an arrival ends what stood before, and offers the same account again."""
    back = event.kind is EventKind.RETURN
    before = [
        one
        for one in queries.standing(session, event.person_ref, *STATES_OF_A_PERSON)
        # Whoever only leads the list knows nothing of an investigation: its leader ends it.
        if not one.is_secret or one.entered_by_id == actor.person_id
    ]
    for one in before:
        if back and one.matter is Matter.LEFT:
            continue  # who has left arrives anew
        one.end(max(one.on_day, event.on_day - timedelta(days=1)))
        if one.absence_id is not None:
            identity.cut_absence(session, absence_id=one.absence_id, actor=actor, now=now)
    event.done_at = now
    offer_accounts(session, event, before, now=now)


def _close_login(session: Session, event: PersonEvent, now: datetime) -> None:
    """Leaving the office ends the login, and what waited for him goes to whoever is left."""
    if event.person_id is None:
        return
    username = people_by_ids(session, [event.person_id])[event.person_id].username
    if not username:
        return
    try:
        with session.begin_nested():
            identity.disable_login(session, actor=None, username=username, now=now)
    except AppError as error:
        event.say(f"登录没有停用：{error.text}")
        event.again_at = now + AGAIN
    else:
        event.say("登录已经停用。")
