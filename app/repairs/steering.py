"""An administrator's move of a ticket, and his changes to its variables.

A move decides nothing: no opinion and no signature comes into being by it, and what follows from
the target is asked again. Who gets the node is found by the diagram.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit.service import note
from app.core.actor import Actor
from app.core.masking import masked
from app.identity.queries import actor_of
from app.processes import engine
from app.processes.models import Instance
from app.processes.service import running
from app.processes.types import IncidentKind, NotMovable, StepFailed
from app.repairs import service
from app.repairs.standing import GOING, access, reason_of
from app.repairs.types import AlreadyThere, Change, Effect, FieldError, RepairRefused, Share
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.queries import active_tasks
from app.tickets.models import Ticket
from app.tickets.types import LABELS, TicketState

MOVABLE = (*GOING, TicketState.SUSPENDED)
PAST = (IncidentKind.ACT, IncidentKind.TIMER, IncidentKind.EVENT)
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
MOST_ITEMS, LONGEST, MOST_CHANGES = 1_000, 10_000, 100
LARGEST = 2**53
BAD_NAME = "变量名“{}”不能用：小写字母开头，只含小写字母、数字和下划线，最多 60 个字符。"
BAD_VALUE = (
    '值要是文字、数字、true、false、null，或者它们的列表。文字写在英文双引号里，例如 "approve"。'
)
NO_PEOPLE = {"receive": "等消息", "event": "等时间、信号或消息", "start": "等申请人填写"}


def move(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    source: str,
    target: str,
    reason: str,
    seen: int | None = None,
) -> Ticket:
    """Put the ticket at `target`, for what stands at `source` (a node or a visit; empty: all).

    Raises: TicketNotFound, MayNotRepair, OwnTicket, StaleRepair, WrongState, RepairRefused,
    AlreadyThere, NotMovable, StepFailed.
    """
    ticket = access(session, number, actor, seen, *MOVABLE)
    said = reason_of(reason)
    _move(session, ticket, source, target, said, actor, now)
    return ticket


def preview_move(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    source: str,
    target: str,
    seen: int | None = None,
) -> Effect:
    """What `move` would do, found by doing it and taking it back.

    Raises: as `move`, but for the reason; a step that would break is told in the answer.
    """
    ticket = access(session, number, actor, seen, *MOVABLE)
    try:
        with rehearsal(session):
            return _move(session, ticket, source, target, "", actor, now)
    except StepFailed as error:
        return Effect(broken=masked(error.cause))


def edit(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    changes: Mapping[str, Any],
    reason: str,
    seen: int | None = None,
) -> Ticket:
    """Write variables by hand; conditions that wait for them look again.

    Raises: TicketNotFound, MayNotRepair, OwnTicket, StaleRepair, WrongState, RepairRefused,
    StepFailed.
    """
    ticket = access(session, number, actor, seen, *MOVABLE)
    if wrong := list(_wrong(changes)):
        raise RepairRefused(*wrong)
    said = reason_of(reason)
    instance = ticket.instance
    old = instance.variables
    changed = [
        Change(name, _told(old[name]) if name in old else "", _told(value))
        for name, value in changes.items()
        if name not in old or _differs(old[name], value)
    ]
    if not changed:
        raise RepairRefused(FieldError("changes", "unchanged", "没有改动：值和现在的一样。"))
    note(
        session,
        instance,
        "ticket.edited",
        now=now,
        actor=actor,
        reason=said,
        changes=[{"name": one.name, "old": one.old, "new": one.new} for one in changed],
    )
    engine.edit(
        session, instance, changes=dict(changes), actor=_doer(session, ticket, now), now=now
    )
    if instance.ended_at is None:
        follow(session, ticket, now)
    return ticket


def follow(session: Session, ticket: Ticket, now: datetime) -> None:
    """The ticket's state after a repair: with its requester, or on its road."""
    loaded = engine.load(session, ticket.instance.version_id)
    at_start = running.start_visit(ticket.instance, loaded.start.id) is not None
    ticket.put(at_requester=at_start, now=now)


