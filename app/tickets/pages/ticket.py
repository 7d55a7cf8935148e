"""The page of one ticket, whichever of its views is open."""

from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.attachments.queries import list_bound
from app.calendar.lights import Horizon
from app.core import clock
from app.core.actor import Actor
from app.core.clock import utcnow
from app.identity.queries import people_by_ids
from app.processes import engine, registry
from app.processes.models import Incident
from app.processes.types import IncidentKind
from app.rules.queries import bases
from app.tasks.assignment import forecast
from app.tasks.models import Task
from app.tasks.naming import expected
from app.tasks.policy import can_complete, can_take_back
from app.tasks.service import RETURN, SUBMIT, obstacle
from app.tasks.types import HANDED
from app.tickets import panels, policy
from app.tickets.dues import dues, history
from app.tickets.models import Ticket
from app.tickets.numbering import shown as shown_numbers
from app.tickets.pages.deciding import Typed, panel
from app.tickets.pages.flow import changes, diagram
from app.tickets.pages.related import Linking, related
from app.tickets.pages.sheet import sheet
from app.tickets.pages.talk import Talked, talk
from app.tickets.pages.together import together
from app.tickets.presentation import ticket_view
from app.tickets.revealing import may_reveal
from app.tickets.timeline import REPAIRED
from app.tickets.types import RoadStep, TicketState, TicketView


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
    tab: str = "form",
    talked: Talked | None = None,
    linking: Linking | None = None,
) -> dict[str, Any]:
    """Context of tickets/show.html and its tabs."""
    view = ticket_view(session, ticket, actor, utcnow())
    is_held = view.state is TicketState.SUSPENDED
    task = next(
        (t for t in view.tasks if t.is_active and not is_held and can_complete(actor, t)), None
    )
    loaded = engine.load(session, ticket.instance.version_id)
    is_amendment = task is not None and task.node == loaded.start.id
    log = [said for said in view.timeline if said.kind != "now"]
    shown = _ticket(session, ticket, view, actor)
    return {
        "ticket": shown | {"log_count": len(log)},
        "task": None
        if task is None or is_amendment
        else panel(session, task, actor, typed or Typed(), _earlier(view, task, actor)),
        "together": together(session, view, actor, loaded),
        "taking_back": _taking_back(session, view, actor) if task is None else None,
        "log": [
            {
                "no": s.seq,
                "at": s.at,
                "name": s.name,
                "what": _what(s.title, s.text),
                "hash": s.hash,
            }
            for s in log
        ],
        "changes": changes(session, ticket) if tab == "log" and policy.can_study(actor) else None,
        "counted": history(session, ticket) if tab == "log" else (),
        "diagram": diagram(session, ticket, view, shown["road"]) if tab == "flow" else None,
        "revealed": revealed or Revealed(),
        "talk": talk(session, ticket, view, actor, talked or Talked()),
        "related": related(
            session, ticket, view, actor, linking or Linking(), suggests=tab == "form"
        ),
    }


def _earlier(view: TicketView, task: Task, actor: Actor) -> Task | None:
    """What the reader decided at this node before it was opened again."""
    void = [
        t
        for t in view.tasks
        if t.node == task.node and t.voided_at and t.outcome not in (RETURN, HANDED)
    ]
    return next((t for t in reversed(void) if t.assignee_id == actor.person_id), None)


def _taking_back(session: Session, view: TicketView, actor: Actor) -> dict[str, Any] | None:
    """What the reader decided last here and could take back, or why he cannot any more."""
    own = [
        task
        for task in view.tasks
        if task.assignee_id == actor.person_id
        and task.holds
        and task.outcome not in (RETURN, SUBMIT)
    ]
    if view.state is not TicketState.RUNNING or not own or not can_take_back(actor, own[-1]):
        return None
    task = own[-1]
    found = obstacle(session, task)
    if found is not None and not found.is_news:
        return None
    return {
        "id": task.id,
        "version": task.version,
        "title": task.title,
        "obstacle": found.words if found else "",
    }


