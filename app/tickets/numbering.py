"""`numbers.take`: a service task gives the ticket its 编号.

Walking the same way again, after a return, keeps the number; one that was made void is followed
by the next.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.processes import engine, judges, registry
from app.processes.models import Instance
from app.processes.registry import OperationContext
from app.rules import service
from app.rules.queries import numbers_of
from app.rules.types import Taken
from app.tickets.models import Ticket

OPERATION = "numbers.take"
VARIABLE = "official_number"
REMEDY = "请填写编号规则的代码，如 requirement。"


def register() -> None:
    """Give the name to the registry; safe to call again."""
    registry.register_operation(OPERATION, take, writes=(VARIABLE,))
    judges.register(OPERATION, judge)


def take(session: Session, context: OperationContext) -> dict[str, str]:
    node = engine.load(session, context.version_id).node(context.node)
    taken = service.take_number(
        session,
        actor=context.actor,
        now=context.now,
        name=node.properties["number"],
        unit_id=context.unit.id,
        ticket=context.ticket,
        head=session.get_one(Instance, context.instance_id),
    )
    return {VARIABLE: taken.number}


def judge(_loaded: engine.Loaded, nodes: Sequence[engine.Node]) -> list[engine.Finding]:
    """Which number it is has to be said."""
    return [
        engine.Finding(
            node.id, "error", "没有属性 number。", "请填写编号规则的代码，如 requirement。"
        )
        for node in nodes
        if not node.properties.get("number")
    ]


def shown(session: Session, ticket: Ticket, loaded: engine.Loaded) -> Sequence[Taken]:
    """What the ticket was given; asks nothing where the process gives none."""
    if not engine.nodes_with(loaded, OPERATION):
        return ()
    return [one.shown for one in numbers_of(session, ticket.number)]