@contextmanager
def rehearsal(session: Session) -> Iterator[None]:
    """Whatever is done inside is taken back; nobody is woken for it."""
    wakes = dict(session.info.get("after_commit", {}))
    nested = session.begin_nested()
    try:
        yield
    finally:
        nested.rollback()
        session.expire_all()
        session.info["after_commit"] = wakes


def _move(
    session: Session,
    ticket: Ticket,
    source: str,
    target: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Effect:
    instance = ticket.instance
    loaded = engine.load(session, instance.version_id)
    if target not in loaded.definition.nodes:
        raise NotMovable
    before = _footing(session, instance, now)
    _refuse_to_stay(session, instance, source, target)
    behind = loaded.definition.graph.reach(target)
    void = tasks.void_behind(session, instance, target, behind, now)
    note(
        session,
        instance,
        "ticket.moved",
        now=now,
        actor=actor,
        reason=reason,
        to=target,
        to_title=loaded.node(target).name or target,
        **{"from": source},
    )
    engine.move(
        session,
        instance,
        source=source or None,
        target=target,
        actor=_doer(session, ticket, now),
        now=now,
    )
    service.close_behind(session, actor=actor, now=now, instance=instance, kinds=PAST)
    if instance.ended_at is None:
        follow(session, ticket, now)
    after = _footing(session, instance, now)
    return Effect(
        tuple(share for key, share in before.items() if key not in after),
        tuple(share for key, share in after.items() if key not in before),
        tuple(_share(session, task, now) for task in void),
        LABELS[ticket.held_state or ticket.state],
    )


def _refuse_to_stay(session: Session, instance: Instance, source: str, target: str) -> None:
    """A second click moves nothing. Raises: AlreadyThere."""
    if source:
        stays = instance.open_visits.get(source, source) == target
    else:
        stays = [node.id for node in engine.standing(session, instance)] == [target]
    if stays:
        raise AlreadyThere


def _footing(session: Session, instance: Instance, now: datetime) -> dict[str, Share]:
    """Where the ticket stands: tasks of people, and what waits without anybody."""
    if instance.ended_at is not None:
        return {}
    found = {f"task:{t.id}": _share(session, t, now) for t in active_tasks(session, instance.id)}
    held = {share.node for share in found.values()}
    for node in engine.standing(session, instance):
        if node.id not in held:
            title = node.name or node.id
            found[f"node:{node.id}"] = Share(node.id, title, NO_PEOPLE.get(node.kind, "系统"))
    return found


def _share(session: Session, task: Task, now: datetime) -> Share:
    who = tasks.who_has(session, task, now)
    return Share(task.node, task.title, who or "现在没有可以办理的人，会记为异常")


def _doer(session: Session, ticket: Ticket, now: datetime) -> Actor:
    """What follows by itself is done in the requester's name: a repair decides nothing."""
    return actor_of(session, ticket.requester_id, now)


def _wrong(changes: Mapping[str, Any]) -> Iterator[FieldError]:
    if not changes or len(changes) > MOST_CHANGES:
        yield FieldError("changes", "required", f"要写明改哪个变量，一次最多 {MOST_CHANGES} 个。")
    for name, value in changes.items():
        if not NAME.fullmatch(name):
            yield FieldError(f"changes.{name}", "variable_name", BAD_NAME.format(name[:60]))
        elif not _fits(value):
            yield FieldError(f"changes.{name}", "variable_value", f"变量 {name}：{BAD_VALUE}")


def _fits(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) <= MOST_ITEMS and all(_is_scalar(item) for item in value)
    return _is_scalar(value)


def _is_scalar(value: Any) -> bool:
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int):
        return abs(value) <= LARGEST
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str) and len(value) <= LONGEST and "\0" not in value


def _differs(old: Any, new: Any) -> bool:
    """1, 1.0 and true are not the same to an expression."""
    return json.dumps(old) != json.dumps(new)


def _told(value: Any) -> str:
    return masked(json.dumps(value, ensure_ascii=False))


def read_value(text: str) -> Any:
    """A value as it is typed on the page: JSON. Raises: RepairRefused."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RepairRefused(FieldError("value", "variable_value", BAD_VALUE)) from error


def _no_constant(name: str) -> Sequence[Any]:
    raise ValueError(name)
