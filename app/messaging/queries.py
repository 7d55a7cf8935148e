"""Reads of filed templates: one, those a unit may use, and which version serves which operator."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.messaging.models import MessageTemplate
from app.messaging.text.types import Purpose
from app.messaging.types import Operator, TemplateNotFound


def get_template(session: Session, template_id: int) -> MessageTemplate:
    """Replaced or not. Raises: TemplateNotFound."""
    found = session.get(MessageTemplate, template_id)
    if found is None:
        raise TemplateNotFound
    return found


def template_in_use(session: Session, unit_id: int, ticket: str) -> MessageTemplate | None:
    """A unit's own, by the number of its form, while some operator is served by it."""
    return session.scalars(
        select(MessageTemplate).where(
            MessageTemplate.ticket == ticket,
            MessageTemplate.unit_id == unit_id,
            MessageTemplate.replaced_at.is_(None),
        )
    ).first()


def templates_in_use(
    session: Session, unit_id: int, purposes: Collection[Purpose]
) -> Sequence[MessageTemplate]:
    """A unit's own for these purposes, the latest first."""
    return session.scalars(
        select(MessageTemplate)
        .where(
            MessageTemplate.unit_id == unit_id,
            MessageTemplate.replaced_at.is_(None),
            MessageTemplate.purpose.in_(purposes),
        )
        .order_by(MessageTemplate.id.desc())
    ).all()


def family_of(session: Session, family: str) -> list[MessageTemplate]:
    """All versions, the first one first."""
    return list(
        session.scalars(
            select(MessageTemplate)
            .where(MessageTemplate.family == family)
            .order_by(MessageTemplate.id)
        )
    )


def serving(versions: Sequence[MessageTemplate]) -> Mapping[Operator, MessageTemplate]:
    """Of a family in its order: the version that each operator has on file last. Pure."""
    return {operator: version for version in versions for operator in version.filings}
