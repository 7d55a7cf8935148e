"""Use cases of the requester: draft, save, submit, withdraw, cancel; and following the engine."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

import forms
from app.attachments import service as files
from app.audit.service import record
from app.core import clock, outbox
from app.core.actor import Actor
from app.core.crypto import blind_index, seal_json
from app.core.errors import Invalid
from app.processes import engine, registry, values
from app.processes.queries import latest_submission, published_version, unit_ref
from app.processes.service import answering, running
from app.processes.types import (
    InstanceEnded,
    InstanceReturned,
    InstanceSubmitted,
    ProcessNotFound,
)
from app.tasks.queries import is_decided
from app.tickets import policy
from app.tickets.models import Ticket, TicketNumber, TicketPerson
from app.tickets.queries import access_ticket, find_by_client_key, ticket_of
from app.tickets.types import (
    AT_REQUESTER,
    DraftPage,
    MayNotStart,
    NotYourTicket,
    TicketState,
    TooLate,
    WrongState,
)

NUMBERING = "BJ-{year}-{serial:5}"
PLACEHOLDER = re.compile(r"\{(\w+)(?::(\d))?\}")
MAX_REASON = 500


def create_draft(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    process: str,
    answers: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    client_key: str | None = None,
) -> Ticket:
    """A numbered draft under the published version; a process without a start form runs at once.

    `client_key` names the page it is filled on, so that a double click makes one ticket.
    Raises: ProcessNotFound, MayNotStart, Invalid (a draft must have the form's shape).
    """
    version = published_version(session, process)
    loaded = engine.load(session, version.id)
    if not may_start(actor, loaded):
        raise MayNotStart
    if variables and (loaded.form(loaded.start.id) or not actor.holds("process_tester")):
        raise MayNotStart("变量只能由流程测试员设，而且只用于没有申请表的流程。")
    given = values.judge(variables or {}, "variables")
    ticket = _new(session, loaded, actor, now, client_key=client_key, variables=given)
    ticket.draft_sealed = _draft(session, loaded, ticket, actor, now, answers)
    _enter(session, ticket, actor)
    _hold_files(session, loaded, ticket, actor, now)
    begun = {} if loaded.form(loaded.start.id) else {"begun": True}
    kind = "ticket.created"
    _record(session, ticket, now=now, actor=actor, kind=kind, process=loaded.key, **begun)
    if begun:
        ticket.move(TicketState.RUNNING, now)
        ticket.submitted_at = now
    running.begin(session, actor=actor, now=now, instance=ticket.instance)
    return ticket


def begin_by_event(
    session: Session,
    *,
    requester: Actor,
    now: datetime,
    version_id: int,
    event: str,
    payload: Mapping[str, Any],
    cause: str,
) -> Ticket:
    """A ticket that a timer or a message begins, at the start event `event`, past any form.

    `cause` names the occurrence: the same one makes one ticket. Raises: StepFailed.
    """
    if known := find_by_client_key(session, requester, cause):
        return known
    loaded = engine.load(session, version_id)
    ticket = _new(session, loaded, requester, now, client_key=cause, variables={})
    _enter(session, ticket, requester)
    _record(
        session, ticket, now=now, actor=None, kind="ticket.begun", process=loaded.key, event=event
    )
    ticket.move(TicketState.RUNNING, now)
    ticket.submitted_at = now
    instance = ticket.instance
    running.begin(
        session, actor=requester, now=now, instance=instance, event=event, payload=payload
    )
    return ticket


def _new(
    session: Session,
    loaded: engine.Loaded,
    actor: Actor,
    now: datetime,
    *,
    client_key: str | None,
    variables: Mapping[str, Any],
) -> Ticket:
    """A ticket and its run, which has no token yet; nothing is written."""
    number = _next_number(session, loaded, now)
    ticket = Ticket(
        number=number,
        client_key=client_key,
        process=loaded.key,
        process_title=loaded.title,
        title=loaded.title,
        requester_id=actor.person_id,
        unit_id=actor.unit_id,
        created_at=now,
        updated_at=now,
    )
    ticket.instance = running.make_instance(
        actor=actor,
        now=now,
        version_id=loaded.version_id,
        number=number,
        title=loaded.title,
        variables=variables,
    )
    return ticket


def _enter(session: Session, ticket: Ticket, actor: Actor) -> None:
    session.add(ticket)
    session.flush()  # subscribers of the first step look the ticket up
    texts = (ticket.title, unit_ref(session, actor.unit_id).name)
    running.note_words(session, ticket.instance, texts=texts, names=[actor.name])


def save_draft(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    answers: Mapping[str, Any],
    page: DraftPage | None = None,
) -> Ticket:
    """Keep what was typed, complete or not; `page` is the one it was typed on.

    Raises: NotYourTicket, WrongState, DraftElsewhere, Invalid.
    """
    ticket = _own(session, number, actor, *AT_REQUESTER)
    if page is not None:
        ticket.begin_turn(page)
    _keep(session, ticket, actor, now, answers)
    return ticket


def keep_draft(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    answers: Mapping[str, Any],
    page: DraftPage,
    is_blank: bool = False,
) -> Ticket:
    """What a page keeps by itself while it is filled; a turn that comes late or twice is passed by.

    A new form that `is_blank` again is a draft of nothing, which no list shows. Leaves no event:
    see ADR 69. Raises: NotYourTicket, WrongState, DraftElsewhere, Invalid.
    """
    ticket = _own(session, number, actor, *AT_REQUESTER)
    if not ticket.has_turn(page):
        ticket.begin_turn(page)
        is_nothing = is_blank and ticket.state is TicketState.DRAFT
        _keep(session, ticket, actor, now, None if is_nothing else answers)
    return ticket


def _keep(
    session: Session,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    answers: Mapping[str, Any] | None,
) -> None:
    loaded = engine.load(session, ticket.instance.version_id)
    ticket.draft_sealed = _draft(session, loaded, ticket, actor, now, answers)
    ticket.updated_at = now
    _hold_files(session, loaded, ticket, actor, now)


def submit(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    answers: Mapping[str, Any] | None = None,
    page: DraftPage | None = None,
) -> Ticket:
    """Send the draft, or the mended form once more (第n次提交).

    Without `answers` the saved draft is sent, or what was sent before; `page` is the one it was
    typed on. Raises: NotYourTicket, WrongState, DraftElsewhere, Invalid.
    """
    ticket = _own(session, number, actor, *AT_REQUESTER)
    if page is not None:
        ticket.begin_turn(page)
    given = answers if answers is not None else _kept(session, ticket)
    running.submit(session, actor=actor, now=now, instance=ticket.instance, answers=given)
    return ticket


def attach(
    session: Session, *, actor: Actor, now: datetime, ticket: Ticket, ids: Sequence[str]
) -> None:
    """Files that go with the ticket as a whole. The caller holds its lock. Raises: Invalid."""
    hashes = files.bind(
        session,
        actor=actor,
        now=now,
        ids=[(f"attachments.{n}", one) for n, one in enumerate(ids)],
        kind=registry.FILES,
        instance_id=ticket.instance_id,
        place="general",
    )
    _record(session, ticket, now=now, actor=actor, kind="ticket.attached", files=hashes)


def withdraw(
    session: Session, *, actor: Actor, now: datetime, number: str, reason: str = ""
) -> Ticket:
    """撤回: the requester takes it back before anybody has decided; it can be sent again.

    Raises: NotYourTicket, WrongState, TooLate.
    """
    ticket = _own(session, number, actor, TicketState.RUNNING)
    instance = ticket.instance
    if is_decided(session, instance.id, instance.submission_count):
        raise TooLate(current=ticket.state.value)
    loaded = engine.load(session, instance.version_id)
    if loaded.form(loaded.start.id) is None:
        raise WrongState("这项业务没有申请表，不能撤回，可以作废。", current=ticket.state.value)
    ticket.move(TicketState.WITHDRAWN, now)
    _record(
        session, ticket, now=now, actor=actor, kind="ticket.withdrawn", reason=reason[:MAX_REASON]
    )
    running.return_to(session, actor=actor, now=now, instance=instance, node=loaded.start.id)
    return ticket


def cancel(
    session: Session, *, actor: Actor, now: datetime, number: str, reason: str = ""
) -> Ticket:
    """作废 what is in the requester's hands. Raises: NotYourTicket, WrongState."""
    ticket = _own(session, number, actor, *AT_REQUESTER)
    _record(
        session, ticket, now=now, actor=actor, kind="ticket.cancelled", reason=reason[:MAX_REASON]
    )
    running.cancel(session, actor=actor, now=now, instance=ticket.instance)
    return ticket


def may_start(actor: Actor, loaded: engine.Loaded) -> bool:
    """The process names the positions that may start it; naming none leaves it to testers.

    What only timers and messages begin is started by nobody.
    """
    if loaded.start.event != "none":
        return False
    wanted = engine.split(loaded.definition.properties.get("start_positions", "process_tester"))
    return actor.holds(*wanted)


def follow_submission(session: Session, event: InstanceSubmitted) -> None:
    """The ticket shows the new submission: state, title, people named in it."""
    ticket = ticket_of(session, event.instance_id)
    ticket.move(TicketState.RUNNING, event.at)
    ticket.submission, ticket.submitted_at, ticket.draft_sealed = event.submission, event.at, None
    # A page that was open before it was sent is out of date when the ticket comes back.
    ticket.draft_stamp = f"sent:{event.submission}"
    files.release_draft(session, event.instance_id)
    latest = latest_submission(session, event.instance_id)
    loaded = engine.load(session, ticket.instance.version_id)
    form = loaded.form(loaded.start.id)
    if latest is None or form is None:
        return
    context = answering.label_context(session, event.at, event.instance_id)
    labelled = forms.labelled(form, latest.answers, context)
    ticket.title = ticket.instance.title = _title(loaded, labelled)
    people = _people_named(latest.answers)
    named = [name for name, _ in people]
    ticket.instance.people = " ".join(named)
    session.execute(delete(TicketPerson).where(TicketPerson.ticket_id == ticket.id))
    session.add_all(
        TicketPerson(ticket_id=ticket.id, row=row, name=name, blind_index=index)
        for row, (name, index) in enumerate(people, start=1)
    )
    running.note_words(session, ticket.instance, texts=[ticket.title], names=named)


def follow_return(session: Session, event: InstanceReturned) -> None:
    """Back at the start form the clock is the requester's; a withdrawn ticket stays withdrawn."""
    ticket = ticket_of(session, event.instance_id)
    loaded = engine.load(session, ticket.instance.version_id)
    ticket.updated_at = event.at
    if event.node == loaded.start.id and ticket.state is TicketState.RUNNING:
        ticket.move(TicketState.RETURNED, event.at)


def follow_end(session: Session, event: InstanceEnded) -> None:
    """The end event that was reached says what became of it; the notice leaves by the outbox."""
    ticket = ticket_of(session, event.instance_id)
    target = TicketState(event.result)
    ticket.move(target, event.at)
    ticket.closed_at = event.at
    ticket.held_state = ticket.instance.suspended_at = None
    _record(session, ticket, now=event.at, actor=None, kind=f"ticket.ended.{target.value}")
    outbox.add(
        session,
        "tickets.notice",
        {"ticket": ticket.number, "state": target.value},
        key=f"{ticket.number}:{target.value}",
        now=event.at,
        ticket=ticket.number,
    )


def _own(session: Session, number: str, actor: Actor, *states: TicketState) -> Ticket:
    """The requester's own ticket, locked, in one of these states."""
    ticket = access_ticket(session, number, actor, policy.can_view, lock=True)
    if not policy.is_requester(actor, ticket):
        raise NotYourTicket
    if ticket.state not in states:
        raise WrongState(current=ticket.state.value)
    return ticket


def _kept(session: Session, ticket: Ticket) -> dict[str, Any]:
    """What stands on the form page: the saved draft, else the last submission."""
    if ticket.draft is not None:
        return ticket.draft
    loaded = engine.load(session, ticket.instance.version_id)
    form = loaded.form(loaded.start.id)
    latest = latest_submission(session, ticket.instance_id)
    return forms.without_readonly(form, latest.answers) if form and latest else {}


def _draft(
    session: Session,
    loaded: engine.Loaded,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    answers: Mapping[str, Any] | None,
) -> bytes | None:
    form = loaded.form(loaded.start.id)
    if form is None:
        if answers:
            raise ProcessNotFound("这项业务没有申请表。")
        return None
    check = answering.check_context(actor, unit_ref(session, ticket.unit_id), ticket.number, now)
    context = answering.form_context(session, form, check, node=loaded.start.id)
    if answers is None:
        return None
    try:
        return seal_json(forms.check_draft(form, answers, context))
    except forms.DraftRefused as error:
        raise Invalid(error.errors) from error


def _hold_files(
    session: Session, loaded: engine.Loaded, ticket: Ticket, actor: Actor, now: datetime
) -> None:
    """The sweep spares what a draft names."""
    form = loaded.form(loaded.start.id)
    if form is not None and forms.asks_for_files(form) and ticket.draft is not None:
        files.hold_for_draft(
            session,
            actor=actor,
            now=now,
            ids=[one for _, one in forms.file_ids(form, ticket.draft)],
            kind=registry.FILES,
            instance_id=ticket.instance_id,
        )


def _title(loaded: engine.Loaded, labelled: Mapping[str, Any]) -> str:
    """`title_pattern` with labelled answers in its placeholders; a list gives its length."""
    pattern = loaded.definition.properties.get("title_pattern") or loaded.title

    def fill(match: re.Match[str]) -> str:
        value = labelled.get(match[1], "")
        return str(len(value)) if isinstance(value, list | tuple) else str(value)

    return PLACEHOLDER.sub(fill, pattern)


def _people_named(answers: Mapping[str, Any]) -> list[tuple[str, bytes | None]]:
    rows = (row for value in answers.values() if isinstance(value, list) for row in value)
    return [
        (row["name"], blind_index("id_number", row["id_number"]) if "id_number" in row else None)
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("name"), str)
    ]


def _next_number(session: Session, loaded: engine.Loaded, now: datetime) -> str:
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


def _record(
    session: Session,
    ticket: Ticket,
    *,
    now: datetime,
    actor: Actor | None,
    kind: str,
    **data: object,
) -> None:
    record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"ticket:{ticket.number}",
        head=ticket.instance,
        data=data,
    )
