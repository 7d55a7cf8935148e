"""What the ticket pages are filled with: views of the domain in the words of the templates."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

import forms
from app.attachments.queries import list_bound
from app.core import clock
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import ErrorAt
from app.identity.queries import people_by_ids, stored_signature
from app.processes import engine, registry
from app.processes.models import Incident
from app.processes.queries import latest_submission, node_log, unit_ref
from app.processes.service import answering
from app.processes.types import IncidentKind
from app.tasks import signatures
from app.tasks.assignment import forecast
from app.tasks.models import Task
from app.tasks.policy import can_complete, can_release
from app.tasks.queries import tasks_of
from app.tasks.service import actions_of, outcomes_of, sign_of
from app.tasks.types import TaskState
from app.tickets.models import Ticket
from app.tickets.panels import panel
from app.tickets.presentation import ticket_view
from app.tickets.revealing import may_reveal
from app.tickets.types import Box, DraftPage, RoadStep, TicketState, TicketView
from forms import web as web_forms

VIEWS = ("form", "print", "flow", "log")


@dataclass(frozen=True)
class Typed:
    """What a refused decision brought, shown back."""

    choice: str = ""
    opinion: str = ""
    reason: str = ""
    node: str = ""
    signature_kind: str = ""
    signature: str = ""
    errors: tuple[ErrorAt, ...] = ()
    answers: Any = None  # the browser's form data


@dataclass(frozen=True)
class Revealed:
    """One number shown whole on this page alone."""

    row: int = 0
    field: str = ""
    value: str = ""
    reason: str = ""
    error: str = ""


def show_page(
    session: Session,
    ticket: Ticket,
    actor: Actor,
    typed: Typed | None = None,
    revealed: Revealed | None = None,
) -> dict[str, Any]:
    """Context of tickets/show.html and its tabs."""
    view = ticket_view(session, ticket, actor, utcnow())
    task = next((t for t in view.tasks if t.is_active and can_complete(actor, t)), None)
    loaded = engine.load(session, ticket.instance.version_id)
    is_amendment = task is not None and task.node == loaded.start.id
    return {
        "ticket": _ticket(session, ticket, view, actor),
        "task": None
        if task is None or is_amendment
        else _task(session, task, actor, typed or Typed()),
        "log": [
            {
                "no": s.seq,
                "at": s.at,
                "name": s.name,
                "what": _what(s.title, s.text),
                "hash": s.hash,
            }
            for s in view.timeline
            if s.kind != "now"
        ],
        "diagram": _diagram(session, ticket, view),
        "revealed": revealed or Revealed(),
    }


def form_page(
    session: Session,
    loaded: engine.Loaded,
    actor: Actor,
    *,
    ticket: Ticket | None,
    formdata: Any = None,
    errors: Sequence[ErrorAt] = (),
    draft_page: DraftPage | None = None,
    unsaved: bool = False,
) -> dict[str, Any]:
    """Context of tickets/form.html: a new form, a draft, a returned one or what was just sent.

    A page that is shown again goes on as the same `draft_page`.
    """
    unit_id = ticket.unit_id if ticket else actor.unit_id
    form, context = start_form(session, loaded, actor, ticket)
    stored = _stored(session, ticket, form, context)
    page = web_forms.build(form, context, answers=stored, formdata=formdata)
    page.attach(errors)
    people = forecast(session, loaded, requester_id=actor.person_id, unit_id=unit_id, now=utcnow())
    names = people_by_ids(session, {one for found in people.values() for one in found})
    return {
        "definition": {
            "key": loaded.key,
            "title": loaded.title,
            "help": loaded.definition.properties.get("help", ""),
        },
        "form": page,
        "errors": page.errors,
        "ticket": _form_ticket(session, ticket) if ticket else None,
        "after": [
            {
                "title": loaded.node(node).name,
                "names": [names[one].name for one in found],
            }
            for node, found in people.items()
        ],
        "notices": [],
        "draft": draft_page or _new_page(ticket),
        "draft_person": actor.person_id,
        "unsaved": unsaved,
    }


def _new_page(ticket: Ticket | None) -> DraftPage:
    return DraftPage(uuid.uuid4().hex, (ticket.draft_stamp if ticket else "") or "", 0)


def start_form(
    session: Session, loaded: engine.Loaded, actor: Actor, ticket: Ticket | None
) -> tuple[forms.Form, forms.Context]:
    form = loaded.form(loaded.start.id)
    if form is None:
        raise LookupError(loaded.key)
    unit = unit_ref(session, ticket.unit_id if ticket else actor.unit_id)
    check = answering.check_context(actor, unit, ticket.number if ticket else None, utcnow())
    return form, answering.form_context(session, form, check, node=loaded.start.id)


def _stored(
    session: Session, ticket: Ticket | None, form: forms.Form, context: forms.Context
) -> Mapping[str, Any] | None:
    if ticket is None:
        return None
    if ticket.draft is not None:
        return ticket.draft
    latest = latest_submission(session, ticket.instance_id)
    return forms.without_readonly(form, latest.answers, context) if latest else None


def _form_ticket(session: Session, ticket: Ticket) -> dict[str, Any]:
    returned = None
    if ticket.state is TicketState.RETURNED:
        view = [
            task
            for task in tasks_of(session, ticket.instance_id)
            if task.outcome == "return" and task.done_at is not None
        ]
        if view:
            last = view[-1]
            names = people_by_ids(session, [last.assignee_id] if last.assignee_id else [])
            returned = {
                "name": next((ref.name for ref in names.values()), ""),
                "at": last.done_at,
                "reason": last.opinion,
                "node_title": last.title,
            }
    return {
        "number": ticket.number,
        "state": ticket.state.value,
        "submission": ticket.submission,
        "returned": returned,
    }


def _ticket(session: Session, ticket: Ticket, view: TicketView, actor: Actor) -> dict[str, Any]:
    actions = ["edit" if action in ("submit", "resubmit") else action for action in view.actions]
    return {
        "number": view.number,
        "title": view.title,
        "process_title": view.process_title,
        "state": view.state.value,
        "state_label": view.state_label,
        "submission": view.submission,
        "requester": {"name": view.requester_name, "unit": view.unit_name},
        "created_at": view.created_at,
        "road": _road(session, ticket, view),
        "timeline": [said for said in view.timeline if said.is_decision],
        "sheet": _sheet(view) | {"may_reveal": may_reveal(session, ticket, actor)},
        "documents": [
            {
                "name": row.name,
                "title": row.title,
                "state": row.state,
                "state_label": row.state_label,
                "sha256": row.sha256,
                "href": url_for("documents.pdf", number=view.number, name=row.name)
                if row.may_print
                else "",
                "scans": row.scans,
                "scan_href": url_for("documents.scan", number=view.number, name=row.name)
                if row.may_scan
                else "",
            }
            for row in panel("documents", session, ticket, actor)
        ],
        "files": list_bound(session, registry.FILES, ticket.instance_id),
        "notice": _notice(view),
        "actions": actions,
        "log_count": len(view.timeline),
        "due": None,
    }


def _road(session: Session, ticket: Ticket, view: TicketView) -> list[RoadStep]:
    """The strip, with the people who would get the steps to come as things stand."""
    if ticket.state is not TicketState.RUNNING:
        return list(view.road)
    expected = forecast(
        session,
        engine.load(session, ticket.instance.version_id),
        requester_id=ticket.requester_id,
        unit_id=ticket.unit_id,
        now=utcnow(),
    )
    names = people_by_ids(session, {one for found in expected.values() for one in found})
    return [
        replace(step, names=" 或 ".join(names[one].name for one in expected[step.node]))
        if step.state == "next" and step.node in expected
        else step
        for step in view.road
    ]


def _notice(view: TicketView) -> str:
    broken = _broken(view.incidents[0]) if view.incidents else ""
    if view.state is TicketState.CLOSED:
        return f"已办结。{view.result}{broken}"
    if broken:
        return broken
    if view.state is TicketState.RETURNED:
        said = next((s for s in view.timeline if s.kind == "back"), None)
        return f"{said.name}{said.title}：{said.text}" if said else ""
    return "；".join(view.notices)


BROKEN = {
    IncidentKind.ACT: "这一步没有办成，刚才的办理已经撤销。",
    IncidentKind.TIMER: "到时间应当自动办理的一步没有办成。",
    IncidentKind.OUTBOX: "正式件的生成或者通知没有办成。",
}


def _broken(incident: Incident) -> str:
    """What happened, who knows of it, and that nothing is lost: for people, not for technicians."""
    what = BROKEN.get(incident.kind, f"{incident.cause}，暂时没有人能接着办。")
    since = clock.local(incident.created_at)
    return (
        f"系统执行异常：{what}系统在{since.month}月{since.day}日 {since:%H:%M} 报给了系统管理员，"
        f"处理好以后接着办；已经填写和办理的内容都在，没有丢。"
    )


def _sheet(view: TicketView) -> dict[str, Any]:
    boxes = [_box(box) for box in view.boxes]
    return {
        "title": view.sheet.title,
        "fields": [
            {"label": label, "value": value, "wide": index == 0}
            for index, (label, value) in enumerate(view.sheet.fields)
        ],
        "band": view.sheet.list_label,
        "columns": view.sheet.columns,
        "rows": view.sheet.rows,
        "sensitive": view.sheet.sensitive,
        "boxes": boxes,
    }


def _box(box: Box) -> dict[str, Any]:
    return {
        "label": box.label,
        "opinion": box.opinion,
        "name": box.name,
        "date": chinese_day(box.at),
        "signature_src": signatures.for_screen(box.signature) if box.signature else "",
        "here": box.here,
        "half": box.half,
        "foot": "" if box.at else box.foot,
    }


def chinese_day(moment: datetime | None) -> str:
    if moment is None:
        return ""
    day = clock.local(moment)
    return f"{day.year}年{day.month}月{day.day}日"


def _task(session: Session, task: Task, actor: Actor, typed: Typed) -> dict[str, Any]:
    loaded = engine.load(session, task.instance.version_id)
    node = loaded.node(task.node)
    page = node_form(session, task, actor, typed.answers)
    if page is not None:
        page.attach(
            forms.FieldError(error.path.removeprefix("answers."), error.code, error.message)
            for error in typed.errors
            if error.path.startswith("answers.")
        )
    actions = [action for action in actions_of(node) if can_complete(actor, task)]
    if can_release(actor, task):
        actions.append("release")
    stored = stored_signature(session, actor.person_id) if sign_of(node) else None
    return {
        "id": task.id,
        "version": task.version,
        "node_title": node.name,
        "sign": sign_of(node),
        "outcomes": [
            {"value": outcome.value, "label": outcome.label, "grave": outcome.is_refusal}
            for outcome in outcomes_of(node)
        ],
        "actions": actions,
        "return_targets": [
            {"node": target, "label": _target_label(loaded, target)}
            for target in engine.return_targets(session, task.instance)
        ],
        "form": page,
        "claimable": task.assignee_id is None,
        "has_stored_signature": stored is not None,
        "stored_signature_src": signatures.for_screen(stored) if stored else "",
        "errors": typed.errors,
        "choice": typed.choice,
        "opinion": typed.opinion,
        "reason": typed.reason,
        "node": typed.node,
        "signature_kind": typed.signature_kind,
        "signature": typed.signature,
    }


def node_form(
    session: Session, task: Task, actor: Actor, formdata: Any = None
) -> web_forms.WebForm | None:
    """The form of the task's node, empty or as it was just sent."""
    loaded = engine.load(session, task.instance.version_id)
    form = loaded.form(task.node)
    if form is None:
        return None
    unit = unit_ref(session, task.instance.unit_id)
    check = answering.check_context(actor, unit, task.instance.number, utcnow())
    context = answering.form_context(session, form, check, task.instance.variables, node=task.node)
    return web_forms.build(form, context, formdata=formdata)


