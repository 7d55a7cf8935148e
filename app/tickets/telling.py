"""`tickets.tell`: a service task tells people of the ticket (抄送), which lets them read it."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from app.audit.service import note
from app.core.masking import masked
from app.identity.queries import people_by_ids
from app.processes import engine, judges, registry
from app.processes.models import Instance
from app.processes.registry import OperationContext
from app.tasks.assignment import resolve
from app.tickets.queries import ticket_of
from app.tickets.service import copying
from app.tickets.types import MAX_NOTE

OPERATION = "tickets.tell"
TO, TEXT = "tell_to", "tell_text"


def register() -> None:
    """Give the name to the registry; safe to call again."""
    registry.register_operation(OPERATION, tell, writes=())
    judges.register(OPERATION, judge)


def tell(session: Session, context: OperationContext) -> None:
    """Whom `tell_to` names, as `assign` would; who has just acted knows it."""
    loaded = engine.load(session, context.version_id)
    node = loaded.node(context.node)
    given = node.properties
    found = resolve(
        session,
        process=loaded.key,
        node=replace(node, properties={"assign": given[TO]}),
        requester_id=context.requester_id,
        unit_id=context.unit.id,
        excluded=frozenset({context.actor.person_id}),
        now=context.now,
        instance=session.get_one(Instance, context.instance_id),
    )
    named = people_by_ids(session, found.everybody)
    people = [named[one] for one in found.people if one != context.actor.person_id]
    ticket = ticket_of(session, context.instance_id)
    text = masked(given.get(TEXT, ""))[:MAX_NOTE]
    told = copying.tell(session, ticket, people, actor=context.actor, now=context.now, text=text)
    if told:
        note(
            session,
            ticket.instance,
            "ticket.copied",
            now=context.now,
            actor=context.actor,
            people=[one.id for one in told],
            names="、".join(one.name for one in told),
            reason=text,
        )


def judge(_loaded: engine.Loaded, nodes: Sequence[engine.Node]) -> list[engine.Finding]:
    """Whom it tells has to be said."""
    return [
        engine.Finding(
            node.id,
            "error",
            "没有属性 tell_to。",
            "请填写告诉谁，如 position:dept_head@counterpart(requester.unit)。",
        )
        for node in nodes
        if not node.properties.get(TO)
    ]
