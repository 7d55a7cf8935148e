"""What the end of a filing does: the version may be sent with, and the one before gives way."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.messaging.models import MessageTemplate
from app.messaging.queries import family_of, serving
from app.messaging.text.types import Purpose
from app.messaging.types import OPERATORS, Operator
from app.processes.models import Instance
from app.processes.registry import OperationContext

FILING = "filing"  # the node at which the operators' answers are entered
PASSED = "passed"


def file_template(session: Session, context: OperationContext) -> None:
    """Once a ticket. A changed version replaces the one before with the operators that passed it;
    with the others that one stays in use (S9).
    """
    known = select(MessageTemplate.id).where(MessageTemplate.ticket == context.ticket)
    if session.scalars(known).first() is not None:
        return
    versions = _versions_before(session, context)
    made = _version(context, versions)
    session.add(made)
    session.flush()  # versions are told apart by their ids
    in_use = {one.id for one in serving([*versions, made]).values()}
    for one in versions:
        if one.replaced_at is None and one.id not in in_use:
            one.replaced_at = context.now
    audit.record(
        session,
        now=context.now,
        actor=context.actor,
        kind="template.filed",
        object=f"template:{made.id}",
        data={"operators": sorted(made.filings)},
        head=session.get_one(Instance, context.instance_id),
    )


def _versions_before(session: Session, context: OperationContext) -> list[MessageTemplate]:
    """The family of the one it changes, locked by its first version; empty for a new one.

    Two changes of one template may be under way: the later filing stands behind the earlier.
    """
    if context.answers.get("kind") != "change":
        return []
    previous = session.scalars(
        select(MessageTemplate).where(
            MessageTemplate.ticket == str(context.answers.get("previous")),
            MessageTemplate.unit_id == context.unit.id,
        )
    ).first()
    if previous is None:
        return []  # of a form from before templates were kept here
    session.scalars(
        select(MessageTemplate.id)
        .where(MessageTemplate.ticket == previous.family)
        .with_for_update()
    ).all()
    return family_of(session, previous.family)


def _version(context: OperationContext, versions: list[MessageTemplate]) -> MessageTemplate:
    answers, filed = context.answers, context.results[FILING]
    return MessageTemplate(
        ticket=context.ticket,
        family=versions[0].family if versions else context.ticket,
        previous_id=versions[-1].id if versions else None,
        unit_id=context.unit.id,
        signature=str(answers["signature"]),
        name=str(answers["name"]),
        purpose=Purpose(str(answers["purpose"])),
        body=str(answers["body"]),
        variables=[
            {"name": row["name"], "example": row["example"], "longest": int(row["longest"])}
            for row in answers.get("variables") or ()
        ],
        filed_on=date.fromisoformat(str(filed["filed_on"])),
        at=context.now,
        **{one.value: _number(filed, one) for one in OPERATORS},
    )


def _number(filed: Mapping[str, Any], operator: Operator) -> str | None:
    """Its filing number, if it passed."""
    if filed.get(f"{operator}_result") != PASSED:
        return None
    return str(filed[f"{operator}_number"])
