"""What another version of its process means for one ticket: what would be lost, what differs.

Lost is what nobody could see or do any more. What is only asked otherwise is told.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.processes import engine
from app.processes.queries import latest_submission
from app.repairs.types import Difference
from app.tasks.service import outcomes_of
from app.tickets.models import Ticket
from forms import Form

Fields = Mapping[str, tuple[str, str]]  # path → label, type


def compare(session: Session, ticket: Ticket, version_id: int) -> Difference:
    instance = ticket.instance
    here, there = engine.load(session, instance.version_id), engine.load(session, version_id)
    losses = [
        f"“{_title(here, loss.node)}”：{loss.reason}"
        for loss in engine.losses(session, instance, version_id)
    ]
    losses += _answers_lost(session, ticket, here, there)
    notes = []
    for node in dict.fromkeys(instance.open_visits.values()):
        if node in there.definition.nodes:
            notes += [f"“{_title(here, node)}”{words}" for words in _asked_anew(here, there, node)]
    return Difference(tuple(dict.fromkeys(losses)), tuple(dict.fromkeys(notes)))


def assigned_anew(here: engine.Loaded, there: engine.Loaded) -> frozenset[str]:
    """Nodes of both whose people are named by another rule."""
    return frozenset(
        node
        for node in here.definition.nodes.keys() & there.definition.nodes.keys()
        if _people(here, node) != _people(there, node)
    )


def _answers_lost(
    session: Session, ticket: Ticket, here: engine.Loaded, there: engine.Loaded
) -> Iterator[str]:
    """Fields of the start form that were filled and have no place in the other one."""
    form = here.form(here.start.id)
    if form is None:
        return
    other = there.form(there.start.id)
    known = _fields(other) if other else {}
    latest = latest_submission(session, ticket.instance_id)
    filled = [answers for answers in (latest and latest.answers, ticket.draft) if answers]
    for path, (label, kind) in _fields(form).items():
        if any(_is_filled(answers, path) for answers in filled):
            if path not in known:
                yield f"申请表：填过的“{label}”在新版本的表里没有"
            elif known[path][1] != kind:
                yield f"申请表：填过的“{label}”在新版本的表里是另一种栏目"


def _asked_anew(here: engine.Loaded, there: engine.Loaded, node: str) -> Iterator[str]:
    """In words that follow the name of a node that is open."""
    if _people(here, node) != _people(there, node):
        yield "由谁办变了：没有签收的，按新版本重新找人；已经签收的不变"
    before, after = here.form(node), there.form(node)
    if (before is None) is not (after is None):
        yield "的表单没有了" if after is None else "多了一张要填的表单"
    elif before is not None and after is not None:
        yield from _fields_changed(_fields(before), _fields(after))
    outcomes = [[o.value for o in outcomes_of(one.node(node))] for one in (here, there)]
    if outcomes[0] != outcomes[1]:
        labels = "、".join(o.label for o in outcomes_of(there.node(node)))
        yield f"的办理结果变成：{labels}"


def _fields_changed(before: Fields, after: Fields) -> Iterator[str]:
    gone = [label for path, (label, _) in before.items() if path not in after]
    new = [label for path, (label, _) in after.items() if path not in before]
    other = [before[path][0] for path in before if path in after and before[path] != after[path]]
    for labels, words in ((gone, "少了"), (new, "多了"), (other, "改了")):
        if labels:
            yield f"的表单{words}：{'、'.join(labels)}"


def _fields(form: Form) -> dict[str, tuple[str, str]]:
    found = {}
    for leaf in form.leaves:
        found[leaf.key] = (leaf.name, leaf.type)
        for inner in leaf.leaves:
            found[f"{leaf.key}.{inner.key}"] = (inner.name, inner.type)
    return found


def _is_filled(answers: Mapping[str, Any], path: str) -> bool:
    key, _, inner = path.partition(".")
    value = answers.get(key)
    if inner:
        rows = value if isinstance(value, list) else []
        return any(isinstance(row, dict) and row.get(inner) not in _EMPTY for row in rows)
    return value not in _EMPTY


_EMPTY: tuple[Any, ...] = (None, "", [], False)


def _people(loaded: engine.Loaded, node: str) -> tuple[str, str]:
    properties = loaded.node(node).properties
    return properties.get("assign", ""), properties.get("empty", "")


def _title(loaded: engine.Loaded, node: str) -> str:
    known = loaded.definition.nodes.get(node)
    return known.name if known is not None and known.name else node
