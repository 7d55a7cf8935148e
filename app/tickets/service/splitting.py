"""分表: one typed form whose rows belong under several heads becomes a ticket for each of them.

All of them in one transaction, whole and linked with each other (ADR 119).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, contains_eager

import forms
from app.core.actor import Actor
from app.core.errors import ErrorAt, Invalid
from app.processes import engine
from app.processes.queries import unit_of
from app.processes.service import answering, running
from app.tickets.models import Link, Ticket
from app.tickets.service.linking import link_split
from app.tickets.service.starting import split_off
from app.tickets.types import LinkKind, SplitPart


def send(
    session: Session, ticket: Ticket, answers: Mapping[str, Any], *, actor: Actor, now: datetime
) -> list[Ticket]:
    """Submit a ticket whose lock the caller holds, and one more for each other head of its rows.

    Answers them all, this one first. All or none. Raises: Invalid, AlreadyMoved, StepFailed.
    """
    parts = parts_for(session, ticket, answers)
    if len(parts) > 1:
        _judge_all(session, ticket, parts, actor, now)
    others = [split_off(session, ticket, actor=actor, now=now) for _ in parts[1:]]
    tickets = [ticket, *others]
    told = _told(session, tickets, parts, answers, now)
    for one, part in zip(tickets, parts, strict=True):
        try:
            running.submit(
                session,
                actor=actor,
                now=now,
                instance=one.instance,
                answers=part.answers,
                told=told,
            )
        except Invalid as error:
            raise Invalid(_placed(part, error)) from error
    link_split(session, tickets, actor=actor, now=now)
    return tickets


def split_from(session: Session, ticket: Ticket) -> list[Ticket]:
    """The other tickets that the same typed form became, in the order of their numbers."""
    own = ticket.instance_id
    others = select(Link.low_id + Link.high_id - own).where(
        or_(Link.low_id == own, Link.high_id == own), Link.kind == LinkKind.SPLIT
    )
    return list(
        session.scalars(
            select(Ticket)
            .join(Ticket.instance)
            .where(Ticket.instance_id.in_(others))
            .options(contains_eager(Ticket.instance))
            .order_by(Ticket.id)
        )
    )


def foresee_split(
    session: Session, loaded: engine.Loaded, answers: Mapping[str, Any], now: datetime
) -> tuple[SplitPart, ...]:
    """What the typed form would become, as the clerk is told before; empty where it stays one."""
    parts = _parts(session, loaded, answers)
    if len(parts) < 2:
        return ()
    labels = _labels(session, loaded, parts, now)
    return tuple(
        SplitPart(label, len(part.rows)) for label, part in zip(labels, parts, strict=True)
    )


def parts_for(
    session: Session, ticket: Ticket, answers: Mapping[str, Any]
) -> tuple[forms.Part, ...]:
    loaded = engine.load(session, ticket.instance.version_id)
    return _parts(session, loaded, answers)


def _parts(
    session: Session, loaded: engine.Loaded, answers: Mapping[str, Any]
) -> tuple[forms.Part, ...]:
    """Heads that the form does not offer split nothing: the judge says so at their rows."""
    form = loaded.form(loaded.start.id)
    whole = (forms.Part("", dict(answers), ()),)
    if form is None or form.splitting is None:
        return whole
    parts = forms.parts_of(form, answers)
    if len(parts) == 1:
        return parts
    _, column = form.splitting
    offered = column.values or answering.choices(session, form).get(column.values_key, ())
    known = {"", *(choice.value for choice in offered)}
    return parts if all(part.value in known for part in parts) else whole


def _judge_all(
    session: Session, ticket: Ticket, parts: Sequence[forms.Part], actor: Actor, now: datetime
) -> None:
    """What is wrong with any of the forms is told at once, where it was typed. Raises: Invalid."""
    loaded = engine.load(session, ticket.instance.version_id)
    form = loaded.form(loaded.start.id)
    if form is None:
        return
    unit, wrong = unit_of(session, ticket.instance), list[ErrorAt]()
    for n, part in enumerate(parts):
        number = None if n else ticket.number
        check = answering.check_context(actor, unit, number, now)
        variables = {} if n else ticket.instance.variables
        try:
            answering.judge(session, form, check, part.answers, variables, node=loaded.start.id)
        except Invalid as error:
            wrong += _placed(part, error)
    if wrong:
        seen = {(error.path, error.message): error for error in wrong}  # the head's, once
        raise Invalid(list(seen.values()))


def _placed(part: forms.Part, error: Invalid) -> list[ErrorAt]:
    return [
        part.placed(found) if isinstance(found, forms.FieldError) else found
        for found in error.errors
    ]


def _told(
    session: Session,
    tickets: Sequence[Ticket],
    parts: Sequence[forms.Part],
    answers: Mapping[str, Any],
    now: datetime,
) -> tuple[str, ...]:
    loaded = engine.load(session, tickets[0].instance.version_id)
    form = loaded.form(loaded.start.id)
    if form is None or form.splitting is None:
        return ()
    _, column = form.splitting
    before = answers.get(column.key)
    if len(parts) == 1 and (parts[0].is_head or not before):
        return ()
    labels = _labels(session, loaded, parts, now)
    if len(parts) > 1:
        each = zip(tickets, labels, strict=True)
        named = "、".join(f"{one.number}（{label}）" for one, label in each)
        return (f"各行分属 {len(parts)} 个{column.name}，已经分成 {len(parts)} 件：{named}。",)
    context = answering.label_context(session, now, tickets[0].instance_id)
    was = forms.label_of(column, before, context)
    return (f"各行都属于{labels[0]}，{column.name}已由“{was}”改为“{labels[0]}”。",)


def _labels(
    session: Session, loaded: engine.Loaded, parts: Sequence[forms.Part], now: datetime
) -> list[str]:
    form = loaded.form(loaded.start.id)
    if form is None or form.splitting is None:
        return []
    _, column = form.splitting
    context = answering.label_context(session, now, 0)
    return [str(forms.label_of(column, part.value, context)) for part in parts]
