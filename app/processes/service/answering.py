"""Judging answers: the form of the pinned version, with values, checks and prefilled fields."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.attachments import queries as attachments
from app.attachments import service as files
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.identity.queries import find_person_by_username, find_unit_by_code, get_unit, phone_of
from app.processes import registry
from app.processes.engine import Loaded
from app.processes.queries import instance_id_of
from app.processes.types import UnitRef


def form_context(
    session: Session,
    form: forms.Form,
    check: registry.CheckContext,
    variables: Mapping[str, Any] | None = None,
    *,
    node: str = "",
) -> forms.Context:
    """Everything a form needs to be shown or judged at `node` for this actor and ticket."""

    def find_file(attachment_id: str) -> forms.Choice | None:
        instance_id = instance_id_of(session, check.ticket) if check.ticket else None
        if not attachments.is_usable(
            session, attachment_id, check.actor, registry.FILES, instance_id
        ):
            return None
        return forms.Choice(attachment_id, attachments.name_of(session, attachment_id))

    return forms.Context(
        values=choices(session, form),
        prefilled=_prefilled(session, form, check),
        checks={
            name: partial(function, session, check) for name, function in registry.checks.items()
        },
        today=clock.local(check.now).date(),
        variables=variables or {},
        node=node,
        positions=frozenset(held.position for held in check.actor.positions),
        find_person=partial(_find_person, session),
        find_unit=partial(_find_unit, session),
        find_file=find_file,
    )


def _find_person(session: Session, username: str) -> forms.Choice | None:
    found = find_person_by_username(session, username)
    return forms.Choice(found.username, found.name) if found else None


def _find_unit(session: Session, code: str) -> forms.Choice | None:
    found = find_unit_by_code(session, code)
    return forms.Choice(found.code, found.name) if found else None


def choices(session: Session, form: forms.Form) -> dict[str, Sequence[forms.Choice]]:
    """The value lists that this form names, and no others."""
    return {
        name: registry.value_lists[name](session)
        for name in form.values_keys & registry.value_lists.keys()
    }


def label_context(session: Session, now: datetime, instance_id: int) -> forms.Context:
    """Enough to show the answers of this run in words; judges nothing."""

    def find_file(attachment_id: str) -> forms.Choice | None:
        name = attachments.bound_name(session, attachment_id, instance_id)
        return forms.Choice(attachment_id, name) if name else None

    return forms.Context(
        today=clock.local(now).date(),
        values={name: values(session) for name, values in registry.value_lists.items()},
        find_person=partial(_find_person, session),
        find_unit=partial(_find_unit, session),
        find_file=find_file,
    )


def bind_files(
    session: Session,
    form: forms.Form,
    answers: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    instance_id: int,
    place: str,
) -> list[str]:
    """The files that judged answers name belong to the run from now on; answers their hashes.

    Raises: Invalid, when one was taken for something else meanwhile.
    """
    ids = forms.file_ids(form, answers)
    if not ids:
        return []
    return files.bind(
        session,
        actor=actor,
        now=now,
        ids=ids,
        kind=registry.FILES,
        instance_id=instance_id,
        place=place,
    )


def prepare(
    session: Session,
    form: forms.Form,
    check: registry.CheckContext,
    answers: Mapping[str, Any],
) -> tuple[dict[str, Any], list[str]]:
    """Let the form's preparations mend what can be mended; each tells what it did."""
    mended, notices = dict(answers), list[str]()
    for name in form.prepare:
        mended, told = registry.preparations[name](session, check, mended)
        notices += told
    return mended, notices


def reckon(
    session: Session,
    form: forms.Form,
    check: registry.CheckContext,
    answers: Mapping[str, Any],
) -> list[registry.Reckoned]:
    """What is said beside the form of what was typed so far."""
    return [
        line for name in form.reckon for line in registry.reckonings[name](session, check, answers)
    ]


def judge(
    session: Session,
    form: forms.Form,
    check: registry.CheckContext,
    answers: Mapping[str, Any],
    variables: Mapping[str, Any] | None = None,
    *,
    node: str,
) -> tuple[dict[str, Any], list[str]]:
    """Normalised answers and what was mended on the way; a read-only field of the form has what a
    preparation has laid in it. Raises: Invalid.
    """
    context = form_context(session, form, check, variables, node=node)
    shape = forms.validate(form, answers, context)
    if shape.errors:
        raise Invalid(shape.errors)
    prepared, notices = prepare(session, form, check, answers)
    if not notices:
        return dict(shape.answers), []
    laid = {
        leaf.key: prepared.pop(leaf.key)
        for leaf in form.leaves
        if leaf.readonly and leaf.key in prepared.keys() - answers.keys()
    }
    judged = forms.validate(
        form, prepared, replace(context, prefilled={**context.prefilled, **laid})
    )
    if judged.errors:
        raise Invalid(judged.errors)
    return dict(judged.answers), notices


def check_context(
    actor: Actor, unit: UnitRef, ticket: str | None, now: datetime
) -> registry.CheckContext:
    return registry.CheckContext(actor=actor, unit=unit, ticket=ticket, now=now)


def routing(loaded: Loaded, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that conditions of the diagram read; nothing else enters the engine."""
    return {key: answers[key] for key in loaded.definition.variables_read if key in answers}


def _prefilled(session: Session, form: forms.Form, check: registry.CheckContext) -> dict[str, Any]:
    """A `defaultValue` that names one of these is filled in by the system, and what `fill` lays."""
    wanted = {leaf.default for leaf in form.leaves}
    phone, level = "{requester.phone}", "{requester.level}"
    known = {
        phone: phone_of(session, check.actor.person_id) if phone in wanted else "",
        "{requester.unit}": check.unit.name,
        level: str(get_unit(session, check.unit.id).level) if level in wanted else "",
        "{requester.name}": check.actor.name,
        "{today}": clock.local(check.now).date().isoformat(),
    }
    found = {leaf.key: known[leaf.default] for leaf in form.leaves if leaf.default in known}
    return found | laid_out(session, form, check)


def laid_out(session: Session, form: forms.Form, check: registry.CheckContext) -> dict[str, Any]:
    """What the system lays out in a form, as it stands now."""
    found: dict[str, Any] = {}
    for name in form.fill:
        found |= registry.fills[name](session, check)
    return found
