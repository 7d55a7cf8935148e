"""Running instances: begin, submit, advance, return, cancel. The caller holds the instance lock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.models import GENESIS
from app.audit.service import record
from app.audit.types import Result
from app.core import events
from app.core.actor import Actor
from app.core.crypto import keyed_hash, seal_json
from app.core.errors import AppError
from app.core.masking import masked
from app.core.search import names_of, texts_of
from app.identity.queries import actor_of
from app.processes import engine
from app.processes.models import (
    Incident,
    Instance,
    InstanceWords,
    NodeLog,
    Submission,
    Timer,
)
from app.processes.queries import get_instance, requester_tag, unit_of, unit_tag
from app.processes.service import answering
from app.processes.types import (
    AlreadyMoved,
    IncidentKind,
    IncidentOpened,
    IncidentState,
    InstanceReturned,
    InstanceSubmitted,
    StepFailed,
)

MAX_TRIES = 8
LONGEST_PAUSE = timedelta(seconds=30)


def make_instance(
    *,
    actor: Actor,
    now: datetime,
    version_id: int,
    number: str,
    title: str,
    variables: Mapping[str, Any] | None = None,
) -> Instance:
    """A run that has no token yet; the caller adds it and begins it."""
    return Instance(
        version_id=version_id,
        number=number,
        title=title,
        requester_id=actor.person_id,
        unit_id=actor.unit_id,
        variables=dict(variables or {}),
        state=b"",
        people="",
        submission_count=0,
        open_visits={},
        rev=0,
        audit_seq=0,
        audit_hash=GENESIS,
        created_at=now,
    )


def note_words(
    session: Session, instance: Instance, *, texts: Iterable[str], names: Iterable[str]
) -> None:
    """Write down by what else the run is found, beside its number.

    What was written before stays: a ledger row may have the name that was mended since.
    """
    tags = requester_tag(instance.requester_id), unit_tag(instance.unit_id)
    given = insert(InstanceWords).values(
        instance_id=instance.id,
        words=texts_of(texts, tags),
        names=names_of(instance.number, names, tags),
    )
    session.execute(
        given.on_conflict_do_update(
            index_elements=[InstanceWords.instance_id],
            set_={
                "words": InstanceWords.words.concat(given.excluded.words),
                "names": InstanceWords.names.concat(given.excluded.names),
            },
        )
    )


def begin(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    instance: Instance,
    event: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Put the first token: it waits at the start form, or at the first node if there is none.

    `event` is the start event whose timer or message has come. Raises: StepFailed.
    """
    engine.begin(session, instance, actor=actor, now=now, event=event, payload=payload)


def submit(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    instance: Instance,
    answers: Mapping[str, Any],
    told: Sequence[str] = (),
) -> Submission:
    """第n次提交: judge the start form, freeze the answers, send the ticket on its road.

    `told` is what was done to the answers before.
    Raises: Invalid (answers), AlreadyMoved (it is not waiting at its start form).
    """
    loaded = engine.load(session, instance.version_id)
    form = loaded.form(loaded.start.id)
    visit = start_visit(instance, loaded.start.id)
    if form is None or visit is None:
        raise AlreadyMoved
    check = answering.check_context(actor, unit_of(session, instance), instance.number, now)
    judged, notices = answering.judge(
        session, form, check, answers, instance.variables, node=loaded.start.id
    )
    notices = [*told, *notices]
    instance.submission_count += 1
    instance.opened_at = instance.opened_at or instance.paper_at or now
    files = answering.bind_files(
        session,
        form,
        judged,
        actor=actor,
        now=now,
        instance_id=instance.id,
        place=f"submission:{instance.submission_count}",
    )
    submission = Submission(
        instance_id=instance.id,
        n=instance.submission_count,
        answers_sealed=seal_json(judged),
        keyed_hash=keyed_hash(judged),
        notices=notices,
        person_id=actor.person_id,
        submitted_at=now,
    )
    session.add(submission)
    record(
        session,
        now=now,
        actor=actor,
        kind="ticket.submitted",
        object=f"ticket:{instance.number}",
        head=instance,
        data={
            "submission": submission.n,
            "answers": submission.keyed_hash.hex(),
            "notices": notices,
            **({"files": files} if files else {}),
        },
    )
    events.publish(
        session, InstanceSubmitted(instance.id, submission.n, visit, actor.person_id, now)
    )
    engine.complete(
        session,
        instance,
        visit=visit,
        changes=answering.routing(loaded, judged),
        actor=actor,
        now=now,
    )
    return submission


def advance(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    instance: Instance,
    visit: str,
    changes: Mapping[str, Any],
) -> None:
    """The visit is decided: walk on from it. Raises: AlreadyMoved, StepFailed."""
    engine.complete(session, instance, visit=visit, changes=changes, actor=actor, now=now)


def return_to(
    session: Session, *, actor: Actor, now: datetime, instance: Instance, node: str
) -> None:
    """Back to an earlier node; open work elsewhere is void. Raises: AlreadyMoved."""
    engine.return_to(session, instance, node=node, actor=actor, now=now)
    events.publish(session, InstanceReturned(instance.id, node, now))


def cancel(session: Session, *, actor: Actor, now: datetime, instance: Instance) -> None:
    engine.cancel(session, instance, actor=actor, now=now)


def start_visit(instance: Instance, start: str) -> str | None:
    """The key of the visit that waits at the start form, if it waits there."""
    return next((key for key, node in instance.open_visits.items() if node == start), None)


