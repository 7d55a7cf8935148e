"""No rights without a signature: what an operation that gives them waits for (R9)."""

from collections.abc import Callable, Mapping
from functools import cache, partial

from sqlalchemy.orm import Session

from app.processes import registry
from app.processes.registry import OperationContext
from app.processes.types import NotSigned

Decided = Callable[[int], frozenset[str]]


def reader(session: Session, instance_id: int) -> Decided:
    """Where a submission has decisions; asked once in a step, however many operations it has."""
    return cache(partial(registry.decided_at, session, instance_id))


def require(
    context: OperationContext, title: str, asked: Mapping[str, str], decided: Decided
) -> None:
    """A repair may carry a ticket past who decides; it gives nobody his signature.

    `title` is that of the service task, `asked` are the names of the steps that every way of the
    diagram to it passes. Raises: NotSigned.
    """
    signed = decided(context.submission)
    missing = [name for node, name in asked.items() if node not in signed]
    if missing:
        raise NotSigned(context.instance_id, context.node, title, missing)
