"""How many wait under each filter that somebody keeps of 待办 or 待签收: one walk for all of them.

Nothing waits in the other lists, which may be as long as the office is old: they are not counted.
"""

from collections.abc import Mapping

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.calendar.lights import Horizon
from app.core.actor import Actor
from app.core.errors import Malformed
from app.identity.models import Person, Unit
from app.processes.models import Instance, ProcessVersion
from app.tasks.models import Task
from app.tasks.narrowing import chosen, compared, due
from app.tasks.queries.boxes import in_box
from app.tasks.types import Box

COUNTED = (Box.TODO, Box.CLAIMABLE)
MOST_WALKED = 500  # the first of the list, however long it is


def count_kept(
    session: Session,
    actor: Actor,
    box: Box,
    kept: Mapping[int, Mapping[str, str]],
    horizon: Horizon,
    *,
    most: int = MOST_WALKED,
) -> dict[int, str]:
    """By the id of each filter; of a list that is longer than the walk at least so many: 12+.

    Words that no list knows any more are counted by nobody.
    """
    wanted = {}
    for key, given in kept.items() if box in COUNTED else ():
        try:
            words = compared(chosen(given, horizon), given.get("q", ""), Task.opened_at)
            wanted[key] = and_(True, *words)
        except Malformed:
            continue
    if not wanted:
        return {}
    first = select(Task.id).where(in_box(actor, box)).order_by(due(), Task.opened_at, Task.id)
    counts = [func.count().filter(condition) for condition in wanted.values()]
    walked, *found = session.execute(
        select(func.count(), *counts)
        .select_from(Task)
        .join(Instance, Task.instance_id == Instance.id)
        .join(ProcessVersion, Instance.version_id == ProcessVersion.id)
        .join(Person, Instance.requester_id == Person.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(Task.id.in_(first.limit(most)))
    ).one()
    return {key: _told(n, walked == most) for key, n in zip(wanted, found, strict=True)}


def _told(count: int, is_cut: bool) -> str:
    if count > 99:
        return "99+"
    return f"{count}+" if is_cut else str(count)
