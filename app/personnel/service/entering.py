"""An event is entered once, whoever enters it; one whose day has come takes effect at once."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock, crypto
from app.core.actor import Actor
from app.core.errors import Fault
from app.identity import service as identity
from app.identity.cover_types import AbsenceKind
from app.identity.queries import get_unit, id_index
from app.personnel import judging, policy, queries
from app.personnel.models import PersonEvent
from app.personnel.queries import Known
from app.personnel.service.acting import act_on, welcome_back
from app.personnel.types import (
    FEWEST_WORDS,
    MATTERS,
    MOST_WORDS,
    STATES_OF_A_PERSON,
    BadEvent,
    Draft,
    EventDone,
    EventKind,
    EventOver,
    EventStands,
    EventState,
    EventTwice,
    Matter,
    NotYourEvent,
    OwnEvent,
    StaleEvent,
)

UNKNOWN = "没有登记在本级的单位里，请核对；刚来的人请先登记到岗。"
NOT_HIS = "这个身份证号登记的是另一个姓名，请核对姓名和身份证号。"


def enter(
    session: Session, *, actor: Actor, now: datetime, draft: Draft, source: str = "typed"
) -> PersonEvent:
    """Enter one, and let it take effect if its day has come. A second click is the same event.

    Raises: NotYourEvent, OwnEvent, BadEvent, EventTwice, EventStands.
    """
    event = put_down(session, actor=actor, now=now, draft=draft, source=source)
    if event.entered_at == now:
        act_on(session, [event], now=now)
    return event


def put_down(
    session: Session, *, actor: Actor, now: datetime, draft: Draft, source: str
) -> PersonEvent:
    """Enter one that takes effect later; several of a sheet take effect together.

    Raises: as `enter`.
    """
    if faults := list(judging.faults_of(draft, clock.local(now).date())):
        raise BadEvent(faults)
    if not policy.can_enter(actor, draft.kind):
        raise NotYourEvent
    known = _known(session, actor, draft)
    if known.person is not None and known.person.id == actor.person_id:
        raise OwnEvent
    queries.lock_matters(session, known.ref)
    same = queries.find_same(session, known.ref, draft.kind, draft.on)
    if same is not None:
        if same.entered_by_id == actor.person_id and _says(draft, same):
            return same
        raise EventTwice(current=same.state.value)
    since = _succeeds(session, draft, known)
    event = _made(draft, known, actor, now, since, source)
    session.add(event)
    session.flush()  # the audit names it
    _note_absence(session, event, actor, now)
    facts = {} if event.is_secret else {"change": event.kind.value, "on": event.on_day.isoformat()}
    _record(session, actor, now, "person_event.entered", event, **facts)
    if event.matter in (Matter.BACK, Matter.COME):
        welcome_back(session, event, actor=actor, now=now)
    return event


def cancel(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    event_id: int,
    version: int | None,
    reason: str,
) -> PersonEvent:
    """Take back one that has not taken effect; it stays to be read.

    Raises: EventNotFound, NotYourEvent, EventDone, EventOver, StaleEvent, BadEvent.
    """
    event = queries.access_event(session, event_id, actor)
    if not policy.can_enter(actor, event.kind):
        raise NotYourEvent
    if event.state in (EventState.CANCELLED, EventState.OVER):
        raise EventOver(current=event.state.value, version=event.rev)
    if version != event.rev:
        raise StaleEvent(current=event.state.value, version=event.rev)
    if event.state is EventState.DONE:
        raise EventDone(current=event.state.value, version=event.rev)
    if not FEWEST_WORDS <= len(reason.strip()) <= MOST_WORDS:
        told = f"请写明为什么撤销（{FEWEST_WORDS} 到 {MOST_WORDS} 个字）。"
        raise BadEvent([Fault("reason", "reason", told)], "没有撤销，请写明原因。")
    event.state, event.is_open, event.rev = EventState.CANCELLED, False, event.rev + 1
    event.cancelled_at, event.cancelled_by_id = now, actor.person_id
    event.cancelled_reason = reason.strip()
    _record(session, actor, now, "person_event.cancelled", event)
    return event


def _known(session: Session, actor: Actor, draft: Draft) -> Known:
    """Raises: BadEvent, alike for nobody and for somebody of another county."""
    number = judging.number_of(draft)
    known = queries.find_known(session, username=draft.username, id_number=number)
    field = "id_number" if draft.id_number else "person"
    if known is not None and queries.is_near(session, actor, known.unit):
        if draft.name and draft.name.strip() != known.name:
            raise BadEvent([Fault("name", "name_differs", NOT_HIS)])
        return known
    if draft.kind is EventKind.ARRIVAL and number:
        return _newcomer(session, actor, draft, number)
    raise BadEvent([Fault(field, "unknown_person", f"这个人{UNKNOWN}")])


def _newcomer(session: Session, actor: Actor, draft: Draft, number: str) -> Known:
    """Who comes need not be known yet; that another county knows him is not told here."""
    if not draft.name.strip():
        raise BadEvent([Fault("name", "required", "请填姓名。")])
    unit = get_unit(session, actor.unit_id)
    return Known(id_index(number), draft.name.strip(), unit, None, None)


def _succeeds(session: Session, draft: Draft, known: Known) -> date:
    """The first day of what this event goes on with; what it takes the place of ends.

    Raises: EventStands.
    """
    matter = MATTERS[draft.kind]
    if matter not in STATES_OF_A_PERSON:
        return draft.on
    since = draft.on
    for before in queries.standing(session, known.ref, matter):
        ends = before.until_day
        goes_on = matter is Matter.AWAY and before.on_day < draft.on
        if not goes_on or (ends is not None and draft.on > ends + timedelta(days=1)):
            if ends is None or draft.on <= ends or matter is not Matter.AWAY:
                raise EventStands(current=before.state.value)
            before.end(ends)
            continue
        since = before.since_day
        before.end(draft.on - timedelta(days=1))
    session.flush()  # one stands at a time
    return since


def _made(
    draft: Draft, known: Known, actor: Actor, now: datetime, since: date, source: str
) -> PersonEvent:
    today = clock.local(now).date()
    matter, due = MATTERS[draft.kind], judging.falls_due(draft, since, today)
    account = known.account
    sealed = account.id_number if account else known.person.id_number if known.person else None
    return PersonEvent(
        kind=draft.kind,
        matter=matter,
        leave=draft.leave,
        person_ref=known.ref,
        person_id=known.person.id if known.person else None,
        unit_id=known.unit.id,
        name=known.name,
        id_number=sealed or crypto.seal(judging.number_of(draft)),
        on_day=draft.on,
        since_day=since,
        until_day=draft.until,
        note_sealed=crypto.seal(draft.note.strip()),
        is_late=judging.is_late(draft, today),
        state=EventState.PLANNED if due else EventState.DONE,
        is_open=True,
        due_on=due,
        tickets=[],
        outcome="",
        source=source,
        entered_by_id=actor.person_id,
        entered_at=now,
        rev=1,
    )


def _note_absence(session: Session, event: PersonEvent, actor: Actor, now: datetime) -> None:
    """Whoever is away is stood in for, as with any other leave."""
    if event.leave is None or event.person_id is None:
        return
    absence = identity.note_absence(
        session,
        actor=actor,
        now=now,
        person_id=event.person_id,
        first=event.on_day,
        last=event.until_day,
        kind=AbsenceKind(event.leave.value),
    )
    event.absence_id = absence.id if absence else None


def _says(draft: Draft, event: PersonEvent) -> bool:
    """A second click on the same form."""
    return (draft.until, draft.leave, draft.note.strip()) == (
        event.until_day,
        event.leave,
        event.note,
    )


def _record(
    session: Session, actor: Actor, now: datetime, kind: str, event: PersonEvent, **facts: str
) -> None:
    thing = f"person_event:{event.id}"
    audit.record(session, now=now, actor=actor, kind=kind, object=thing, data=facts)
