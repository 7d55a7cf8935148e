"""Who may decide nothing of a step: who asked, who has decided, who stands on the form (R6-R10)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.identity.models import Login, Person
from app.identity.queries import id_index
from app.processes import engine
from app.processes.models import Instance
from app.processes.queries import latest_answers
from app.processes.types import InstanceSubmitted
from app.tasks.queries import deciders, signers_of

BARS, AGAIN = "bars", "again"


def decided_before(session: Session, instance: Instance, node: engine.Node) -> frozenset[int]:
    """Who has had his say on this submission. What a step names in `again`, such as a receipt, is
    no decision of its matter.
    """
    decided = deciders(session, instance.id, instance.submission_count)
    if names := passing(node):
        signers = signers_of(session, instance.id, instance.submission_count)
        signed = (task for name in names for task in signers.get(name, ()))
        decided -= {who for task in signed for who in (task.assignee_id, task.for_id) if who}
    return decided


def passing(node: engine.Node) -> Sequence[str]:
    """The steps that `again` names: having done them keeps nobody from this one."""
    return engine.split(node.properties.get(AGAIN, ""))


def on_the_form(session: Session, instance: Instance, node: engine.Node) -> frozenset[int]:
    """Whom the process, or this very step, bars by fields of the form."""
    kept = frozenset(instance.barred)
    paths = engine.split(node.properties.get(BARS, ""))
    return kept | _named(session, latest_answers(session, instance.id), paths) if paths else kept


def bar_people(session: Session, event: InstanceSubmitted) -> None:
    """Told once, as the form is sent: every step asks for them, and few forms name anybody."""
    instance = session.get_one(Instance, event.instance_id)
    paths = engine.split(
        engine.load(session, instance.version_id).definition.properties.get(BARS, "")
    )
    if paths:
        found = _named(session, latest_answers(session, instance.id), paths)
        instance.barred = sorted(found)


def _named(session: Session, answers: Mapping[str, Any], paths: list[str]) -> frozenset[int]:
    """People on record behind the ID numbers, or user names, that these fields hold."""
    texts = {text.strip() for path in paths for text in _texts(answers, path)} - {""}
    if not texts:
        return frozenset()
    numbers = {id_index(text) for text in texts if text[:1].isdigit()}
    found = session.scalars(
        select(Person.id)
        .outerjoin(Login, Login.person_id == Person.id)
        .where(or_(Person.id_index.in_(numbers), Login.username.in_(texts)))
    )
    return frozenset(found)


def _texts(answers: Mapping[str, Any], path: str) -> Iterator[str]:
    listed, _, field = path.rpartition(".")
    rows = answers.get(listed) if listed else [answers]
    for row in rows if isinstance(rows, list) else []:
        value = row.get(field) if isinstance(row, Mapping) else None
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                yield one
