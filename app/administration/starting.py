"""Who begins a process in a unit and who does each of its steps, as things stand there now."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.administration.types import ProcessRow, StepRow
from app.authoring.queries import people_words
from app.identity.models import Unit
from app.identity.queries import get_unit, holders, people_by_ids
from app.processes import engine
from app.processes.queries import hidden_from, list_published
from app.tasks.assignment import Assignment, forecast
from app.tasks.naming import expected

NOBODY = 0  # a requester who is nobody: no step is closed to anybody for being his
MOST = 4


def processes_of(session: Session, unit: Unit, now: datetime) -> list[ProcessRow]:
    """Those that people begin, by title."""
    hidden = hidden_from(session, unit.path)
    found = []
    for version in list_published(session):
        loaded = engine.load(session, version.id)
        if loaded.start.event == "none":
            found.append(_row(session, loaded, unit, hidden.get(loaded.key), now))
    return found


def _row(
    session: Session, loaded: engine.Loaded, unit: Unit, hidden_by: int | None, now: datetime
) -> ProcessRow:
    wanted = engine.split(loaded.definition.properties.get("start_positions", "process_tester"))
    starting = {
        holder.person.name
        for position in wanted
        for holder in holders(session, position, unit, now)
    }
    who = forecast(session, loaded, requester_id=NOBODY, unit_id=unit.id, now=now)
    return ProcessRow(
        loaded.key,
        loaded.title,
        people_words(loaded, loaded.start),
        _names(sorted(starting)),
        tuple(
            StepRow(
                loaded.node(node).name,
                people_words(loaded, loaded.node(node)),
                _who(session, each),
            )
            for node, each in who.items()
        ),
        get_unit(session, hidden_by).name if hidden_by else "",
        hidden_by == unit.id,
    )


def _who(session: Session, found: Assignment) -> str:
    if NOBODY in found.people:
        return "申请人"
    return _names(expected(found, people_by_ids(session, found.everybody)))


def _names(names: list[str]) -> str:
    more = f"等 {len(names)} 人" if len(names) > MOST else ""
    return "、".join(names[:MOST]) + more
