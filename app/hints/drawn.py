"""What diagrams say of who does what, for rules that hold of every process alike."""

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.queries import ADMIN_POSITIONS
from app.processes import engine
from app.processes.models import ProcessVersion
from app.tasks.assignment import lines_of, positions_of

Says = Mapping[str, list[int] | list[str]]
CHOSEN = ("position:", "field:")  # whom `assign` names so has had no say before


def drawn(session: Session) -> Says:
    """`executed`: versions with a step of administrators, who alone may carry out what follows.
    `apart`: `version:node` of the steps that nobody may do who has done another one.
    """
    executed, apart = list[int](), list[str]()
    wanted = select(ProcessVersion.id).where(ProcessVersion.published_at.is_not(None))
    for version_id in session.scalars(wanted.order_by(ProcessVersion.id)):
        loaded = engine.load(session, version_id)
        people = [node for node in loaded.definition.nodes.values() if node.kind == "user"]
        if any(positions_of(node) & set(ADMIN_POSITIONS) for node in people):
            executed.append(version_id)
        apart += [f"{version_id}:{name}" for name in _apart(people)]
    return {"executed": executed, "apart": apart}


def _apart(people: list[engine.Node]) -> Iterator[str]:
    """A receipt is no decision: who has signed for a form may act on it (`again`)."""
    again = {name for node in people for name in engine.split(node.properties.get("again", ""))}
    for node in people:
        lines = lines_of(node)
        if node.id not in again and lines and all(line.startswith(CHOSEN) for line in lines):
            yield node.id
