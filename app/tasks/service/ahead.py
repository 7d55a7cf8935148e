"""Who gets a ticket after each outcome of a step, tried out on the diagram before it is decided."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.identity.queries import people_by_ids
from app.processes import engine
from app.tasks.assignment import Assignment, lines_of
from app.tasks.models import Task
from app.tasks.naming import expected
from app.tasks.queries import visit_key
from app.tasks.service.drawn import form_of, outcomes_of
from app.tasks.service.resolving import AGAIN, named
from app.tasks.service.settling import progress
from app.tasks.voting import Rule

OVER = {"closed": "本件办结", "refused": "本件终止，不予办理", "cancelled": "本件作废"}
ELSEWHERE = "等别的步骤、消息或时间，再往下走"
NOBODY = "现在没有人能办，会报给系统管理员"
TOGETHER = "这一步定下来以后，"


def ahead(session: Session, task: Task, actor: Actor, now: datetime) -> Mapping[str, str]:
    """Outcome → where the ticket goes and to whom, as things stand; nothing where nobody can tell.

    What only advises decides nothing, and what a form says is known when it is filled.
    """
    loaded = engine.load(session, task.instance.version_id)
    node = loaded.node(task.node)
    form = form_of(loaded, task)
    routes = form is not None and any(
        leaf.key in loaded.definition.variables_read for leaf in form.leaves
    )
    if not task.decides or routes or task.node == loaded.start.id:
        return {}
    first = TOGETHER if progress(session, task, node) else ""
    found: dict[str, str] = {}
    known: dict[engine.Ahead, str] = {}
    key = visit_key(session, task)
    for outcome in outcomes_of(node):
        changes = {"outcome": outcome.value, f"{task.node}_outcome": outcome.value}
        way = engine.try_out(session, task.instance, visit=key, changes=changes, now=now)
        if way is not None and way not in known:
            known[way] = _words(session, task, loaded, way, actor, now)
        if way is not None:
            found[outcome.value] = first + known[way]
    return found


def _words(
    session: Session,
    task: Task,
    loaded: engine.Loaded,
    way: engine.Ahead,
    actor: Actor,
    now: datetime,
) -> str:
    if way.result:
        return OVER.get(way.result, "本件结束")
    steps = [_step(session, task, loaded.node(name), actor, now) for name in way.nodes]
    return "；".join(steps) or ELSEWHERE


def _step(session: Session, task: Task, node: engine.Node, actor: Actor, now: datetime) -> str:
    again = f"{AGAIN}{task.node}" in lines_of(node)
    found, _ = named(session, task.instance, node, now, besides=frozenset({actor.person_id}))
    if again and actor.person_id not in found.people:
        found = Assignment(people=(actor.person_id, *found.people))
    names = people_by_ids(session, found.everybody)
    shared = Rule.parse(node.properties.get("decide", "any")).is_shared
    who = ("、" if shared else " 或 ").join(expected(found, names))
    return f"到“{node.name}”：{who or NOBODY}"