def _ticket(session: Session, ticket: Ticket, view: TicketView, actor: Actor) -> dict[str, Any]:
    loaded = engine.load(session, ticket.instance.version_id)
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
        "sheet": sheet(view) | {"may_reveal": may_reveal(session, ticket, actor)},
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
            for row in panels.panel("documents", session, ticket, actor)
        ],
        "files": list_bound(session, registry.FILES, ticket.instance_id),
        "notice": _notice(view),
        "may_repair": bool(panels.panel("repair", session, ticket, actor)),
        "supervision": panels.panel("supervision", session, ticket, actor),
        "pushes": panels.panel("pushes", session, ticket, actor),
        "sendings": panels.panel("sendings", session, ticket, actor),
        "actions": actions,
        "numbers": shown_numbers(session, ticket, loaded),
        # Only who asked for it is told of the page that anybody may ask.
        "is_told": "progress" in loaded.definition.properties
        and not ticket.is_confidential
        and policy.is_requester(actor, ticket),
        "basis": bases(session, ticket.rule_ids, clock.today()),
        "dues": dues(session, ticket, view.tasks, Horizon(session, actor.unit_id, utcnow())),
    }


def _road(session: Session, ticket: Ticket, view: TicketView) -> list[RoadStep]:
    """The strip, with the people who would get the steps to come as things stand."""
    if ticket.state is not TicketState.RUNNING:
        return list(view.road)
    found = forecast(
        session,
        engine.load(session, ticket.instance.version_id),
        requester_id=ticket.requester_id,
        unit_id=ticket.unit_id,
        now=utcnow(),
        instance=ticket.instance,
    )
    names = people_by_ids(session, {one for each in found.values() for one in each.everybody})
    return [
        replace(step, names=" 或 ".join(expected(found[step.node], names)))
        if step.state == "next" and step.node in found
        else step
        for step in view.road
    ]


def _notice(view: TicketView) -> str:
    broken = _broken(view.incidents[0]) if view.incidents else ""
    repaired = _repaired(view)
    if view.state is TicketState.CLOSED:
        return f"已办结。{view.result}{broken}"
    if view.state is TicketState.SUSPENDED:
        return f"{repaired}现在谁也不能办理，到时间的也不会自动往下走；恢复以后接着办，内容都在。"
    if broken:
        return broken
    if repaired:
        return repaired
    if view.state is TicketState.RETURNED:
        said = next((s for s in view.timeline if s.kind == "back"), None)
        return f"{said.name}{said.title}：{said.text}" if said else ""
    return "；".join(view.notices)


def _repaired(view: TicketView) -> str:
    """What an administrator did, as long as nobody has gone on since; while it is held, always."""
    said = [one for one in view.timeline if one.kind != "now" and one.is_decision]
    if view.state is TicketState.SUSPENDED:
        said = [one for one in said if one.event == "ticket.suspended"]
    done = said[0] if said and said[0].event in REPAIRED else None
    if done is None or done.at is None:
        return ""
    at = clock.local(done.at)
    reason = f"，{done.text.splitlines()[0]}" if done.text else ""
    return f"{at.month}月{at.day}日 {at:%H:%M}，{done.title}（{done.name}）{reason}。".replace(
        "。。", "。"
    )


BROKEN = {
    IncidentKind.ACT: "这一步没有办成，刚才的办理已经撤销。",
    IncidentKind.TIMER: "到时间应当自动办理的一步没有办成。",
    IncidentKind.OUTBOX: "正式件的生成或者通知没有办成。",
    IncidentKind.EVENT: "收到消息以后应当自动办理的一步没有办成。",
}


def _broken(incident: Incident) -> str:
    """What happened, who knows of it, and that nothing is lost: for people, not for technicians."""
    what = BROKEN.get(incident.kind, f"{incident.cause}，暂时没有人能接着办。")
    since = clock.local(incident.created_at)
    return (
        f"系统执行异常：{what}系统在{since.month}月{since.day}日 {since:%H:%M} 报给了系统管理员，"
        f"处理好以后接着办；已经填写和办理的内容都在，没有丢。"
    )


def _what(title: str, text: str) -> str:
    return f"{title}：{text}" if text else title