def _target_label(loaded: engine.Loaded, node_id: str) -> str:
    name = loaded.node(node_id).name
    return f"申请人（{name}）" if node_id == loaded.start.id else name


def _what(title: str, text: str) -> str:
    return f"{title}：{text}" if text else title


@dataclass
class _Step:
    title: str
    names: str
    opened_at: datetime
    closed_at: datetime | None
    spent: str
    result: str
    light: str = ""


def _diagram(session: Session, ticket: Ticket, view: TicketView) -> dict[str, Any]:
    loaded = engine.load(session, ticket.instance.version_id)
    people = people_by_ids(session, {t.assignee_id for t in view.tasks if t.assignee_id})
    steps = [
        _Step(
            task.title,
            people[task.assignee_id].name if task.assignee_id else "待签收",
            task.opened_at,
            task.done_at,
            _spent(task.opened_at, task.done_at or utcnow()),
            _result(loaded, task),
        )
        for task in view.tasks
    ]
    here = [task.node for task in view.tasks if task.is_active]
    done = {entry.node for entry in node_log(session, ticket.instance_id) if entry.is_completed}
    return {
        "href": url_for("tickets.model", number=ticket.number),
        "done": sorted(done - set(here)),
        "here": here,
        "back": sorted({task.node for task in view.tasks if task.outcome == "return"}),
        "steps": steps,
    }


def _result(loaded: engine.Loaded, task: Task) -> str:
    if task.outcome is None:
        return "不再需要" if task.state is TaskState.CANCELLED else ""
    if task.outcome == "return":
        return "退回"
    if task.outcome == "submit":
        return "已重新提交"
    outcomes = outcomes_of(loaded.node(task.node))
    return next((o.label for o in outcomes if o.value == task.outcome), task.outcome)


def _spent(start: datetime, end: datetime) -> str:
    minutes = max(int((end - start).total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes} 分"
    if minutes < 24 * 60:
        return f"{minutes // 60} 小时 {minutes % 60} 分"
    return f"{minutes // (24 * 60)} 天 {minutes % (24 * 60) // 60} 小时"
