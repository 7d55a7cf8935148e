"""The rules of the form, asked again as somebody agrees: weeks may lie between (`recheck`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.identity.queries import actor_of
from app.processes import engine, registry
from app.processes.queries import latest_answers, unit_of
from app.processes.service import answering
from app.tasks.models import Task
from app.tasks.service.drawn import outcomes_of
from app.tasks.types import FormOutdated
from forms import CheckInput


def ask_again(
    session: Session, task: Task, loaded: engine.Loaded, outcome: str, now: datetime
) -> None:
    """Only of who agrees: what has become wrong can always be refused, and sent back.

    Asked as of who sent the form, under the lock of the ticket. Raises: FormOutdated.
    """
    node = loaded.node(task.node)
    names = engine.split(node.properties.get("recheck", ""))
    chosen = next((one for one in outcomes_of(node) if one.value == outcome), None)
    if not names or chosen is None or chosen.is_refusal:
        return
    instance = task.instance
    requester = actor_of(session, instance.requester_id, now)
    unit = unit_of(session, instance)
    check = answering.check_context(requester, unit, instance.number, now)
    answers: Mapping[str, Any] = latest_answers(session, instance.id)
    given = CheckInput(path="", value=None, answers=answers)
    found = [
        error.message for name in names for error in registry.checks[name](session, check, given)
    ]
    if found:
        raise FormOutdated(found)
