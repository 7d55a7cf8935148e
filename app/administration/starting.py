"""Who begins a process in a unit and who does each of its steps, as things stand there now."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.administration.types import ProcessRow, StepRow
from app.authoring.queries import people_words
from app.identity.models import Unit
from app.identity.queries import get_unit, people_by_ids
from app.identity.roll import Roll
from app.identity.types import PersonRef
from app.processes import engine
from app.processes.queries import hidden_from, list_published
from app.tasks.assignment import Assignment, forecast, positions_on_the_road
from app.tasks.naming import expected

NOBODY = 0  # a requester who is nobody: no step is closed to anybody for being his
MOST = 4


def processes_of(session: Session, unit: Unit, now: datetime) -> list[ProcessRow]:
    """Those that people begin, by title. However many there are, it asks as often."""
    every = [engine.load(session, version.id) for version in list_published(session)]
    begun = [loaded for loaded in every if loaded.start.event == "none"]
    asked = {one for each in begun for one in (*positions_on_the_road(each), *_starters(each))}
    roll = Roll(session, now, asked, unit)
    roads = [
        forecast(session, one, requester_id=NOBODY, unit_id=unit.id, now=now, roll=roll)
        for one in begun
    ]
    names = people_by_ids(
        session, {who for road in roads for step in road.values() for who in step.everybody}
    )
    hidden = hidden_from(session, unit.path)
    hiding = {one: get_unit(session, one) for one in set(hidden.values())}
    return [
        ProcessRow(
            loaded.key,
            loaded.title,
            people_words(loaded, loaded.start),
            _names(_starting(loaded, roll, unit)),
            tuple(
                StepRow(
                    loaded.node(node).name,
                    people_words(loaded, loaded.node(node)),
                    _who(each, names),
                )
                for node, each in road.items()
            ),
            hiding[hidden[loaded.key]].name if loaded.key in hidden else "",
            hidden.get(loaded.key) == unit.id,
        )
        for loaded, road in zip(begun, roads, strict=True)
    ]


def _starters(loaded: engine.Loaded) -> list[str]:
    return engine.split(loaded.definition.properties.get("start_positions", "process_tester"))


def _starting(loaded: engine.Loaded, roll: Roll, unit: Unit) -> list[str]:
    held = (roll.in_unit(position, unit.id) for position in _starters(loaded))
    return sorted({one.person.name for several in held for one in several})


def _who(found: Assignment, names: Mapping[int, PersonRef]) -> str:
    if NOBODY in found.people:
        return "申请人"
    return _names(expected(found, names))


def _names(names: list[str]) -> str:
    more = f"等 {len(names)} 人" if len(names) > MOST else ""
    return "、".join(names[:MOST]) + more
