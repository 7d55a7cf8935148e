"""What an act would do with each of many tasks, before it is confirmed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.identity import queries as people
from app.identity.models import Person, Unit
from app.processes import engine
from app.processes.models import Instance
from app.processes.types import Suspended
from app.tasks import policy
from app.tasks.models import Task
from app.tasks.queries import known_tasks
from app.tasks.service.drawn import form_of, outcomes_of, sign_of
from app.tasks.service.sharing import TRANSFER, hand_on_acts
from app.tasks.types import (
    BatchAct,
    Foreseen,
    NotOffered,
    NotYourTask,
    NotYourTurn,
    Outcome,
    TaskAlreadyClaimed,
    TaskAlreadyDone,
    TaskNotFound,
    TaskState,
)

LABELS = {BatchAct.CLAIM: "由您签收", BatchAct.TRANSFER: "转给别人办"}
NEEDS_ANSWERS = "这一步要补正申请表，请打开这件单独办。"
NEEDS_FORM = "这一步要填表，请打开这件单独办。"
NEEDS_OPINION = "“{label}”要逐件写明理由，请打开这件单独办。"
NEEDS_SIGNATURE = "这一步要签名，您还没有备案签名。请打开这件手写签名，或者先到“我的签名”里存一个。"


Foreseer = Callable[[Session, Actor, datetime, Sequence[int]], list[Foreseen]]
_elsewhere: dict[BatchAct, Foreseer] = {}


@dataclass(frozen=True)
class _Asker:
    """Who asks, with what is the same for all tasks."""

    actor: Actor
    has_signature: bool


def register_foreseer(act: BatchAct, foreseer: Foreseer) -> None:
    """What is done to other things than tasks, a room above foresees."""
    _elsewhere[act] = foreseer


def foresee(
    session: Session, *, actor: Actor, now: datetime, act: BatchAct, ids: Sequence[int]
) -> list[Foreseen]:
    """For each of `ids` in their order; what the actor may not know of is like what is missing."""
    if act in _elsewhere:
        return _elsewhere[act](session, actor, now, ids)
    tasks = known_tasks(session, actor, ids)
    asker = _Asker(actor, people.stored_signature(session, actor.person_id) is not None)
    names = _names(session, tasks)
    told = []
    for one in ids:
        task = tasks.get(one)
        if task is None:
            told.append(Foreseen(one, 0, why=TaskNotFound.message))
        else:
            told.append(_told(session, asker, task, act, names))
    return told


def _told(
    session: Session, asker: _Asker, task: Task, act: BatchAct, names: Mapping[int, tuple[str, str]]
) -> Foreseen:
    outcome, signs = Outcome("", LABELS.get(act, "")), False
    why = _barred(asker.actor, task)
    loaded = engine.load(session, task.instance.version_id)
    node = loaded.node(task.node)
    if act is BatchAct.TRANSFER and TRANSFER not in hand_on_acts(node, task):
        why = why or NotOffered.message
    if act is BatchAct.AGREE:
        outcome, signs = outcomes_of(node)[0], bool(sign_of(node))
        why = why or _not_with_others(asker, task, loaded)
    requester, unit = names[task.instance_id]
    return Foreseen(
        task.id,
        task.version,
        task.instance.number,
        task.instance.title,
        task.title,
        unit,
        requester,
        outcome.value,
        outcome.label,
        signs,
        why,
    )


def _barred(actor: Actor, task: Task) -> str:
    """Why this person cannot act on it at all."""
    if task.state is TaskState.WAITING:
        return NotYourTurn.message
    if not task.is_active:
        return TaskAlreadyDone.message
    if task.assignee_id not in (None, actor.person_id):
        return TaskAlreadyClaimed.message
    if not policy.can_complete(actor, task):
        return NotYourTask.message
    if task.instance.suspended_at is not None:
        return Suspended.message
    return ""


def _not_with_others(asker: _Asker, task: Task, loaded: engine.Loaded) -> str:
    """Why it takes more than the first outcome and words that all share."""
    node = loaded.node(task.node)
    first = outcomes_of(node)[0]
    if node.id == loaded.start.id:
        return NEEDS_ANSWERS
    if form_of(loaded, task) is not None:
        return NEEDS_FORM
    if first.is_refusal:
        return NEEDS_OPINION.format(label=first.label)
    if sign_of(node) and not asker.has_signature:
        return NEEDS_SIGNATURE
    return ""


def _names(session: Session, tasks: Mapping[int, Task]) -> dict[int, tuple[str, str]]:
    """Requester and unit of each run."""
    rows = session.execute(
        select(Instance.id, Person.name, people.called_at(Instance.opened_at))
        .join(Person, Instance.requester_id == Person.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(Instance.id.in_({task.instance_id for task in tasks.values()}))
    )
    return {run: (requester, unit) for run, requester, unit in rows}
