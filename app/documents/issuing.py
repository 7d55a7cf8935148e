"""`documents.issue`: a service task hands out a paper while the ticket is underway.

It is frozen and sealed as originals are; each submission that comes by has its own, all are kept.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.documents.service import order
from app.processes import engine, judges, registry
from app.processes.registry import OperationContext
from app.tickets.queries import ticket_of

OPERATION = "documents.issue"


def register() -> None:
    """Give the name to the registry; safe to call again."""
    registry.register_operation(OPERATION, issue, writes=())
    judges.register(OPERATION, judge)


def issue(session: Session, context: OperationContext) -> None:
    loaded = engine.load(session, context.version_id)
    ticket = ticket_of(session, context.instance_id)
    name = loaded.node(context.node).properties["document"]
    order(session, ticket, loaded, name, context.now, issuer=context.actor.unit_id)


def judge(loaded: engine.Loaded, nodes: Sequence[engine.Node]) -> list[engine.Finding]:
    """Which paper it is has to be said, and its template has to be there."""
    found = []
    for node in nodes:
        name = node.properties.get("document")
        if not name:
            told = ("没有属性 document。", "请填写文书的名称,如 admin-account-receipt。")
            found.append(engine.Finding(node.id, "error", *told))
        elif loaded.documents and name not in loaded.documents:  # a file may be judged alone
            told = (f"没有名为 {name} 的打印模板。", "请把它的 .html 模板一起上传。")
            found.append(engine.Finding(node.id, "error", *told))
    return found
