"""A ticket put together for one reader: sheet, boxes, road, timeline. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.core.actor import Actor
from app.identity.queries import people_by_ids
from app.identity.types import PersonRef
from app.processes import engine
from app.processes.queries import awaited_nodes, latest_two, open_incidents, unit_of
from app.processes.service import answering
from app.tasks.models import Task
from app.tasks.naming import acting, named_in
from app.tasks.queries import has_lapsed, tasks_of
from app.tasks.service import RETURN, SUBMIT, outcomes_of, sign_of
from app.tasks.types import HANDED, TaskState
from app.tickets import policy
from app.tickets.linking import links_of
from app.tickets.models import Ticket
from app.tickets.queries import is_booked
from app.tickets.sheets import Filled, filled_in, sheet_of
from app.tickets.timeline import LINKING, holder, spoken, timeline
from app.tickets.types import LABELS, Box, RoadStep, Sheet, TicketState, TicketView


def ticket_view(session: Session, ticket: Ticket, actor: Actor, now: datetime) -> TicketView:
    """Everything the ticket page and REST show. Only who typed them gets whole answers (ADR 66)."""
    instance = ticket.instance
    loaded = engine.load(session, instance.version_id)
    tasks = tasks_of(session, instance.id)
    latest, earlier = latest_two(session, instance.id)
    answers: dict[str, Any] = dict(latest.answers) if latest else dict(ticket.draft or {})
    form = loaded.form(loaded.start.id)
    names = people_by_ids(session, {ticket.requester_id} | named_in(tasks))
    requester = names[ticket.requester_id]
    unit = unit_of(session, instance)
    is_own = policy.is_requester(actor, ticket)
    labels = answering.label_context(session, now, instance.id)
    filled = _filled(loaded, tasks, labels)
    said = timeline(session, instance, tasks, names, actor, now, filled)
    linked = any(one.event in LINKING for one in said)
    return TicketView(
        number=ticket.number,
        process=loaded.key,
        version=loaded.number,
        process_title=loaded.title,
        title=ticket.title,
        state=ticket.state,
        state_label=LABELS[ticket.state],
        submission=ticket.submission,
        requester_id=ticket.requester_id,
        requester_name=requester.name,
        requester_username=requester.username,
        unit_code=unit.code,
        unit_name=unit.name,
        created_at=ticket.created_at,
        submitted_at=ticket.submitted_at,
        closed_at=ticket.closed_at,
        answers=answers if is_own or form is None else forms.mask(form, answers),
        variables=instance.variables,
        sheet=sheet_of(
            session,
            form,
            answers,
            labels,
            # Those who decide have to see what changed; afterwards it is history.
            earlier.answers if earlier and ticket.state is TicketState.RUNNING else None,
        )
        if form
        else Sheet(loaded.title),
        boxes=boxes(loaded, tasks, names, instance.variables, filled),
        road=_road(session, loaded, ticket, tasks, names),
        timeline=said,
        people=tuple(names.values()),
        tasks=tuple(tasks),
        incidents=tuple(open_incidents(session, instance.id)),
        actions=policy.actions(
            actor, ticket, settled=is_own and _is_settled(session, ticket, loaded, tasks)
        ),
        notices=tuple(latest.notices) if latest else (),
        result=_result(ticket, loaded, tasks, names, instance.variables),
        links=tuple(one for one in links_of(session, actor, instance.id) if one.removed_at is None)
        if linked
        else (),
        paper=ticket.paper,
        entered_at=next((one.at for one in said if one.event == "ticket.back_entered"), None),
    )


def people_of(session: Session, ticket: Ticket) -> tuple[PersonRef, ...]:
    """Who asked for it, and whoever has or had a step of it."""
    tasks = tasks_of(session, ticket.instance_id)
    ids = {ticket.requester_id} | {task.assignee_id for task in tasks if task.assignee_id}
    return tuple(people_by_ids(session, ids).values())


def _filled(
    loaded: engine.Loaded, tasks: Sequence[Task], labels: forms.Context
) -> dict[int, tuple[Filled, ...]]:
    """What was filled at each step, by its task."""
    return {
        task.id: filled_in(form, task.answers, labels)
        for task in tasks
        if task.answers_sealed is not None and (form := loaded.form(task.node)) is not None
    }


def boxes(
    loaded: engine.Loaded,
    tasks: Sequence[Task],
    names: Mapping[int, PersonRef],
    variables: Mapping[str, Any],
    filled: Mapping[int, tuple[Filled, ...]] = MappingProxyType({}),
) -> tuple[Box, ...]:
    """One box a node of the road, with what holds: void decisions leave it empty again."""
    found = []
    for node_id in loaded.definition.road_for(variables):
        if node_id == loaded.start.id:
            continue
        node = loaded.node(node_id)
        box = Box(
            node_id,
            node.properties.get("box") or node.name,
            sign=sign_of(node),
            half=node.properties.get("box_half") == "true",
            foot=node.properties.get("box_foot", ""),
        )
        own = [task for task in tasks if task.node == node_id and task.decides]
        done = [one for one in own if one.holds and one.outcome != RETURN]
        last = [one for one in done if one.visit_id == done[-1].visit_id]
        found.append(
            replace(
                box,
                here=any(one.is_active for one in own),
                opinion=_said(node, last, names),
                name="、".join(acting(one, names) for one in last if one.assignee_id),
                at=last[-1].done_at if last else None,
                signatures=tuple(one.signature for one in last if one.signature),
                filled=tuple(
                    (f"{acting(one, names)}：{label}" if len(last) > 1 else label, words)
                    for one in last
                    for label, words in filled.get(one.id, ())
                ),
            )
        )
    return tuple(found)


def _said(node: engine.Node, done: Sequence[Task], names: Mapping[int, PersonRef]) -> str:
    """What stands in a box: of several people, each with the name."""
    if len(done) <= 1:
        return said_at(node, done[0]) if done else ""
    return "\n".join(
        f"{acting(one, names)}：{said_at(node, one)}" for one in done if one.assignee_id
    )


def said_at(node: engine.Node, task: Task) -> str:
    """What one task puts into a box: its own answer, else the opinion, else the word chosen."""
    result = spoken(task.answers)
    label = next((o.label for o in outcomes_of(node) if o.value == task.outcome), "")
    said = task.opinion or ""
    if result:
        return result if not said else f"{result}\n{said}"
    if not said or said.startswith(label):
        return said or f"{label}。"
    return f"{label}。{said}"


def outcome_label(loaded: engine.Loaded, task: Task) -> str:
    """What somebody made of a step, in a word; nothing of one that is open."""
    if task.outcome is None:
        return "不再需要" if task.state is TaskState.CANCELLED else ""
    if task.outcome == RETURN:
        return "退回"
    if task.outcome == SUBMIT:
        return "已重新提交"
    if task.outcome == HANDED:
        return "已转办"
    outcomes = outcomes_of(loaded.node(task.node))
    return next((o.label for o in outcomes if o.value == task.outcome), task.outcome)


def _road(
    session: Session,
    loaded: engine.Loaded,
    ticket: Ticket,
    tasks: Sequence[Task],
    names: Mapping[int, PersonRef],
) -> tuple[RoadStep, ...]:
    steps = []
    for node_id in loaded.definition.road_for(ticket.instance.variables):
        node = loaded.node(node_id)
        own = [task for task in tasks if task.node == node_id]
        here = [task for task in own if task.is_unfinished]
        done = [t for t in own if t.holds and t.decides]
        step = RoadStep(node_id, node.name, "next")
        if node_id == loaded.start.id:
            step = _first_step(ticket, node, names)
        elif here:
            label = "、".join(holder(task, names) for task in here)
            step = replace(step, state="here", names=label)
        elif done and done[-1].outcome != RETURN:
            last = [one for one in done if one.visit_id == done[-1].visit_id]
            label = "、".join(dict.fromkeys(holder(task, names) for task in last))
            step = replace(step, state="done", names=label, at=last[-1].done_at)
        steps.append(step)
    if ticket.state is TicketState.RUNNING and not any(step.state == "here" for step in steps):
        at = next((n for n, step in enumerate(steps) if step.state == "next"), len(steps))
        steps[at:at] = _awaited(session, loaded, ticket)
    is_over = ticket.state in (TicketState.CLOSED, TicketState.ARCHIVED)
    last_step = RoadStep("", "办结归档", "done" if is_over else "next", at=ticket.closed_at)
    return (*steps, last_step)


def _awaited(session: Session, loaded: engine.Loaded, ticket: Ticket) -> list[RoadStep]:
    """What the system is busy with while no person is: the step that waits for a message."""
    found = map(loaded.node, awaited_nodes(session, ticket.instance_id))
    return [RoadStep(one.id, one.name, "here", "系统") for one in found if one.kind == "receive"]


def _first_step(ticket: Ticket, node: engine.Node, names: Mapping[int, PersonRef]) -> RoadStep:
    at_requester = ticket.state in (
        TicketState.DRAFT,
        TicketState.RETURNED,
        TicketState.WITHDRAWN,
    )
    return RoadStep(
        node.id,
        node.name,
        "here" if at_requester else "done",
        names[ticket.requester_id].name,
        ticket.submitted_at,
    )


def _is_settled(
    session: Session, ticket: Ticket, loaded: engine.Loaded, tasks: Sequence[Task]
) -> bool:
    """撤回 would be refused: decided, waited for in vain, booked, or no form to come back to."""
    if ticket.state is not TicketState.RUNNING:
        return False
    decided = any(
        task.state is TaskState.DONE
        and task.submission == ticket.submission
        and task.outcome != HANDED
        for task in tasks
    )
    return (
        decided
        or loaded.form(loaded.start.id) is None
        or (
            any(task.state is TaskState.CANCELLED for task in tasks)
            and has_lapsed(session, ticket.instance_id)
        )
        or is_booked(session, ticket.instance_id, loaded)
    )


def _result(
    ticket: Ticket,
    loaded: engine.Loaded,
    tasks: Sequence[Task],
    names: Mapping[int, PersonRef],
    variables: Mapping[str, Any],
) -> str:
    """The notice to the requester when it is over: what each result box says."""
    if ticket.state is not TicketState.CLOSED:
        return ""
    said = [
        f"{box.label}：{box.opinion}（{box.name}）"
        for box in boxes(loaded, tasks, names, variables)
        if box.opinion and loaded.form(box.node) is not None
    ]
    return "；".join(said) or "这件已经办结。"
