"""The next leader above whoever has a task: he is told what is over, and decides nothing by it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.actor import PERSON
from app.identity import queries as people
from app.identity.models import Unit
from app.identity.types import Position
from app.processes import engine
from app.processes.models import Instance
from app.tasks.assignment import Assignment, held_in
from app.tasks.models import Task

LADDER = (Position.DEPT_HEAD, Position.UNIT_LEADER, Position.BUREAU_LEADER)
LEADS_A_UNIT = LADDER.index(Position.UNIT_LEADER)


def superior_of(
    session: Session, task: Task, unit_id: int, holders: Collection[int], now: datetime
) -> Assignment:
    """In the unit that handles the step now, one step up the ladder; where nobody stands there,
    further up and in the units above. Nobody where there is none: neither who has it nor who asked.
    """
    instance = session.get_one(Instance, task.instance_id)
    process = engine.load(session, instance.version_id).key
    barred = frozenset({*holders, instance.requester_id})
    ladder = LADDER[_rank(task) :]
    here: Unit | None = people.living(session, people.get_unit(session, unit_id))
    while here is not None:
        for position in ladder:
            found = held_in(session, position, here, process=process, excluded=barred, now=now)
            if found.people:
                return found
        here = people.unit_above(session, here)
        ladder = LADDER[LEADS_A_UNIT:]
    return Assignment()


def _rank(task: Task) -> int:
    """How many steps of the ladder are at or below who has it."""
    held = {key.partition(":")[0] for key in task.candidates if not key.startswith(f"{PERSON}:")}
    return max((n + 1 for n, position in enumerate(LADDER) if position in held), default=0)