@dataclass(frozen=True)
class Claim:
    """One attempt at the due timers of a run; `tries` tells it from the next one."""

    instance_id: int
    tries: int


def claim_due(session: Session, *, now: datetime) -> Claim | None:
    """Take the run whose timer has waited longest, and count the attempt before it is made.

    The later due time it leaves is the lease, and the pause after an attempt that ended its
    process. Whoever comes with all attempts used up died in the last one: that is an incident.
    """
    instance = session.scalars(due_runs(now)).first() or session.scalars(left_runs(now)).first()
    if instance is None:
        return None
    if instance.due_tries >= MAX_TRIES:
        open_incident(
            session,
            now=now,
            instance=instance,
            node="",
            cause=f"到时自动办理试了 {MAX_TRIES} 次都没有办成：执行的进程中途断了，或系统出错。",
            detail="运行日志中的 timer.failed 有每一次的原因。",
            kind=IncidentKind.TIMER,
        )
        instance.due_at = None
    else:
        instance.due_tries += 1
        instance.due_at = now + pause_after_timer(instance.due_tries)
    return Claim(instance.id, instance.due_tries)


def fire_claimed(session: Session, claim: Claim, *, now: datetime) -> None:
    """Fire what is due in a run that was claimed. Raises: StepFailed.

    If somebody else was there meanwhile, the next look of the sweep finds what is left to do.
    """
    instance = session.get(Instance, claim.instance_id, with_for_update=True)
    if instance is None or instance.suspended_at is not None:
        return
    if instance.due_at and instance.due_tries == claim.tries:
        fire(session, now=now, instance=instance)


def give_up(session: Session, *, now: datetime, error: StepFailed) -> None:
    """What breaks at its time is a person's to repair; the sweep does not meet it again."""
    instance = get_instance(session, error.instance_id, lock=True)
    open_incident(
        session,
        now=now,
        instance=instance,
        node=error.node,
        cause=error.cause,
        detail=error.detail,
        kind=IncidentKind.TIMER,
    )
    instance.due_at = None


def due_runs(now: datetime) -> Select[Instance]:
    return (
        select(Instance)
        .where(Instance.due_at <= now, Instance.ended_at.is_(None))
        .where(Instance.suspended_at.is_(None))
        .order_by(Instance.due_at, Instance.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def left_runs(now: datetime) -> Select[Instance]:
    """What an attempt was cut off at, before the clock went back: its pause ends in a time to come,
    while its timer is due.
    """
    is_due = exists().where(
        Timer.instance_id == Instance.id, Timer.fired_at.is_(None), Timer.due_at <= now
    )
    return (
        select(Instance)
        .where(Instance.due_tries > 0, Instance.due_at > now + LONGEST_PAUSE)
        .where(Instance.ended_at.is_(None), Instance.suspended_at.is_(None), is_due)
        .order_by(Instance.due_at, Instance.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def pause_after_timer(tries: int) -> timedelta:
    """Short, since a timer is late by it: a site that comes up again fires within a minute."""
    return min(timedelta(seconds=5 * 2 ** (tries - 1)), LONGEST_PAUSE)


def fire(session: Session, *, now: datetime, instance: Instance) -> None:
    """Fire what is due in this one, whose lock the caller holds. Raises: StepFailed.

    Nobody acts here: what follows is done in the requester's name.
    """
    armed = select(func.min(Timer.due_at)).where(
        Timer.instance_id == instance.id, Timer.fired_at.is_(None)
    )
    due_at = session.scalar(armed)
    record(
        session,
        now=now,
        actor=None,
        kind="timer.fired",
        object=f"ticket:{instance.number}",
        head=instance,
        data={"due_at": due_at.isoformat() if due_at else None},
    )
    actor = actor_of(session, instance.requester_id, now)
    try:
        engine.fire_due(session, instance, actor=actor, now=now)
    except StepFailed:
        raise
    except AppError as error:  # nobody is here to read a refusal: it is a person's to repair
        raise StepFailed(instance.id, "", error.text, "") from error
    instance.due_tries = 0


def open_incident(
    session: Session,
    *,
    now: datetime,
    instance: Instance,
    node: str,
    cause: str,
    detail: str,
    kind: IncidentKind = IncidentKind.ACT,
    outbox_id: int | None = None,
) -> Incident:
    """Leave the ticket where it is and say what a person must repair.

    The same thing failing again is the same incident: a second click adds nothing.
    """
    cause, detail = masked(cause), masked(detail)
    known = session.scalars(
        select(Incident).where(
            Incident.instance_id == instance.id,
            Incident.node == node,
            Incident.cause == cause,
            Incident.outbox_id.is_not_distinct_from(outbox_id),
            Incident.state == IncidentState.OPEN,
        )
    ).first()
    if known is not None:
        return known
    session.add(NodeLog(instance_id=instance.id, at=now, node=node, element="", event="failed"))
    incident = Incident(
        instance_id=instance.id,
        kind=kind,
        outbox_id=outbox_id,
        node=node,
        cause=cause,
        detail=detail,
        variables=dict(instance.variables),
        created_at=now,
    )
    session.add(incident)
    instance.open_incident_count += 1
    session.flush()  # the event names it
    record(
        session,
        now=now,
        actor=None,
        kind="incident.opened",
        object=f"ticket:{instance.number}",
        head=instance,
        data={"incident": incident.id, "node": node, "cause": cause},
        result=Result.FAILED,
    )
    events.publish(session, IncidentOpened(instance.id, incident.id))
    return incident
