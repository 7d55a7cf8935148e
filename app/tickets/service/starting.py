"""A ticket begins: on a form, at once, or by a timer or a message."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit.service import note
from app.core.actor import Actor
from app.identity.queries import get_unit
from app.outages.types import Paper
from app.processes import engine, values
from app.processes.queries import hidden_from, published_version
from app.processes.service import running
from app.tickets.models import Ticket
from app.tickets.queries import find_by_client_key
from app.tickets.service.backentering import bring_in, note_paper
from app.tickets.service.drafting import hold_files, sealed_draft
from app.tickets.service.following import tell
from app.tickets.service.grounding import pin_rules
from app.tickets.service.naming import next_number
from app.tickets.types import MayNotStart, TicketState, Turn

CLOSED = "您登记的单位已经撤销，不能再发起。请让系统管理员把您改到现在的单位。"


def create_draft(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    process: str,
    answers: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    client_key: str | None = None,
    paper: Paper | None = None,
) -> Ticket:
    """A numbered draft under the published version; a process without a start form runs at once.

    `client_key` names the page it is filled on, so that a double click makes one ticket; `paper`
    is what it was asked for on while the system stood.
    Raises: ProcessNotFound, MayNotStart, BadPaper, Invalid (a draft must have the form's shape).
    """
    version = published_version(session, process)
    loaded = engine.load(session, version.id)
    if not may_start(session, actor, loaded):
        raise MayNotStart
    if variables and (loaded.form(loaded.start.id) or not actor.holds("process_tester")):
        raise MayNotStart("变量只能由流程测试员设，而且只用于没有申请表的流程。")
    given = values.judge(variables or {}, "variables")
    ticket = _new(session, loaded, actor, now, client_key=client_key, variables=given)
    ticket.draft_sealed = sealed_draft(session, loaded, ticket, actor, now, answers)
    note_paper(session, ticket, paper, now)
    _enter(session, ticket, actor)
    hold_files(session, loaded, ticket, actor, now)
    begun = {} if loaded.form(loaded.start.id) else {"begun": True}
    facts = {"process": loaded.key, **begun}
    note(session, ticket.instance, "ticket.created", now=now, actor=actor, **facts)
    if begun:
        bring_in(session, ticket, actor, now)
        _open(ticket, now)
        pin_rules(session, ticket, loaded, now)
        tell(session, ticket, Turn.SUBMITTED, now)
    running.begin(session, actor=actor, now=now, instance=ticket.instance)
    return ticket


def split_off(session: Session, ticket: Ticket, *, actor: Actor, now: datetime) -> Ticket:
    """One more ticket beside one that is being sent: of the same version, unit, and paper.

    The caller holds the lock of `ticket` and submits what this answers.
    """
    loaded = engine.load(session, ticket.instance.version_id)
    made = _new(session, loaded, actor, now, client_key=None, variables={})
    made.unit_id = made.instance.unit_id = ticket.unit_id
    if ticket.opened_at is None:  # paper tells of the first sending alone
        note_paper(session, made, ticket.paper, now)
    _enter(session, made, actor)
    facts = {"process": loaded.key, "split_of": ticket.number}
    note(session, made.instance, "ticket.created", now=now, actor=actor, **facts)
    running.begin(session, actor=actor, now=now, instance=made.instance)
    bring_in(session, made, actor, now)
    return made


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
    facts = {"process": loaded.key, "event": event}
    note(session, ticket.instance, "ticket.begun", now=now, actor=None, **facts)
    _open(ticket, now)
    pin_rules(session, ticket, loaded, now)
    tell(session, ticket, Turn.SUBMITTED, now)
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
    number = next_number(session, loaded, now)
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


def _open(ticket: Ticket, now: datetime) -> None:
    """Past any form it is on its road at once."""
    ticket.move(TicketState.RUNNING, now)
    ticket.submitted_at = now
    ticket.opened_at = ticket.instance.opened_at = ticket.paper_at or now


def _enter(session: Session, ticket: Ticket, actor: Actor) -> None:
    session.add(ticket)
    session.flush()  # subscribers of the first step look the ticket up
    unit = get_unit(session, actor.unit_id)
    if unit.closed_at is not None:
        raise MayNotStart(CLOSED)
    texts = (ticket.title, unit.name)
    running.note_words(session, ticket.instance, texts=texts, names=[actor.name])


def starters(loaded: engine.Loaded) -> list[str]:
    """The positions that may start it, as the process names them; naming none leaves it to testers.

    What only timers and messages begin is started by nobody.
    """
    if loaded.start.event != "none":
        return []
    return engine.split(loaded.definition.properties.get("start_positions", "process_tester"))


def may_start(session: Session, actor: Actor, loaded: engine.Loaded) -> bool:
    """What a unit's administrator has hidden from it is started by nobody there."""
    return actor.holds(*starters(loaded)) and loaded.key not in hidden_from(
        session, actor.unit_path
    )
