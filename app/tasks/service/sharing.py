"""A task goes to somebody else, or somebody else takes part: 转办, 委派, 加签, 减签 (ADR 86)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Invalid
from app.identity.queries import people_by_ids
from app.identity.types import PersonRef
from app.processes import engine
from app.tasks import policy
from app.tasks.models import Task, Visit
from app.tasks.queries import access_task, find_task, shares_of
from app.tasks.service.drawn import actions_of
from app.tasks.service.leaving import keep_row
from app.tasks.service.receiving import Ask, Receiver, receiver, receivers
from app.tasks.service.recording import record_act
from app.tasks.service.resolving import new_share
from app.tasks.service.settling import arrange, drop, living, move_on, settle
from app.tasks.service.standing import access_turn
from app.tasks.types import (
    NoSuchSigner,
    NotOffered,
    NotYourTask,
    StalePage,
    TaskKind,
    TaskState,
    Wrong,
)
from app.tasks.voting import Rule

TRANSFER, DELEGATE, ADD, REMOVE = "transfer", "delegate", "add-signers", "remove-signer"
HAND_ON = (TRANSFER, DELEGATE, ADD)  # what the diagram offers, in this order
ADDED = {
    "before": TaskKind.BEFORE,
    "parallel": TaskKind.PARALLEL,
    "after": TaskKind.AFTER,
}
MAX_REASON = 500
MOST_SHARES = 30
DEEPEST = 3  # somebody added by somebody added by somebody the diagram names


def hand_on_acts(node: engine.Node, task: Task) -> tuple[str, ...]:
    """Which of 转办, 委派, 加签 whoever has this task may do; who only advises, none."""
    if not task.decides:
        return ()
    return tuple(act for act in HAND_ON if act in actions_of(node))


def transfer(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    task_id: int,
    version: int | None,
    to: str,
    reason: str,
) -> Task:
    """转办: somebody else with a fitting position decides instead.

    A row of it stays with the giver, to be read; the deadline stays as it is.
    Raises: NotYourTask, TaskAlreadyDone, NotYourTurn, StalePage, NotOffered, Invalid (paths to,
    reason).
    """
    task, node = _access(session, task_id, actor, version, TRANSFER, now)
    wrong = _wrong_reason(reason)
    found = _receiver(session, task, node, actor, now, to, wrong, by_position=True)
    keep_row(session, task, actor.person_id, reason, now)
    task.hand_to(found.person.id, found.keys, None)
    _say(session, task, "task.transferred", actor, now, found.person, reason)
    return task


def delegate(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    task_id: int,
    version: int | None,
    to: str,
    reason: str,
) -> Task:
    """委派: a colleague prepares it and says what he thinks; then it comes back to be decided.

    Raises as `transfer`.
    """
    task, node = _access(session, task_id, actor, version, DELEGATE, now)
    wrong = _wrong_reason(reason)
    found = _receiver(session, task, node, actor, now, to, wrong)
    _hold(task, actor, now)
    _add(session, task, found, TaskKind.DELEGATE, now)
    _say(session, task, "task.delegated", actor, now, found.person, reason)
    return task


def add_signers(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    task_id: int,
    version: int | None,
    to: Sequence[str],
    place: str,
    reason: str,
) -> Task:
    """加签: others sign too: before me (they advise), beside me, or after me (they decide).

    Raises as `transfer`; path place too.
    """
    task, node = _access(session, task_id, actor, version, ADD, now)
    wrong = _wrong_reason(reason)
    kind = ADDED.get(place)
    if kind is None:
        wrong.append(Wrong("place", "not_a_choice", "请选择加签的位置：前加签、并加签、后加签。"))
    names = list(dict.fromkeys(name.strip() for name in to if name.strip()))
    if not names:
        wrong.append(Wrong("to", "required", "请填要加签的人。"))
    if task.visit.shares + len(names) > MOST_SHARES or _depth(session, task) >= DEEPEST:
        wrong.append(Wrong("to", "too_many", "加签的人太多，或者加签又加签的层数太多了。"))
    if wrong or kind is None:
        raise Invalid(wrong)
    found = [_receiver(session, task, node, actor, now, name, []) for name in names]
    if len({one.person.id for one in found}) < len(found):
        raise Invalid([Wrong("to", "twice", "同一个人只能加签一次。")])
    _hold(task, actor, now)
    for one in found:
        _add(session, task, one, kind, now)
        _say(session, task, "task.signer_added", actor, now, one.person, reason, place=place)
    session.flush()
    visit = task.visit
    arrange(living(shares_of(session, visit)), Rule.parse(visit.decide), now)
    return task


def remove_signer(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    task_id: int,
    version: int | None,
    to: str,
    reason: str = "",
) -> Task:
    """减签: whom one added, or delegated to, and who has not acted yet, need not any more.

    `task_id` is one's own task, done or not. If everybody else has decided, the ticket walks on.
    Raises: NotYourTask, StalePage, NoSuchSigner, Invalid (path reason).
    """
    task = access_task(session, task_id, actor, policy.has)
    if version != task.version:
        raise StalePage(current=task.state.value, version=task.version)
    if wrong := _wrong_reason(reason):
        raise Invalid(wrong)
    group = living(shares_of(session, task.visit))
    own = [one for one in group if one.parent_id == task.id and one.is_unfinished]
    known = people_by_ids(session, {one.assignee_id for one in own if one.assignee_id})
    named = {person.id for person in known.values() if to.strip() in (person.username, person.name)}
    fits = [one for one in own if one.assignee_id in named]
    if len(fits) != 1:
        raise NoSuchSigner(current=task.state.value, version=task.version)
    gone = fits[0]
    drop(group, gone, now)
    task.version += 1
    (person_id,) = named
    _say(session, task, "task.signer_removed", actor, now, known[person_id], reason)
    node = engine.load(session, task.instance.version_id).node(task.node)
    outcome = settle(session, task.visit, node, now)
    if outcome is not None:
        move_on(session, task=task, outcome=outcome, actor=actor, now=now)
    return task


def has_added(session: Session, task: Task) -> bool:
    """Whether somebody is to act whom the holder of this task added or delegated it to."""
    if session.get_one(Visit, task.visit_id).shares == 1:
        return False
    return any(one.is_unfinished and one.parent_id == task.id for one in _group(session, task))


def list_receivers(
    session: Session, *, actor: Actor, now: datetime, task_id: int, act: str, q: str
) -> list[PersonRef]:
    """Whom this task could be given to, or who could take part. Raises: as the act would."""
    task = find_task(session, task_id, actor)
    if not policy.can_complete(actor, task):
        raise NotYourTask
    node = engine.load(session, task.instance.version_id).node(task.node)
    if act not in hand_on_acts(node, task) or not task.is_active:
        raise NotOffered
    return receivers(Ask(session, task, node, actor, now, by_position=act == TRANSFER), q)


def _group(session: Session, task: Task) -> list[Task]:
    return living(shares_of(session, session.get_one(Visit, task.visit_id)))


def _access(
    session: Session, task_id: int, actor: Actor, version: int | None, act: str, now: datetime
) -> tuple[Task, engine.Node]:
    task = access_turn(session, task_id, actor, version, now)
    node = engine.load(session, task.instance.version_id).node(task.node)
    if act not in hand_on_acts(node, task):
        raise NotOffered(current=task.state.value, version=task.version)
    return task, node


def _receiver(
    session: Session,
    task: Task,
    node: engine.Node,
    actor: Actor,
    now: datetime,
    to: str,
    wrong: list[Wrong],
    *,
    by_position: bool = False,
) -> Receiver:
    """Raises: Invalid, with what else is wrong."""
    if not to.strip():
        raise Invalid([Wrong("to", "required", "请填交给谁：姓名或用户名。"), *wrong])
    try:
        found = receiver(Ask(session, task, node, actor, now, by_position), to)
    except Invalid as error:
        raise Invalid([*error.errors, *wrong]) from error
    if wrong:
        raise Invalid(wrong)
    return found


def _hold(task: Task, actor: Actor, now: datetime) -> None:
    """Whoever lets others take part has the task himself from now on."""
    if task.assignee_id is None:
        task.claim(actor.person_id, now)
    else:
        task.version += 1


def _add(session: Session, task: Task, found: Receiver, kind: TaskKind, now: datetime) -> None:
    waits = kind is TaskKind.AFTER
    share = new_share(
        task.visit,
        task.instance,
        now,
        kind=kind,
        state=TaskState.WAITING if waits else TaskState.OPEN,
    )
    share.parent_id, share.assignee_id = task.id, found.person.id
    session.add(share)
    task.visit.shares += 1
    if share.advises and task.is_active:
        task.wait()


def _depth(session: Session, task: Task) -> int:
    depth, one = 0, task
    while one.parent_id is not None:
        depth, one = depth + 1, session.get_one(Task, one.parent_id)
    return depth


def _wrong_reason(reason: str) -> list[Wrong]:
    if len(reason.strip()) > MAX_REASON:
        return [Wrong("reason", "too_long", f"原因最多 {MAX_REASON} 个字。")]
    return []


def _say(
    session: Session,
    task: Task,
    kind: str,
    actor: Actor,
    now: datetime,
    person: PersonRef,
    reason: str,
    **data: object,
) -> None:
    record_act(
        session,
        task,
        now=now,
        actor=actor,
        kind=kind,
        to=person.id,
        to_name=person.name,
        reason=reason.strip(),
        **data,
    )
