"""Tickets, tasks and forms put together for REST out of what their rooms answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import forms
from app.api.registrar import Act
from app.api.shapes.attachments import AttachmentShape
from app.api.shapes.base import Answers
from app.api.shapes.documents import DocumentShape
from app.api.shapes.outages import PaperShape
from app.api.shapes.processes import FormDict
from app.api.shapes.rules import BasisShape, TakenShape
from app.api.shapes.talking import LinkShape, ToldShape
from app.api.shapes.tasks import NodeRef, OutcomeShape, ProgressShape, TaskBrief, TaskShape
from app.api.shapes.tickets import (
    Deadline,
    PartShape,
    Requester,
    SaidShape,
    TicketIncident,
    TicketShape,
)
from app.attachments.queries import list_bound
from app.core import clock
from app.documents.queries import list_documents
from app.identity.queries import people_by_ids
from app.identity.types import PersonRef
from app.processes import engine, registry
from app.processes.queries import latest_answers, unit_of
from app.processes.service import answering
from app.rules.queries import bases
from app.tasks import policy
from app.tasks.copies import Told, told_of
from app.tasks.models import Task
from app.tasks.naming import named_in
from app.tasks.service import (
    REMOVE,
    RETURN,
    actions_of,
    ahead,
    form_of,
    hand_on_acts,
    has_added,
    outcomes_of,
    progress,
    return_targets,
    sign_of,
)
from app.tasks.types import TaskState
from app.tickets.dues import dues
from app.tickets.models import Ticket
from app.tickets.numbering import shown as shown_numbers
from app.tickets.presentation import ticket_view
from app.tickets.timeline import TELLING
from app.tickets.types import LinkKind, TicketView


def show_ticket(act: Act, ticket: Ticket) -> TicketShape:
    view = ticket_view(act.session, ticket, act.actor, act.now)
    names = _names(act, view.tasks)
    return TicketShape.model_validate(
        {
            "number": view.number,
            "process": view.process,
            "process_title": view.process_title,
            "version": view.version,
            "title": view.title,
            "state": view.state.value,
            "rev": ticket.instance.rev,
            "submission": view.submission,
            "requester": Requester(username=view.requester_username, name=view.requester_name),
            "unit": view.unit_code,
            "unit_name": view.unit_name,
            "answers": dict(view.answers),
            "variables": dict(view.variables),
            "tasks": [TaskBrief(**_brief(act, task, view.number, names)) for task in view.tasks],
            "timeline": [SaidShape.of(said) for said in view.timeline],
            "attachments": [
                AttachmentShape.of(row)
                for row in list_bound(act.session, registry.FILES, ticket.instance_id)
            ],
            "copies": [ToldShape.of(told) for told in _told(act, ticket, view)],
            "links": [LinkShape.of(one) for one in view.links],
            "split": [
                PartShape(number=one.number, title=one.title, state=one.state.value)
                for one in view.links
                if one.kind is LinkKind.SPLIT
            ],
            "documents": [
                DocumentShape.of(row) for row in list_documents(act.session, ticket, act.actor)
            ],
            "deadlines": [
                Deadline.of(due) for due in dues(act.session, ticket, view.tasks, act.horizon)
            ],
            "numbers": [
                TakenShape.of(one)
                for one in shown_numbers(
                    act.session, ticket, engine.load(act.session, ticket.instance.version_id)
                )
            ],
            "rules": [
                BasisShape.of(one)
                for one in bases(act.session, ticket.rule_ids, clock.local(act.now).date())
            ],
            "incidents": [
                TicketIncident(
                    id=incident.id,
                    node=incident.node,
                    state=incident.state.value,
                    created_at=incident.created_at,
                )
                for incident in view.incidents
            ],
            "actions": list(view.actions),
            "notices": list(view.notices),
            "result": view.result,
            "paper": PaperShape.of(view.paper, view.entered_at) if view.paper else None,
            "created_at": view.created_at,
            "submitted_at": view.submitted_at,
            "closed_at": view.closed_at,
        }
    )


def _told(act: Act, ticket: Ticket, view: TicketView) -> Sequence[Told]:
    """Asked only where the timeline says that somebody was told."""
    if not any(said.event in TELLING for said in view.timeline):
        return ()
    return told_of(act.session, ticket.instance_id)


def show_task(act: Act, task: Task, *, foresees: bool = False) -> TaskShape:
    """`foresees`: each outcome says who gets the ticket after it."""
    instance = task.instance
    loaded = engine.load(act.session, instance.version_id)
    node = loaded.node(task.node)
    acts = _acts(act, task, node, is_start=node.id == loaded.start.id)
    targets = return_targets(act.session, task) if RETURN in acts else ()
    form, answers = _form_of(act, task, loaded)
    seen = progress(act.session, task, node)
    may_tell = foresees and "complete" in acts and task.assignee_id is not None
    ways = ahead(act.session, task, act.actor, act.now) if may_tell else {}
    return TaskShape(
        **_brief(act, task, instance.number, _names(act, [task])),
        form=form,
        answers=answers,
        outcomes=[
            OutcomeShape(
                value=outcome.value, label=outcome.label, ahead=ways.get(outcome.value, "")
            )
            for outcome in outcomes_of(node)
        ],
        actions=acts,
        return_targets=[NodeRef(node=name, title=loaded.node(name).name) for name in targets],
        sign=sign_of(node) if task.decides else "",
        progress=ProgressShape.model_validate(vars(seen)) if seen else None,
    )


def show_form(form: forms.Form, context: forms.Context) -> FormDict:
    """The definition as it is for this reader; what the system fills in stands as default."""
    described = forms.describe(form, context)
    for component in described["components"]:
        _fill_in(component, context.prefilled)
    return described


def _form_of(act: Act, task: Task, loaded: engine.Loaded) -> tuple[FormDict | None, Answers]:
    """The node's own form, else the submitted one to read and not to change.

    Sensitive fields are whole for who typed them; others reveal one at a time, with a reason.
    """
    instance = task.instance
    own, start = form_of(loaded, task), loaded.form(loaded.start.id)
    if own is None and start is None:
        return None, {}
    is_start = task.node == loaded.start.id
    is_own = instance.requester_id == act.actor.person_id
    answers = latest_answers(act.session, instance.id) if own is None or is_start else {}
    if start is not None and not is_own:
        answers = forms.mask(start, answers)
    if own is None:
        return _closed(forms.describe(start, _reader(act, start))) if start else None, answers
    check = answering.check_context(
        act.actor, unit_of(act.session, instance), instance.number, act.now
    )
    shown = show_form(
        own, answering.form_context(act.session, own, check, instance.variables, node=task.node)
    )
    if is_start:
        return shown, forms.without_readonly(own, answers)
    typed_here = task.assignee_id == act.actor.person_id
    return shown, task.answers if typed_here else forms.mask(own, task.answers)


def _reader(act: Act, form: forms.Form) -> forms.Context:
    """For a form that nobody fills here: the words of its choices are enough."""
    return forms.Context(
        today=clock.local(act.now).date(), values=answering.choices(act.session, form)
    )


def _closed(form: FormDict) -> FormDict:
    """To be read only; `describe` made it for us, so it may be changed in place."""
    for component in form["components"]:
        _close(component)
    return form


def _close(component: dict[str, Any]) -> None:
    if component.get("key"):
        component["readonly"] = True
    component.pop("allowAddRemove", None)
    for inner in component.get("components") or ():
        _close(inner)


def _fill_in(component: dict[str, Any], prefilled: Mapping[str, Any]) -> None:
    if component.get("key") in prefilled:
        component["defaultValue"] = prefilled[component["key"]]
    if component["type"] == "group":
        for inner in component.get("components") or ():
            _fill_in(inner, prefilled)


def _acts(act: Act, task: Task, node: engine.Node, *, is_start: bool) -> list[str]:
    """Verbs of POST /tasks/{id}/… that this actor may use now."""
    if task.instance.suspended_at is not None:
        return []
    found = []
    if policy.has(act.actor, task) and has_added(act.session, task):
        found.append(REMOVE)
    if not task.is_active:
        return found
    if task.assignee_id is None and policy.can_claim(act.actor, task):
        found.append("claim")
    if policy.can_release(act.actor, task):
        found.append("release")
    if policy.can_complete(act.actor, task):
        found.append("complete")
        if RETURN in actions_of(node) and task.decides and not is_start:
            found.append(RETURN)
        found += hand_on_acts(node, task)
    return found


def _names(act: Act, tasks: Any) -> Mapping[int, PersonRef]:
    """Whoever has the tasks. The one who asks is known already: most acts show him his own."""
    ids = named_in(tasks)
    me = act.actor
    own = PersonRef(me.person_id, me.name, me.username, me.unit_id, me.unit_code, me.unit_name)
    return {**people_by_ids(act.session, ids - {me.person_id}), me.person_id: own}


def _brief(act: Act, task: Task, number: str, names: Mapping[int, PersonRef]) -> dict[str, Any]:
    stands = task.instance.suspended_at is not None
    counts = task.state is not TaskState.CANCELLED
    return TaskBrief.facts(
        task,
        number,
        names.get(task.assignee_id or 0),
        names.get(task.for_id or 0),
        act.horizon.light(task.due_at if counts else None, stands=stands, closed_at=task.done_at),
    )
