"""A ticket put together for one reader: sheet, boxes, road, timeline. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.audit.models import Event
from app.audit.queries import list_chain
from app.core.actor import Actor
from app.identity.models import Unit
from app.identity.queries import people_by_ids
from app.identity.region import read_region
from app.identity.types import PersonRef
from app.processes import engine
from app.processes.queries import latest_submission, open_incidents
from app.processes.service import answering
from app.tasks.models import Task
from app.tasks.queries import tasks_of
from app.tasks.service import RETURN, outcomes_of, sign_of
from app.tasks.types import TaskState
from app.tickets import policy
from app.tickets.models import Ticket
from app.tickets.types import LABELS, Box, RoadStep, Said, Sheet, TicketState, TicketView

SAID = {
    "ticket.created": "开始填写",
    "ticket.withdrawn": "撤回",
    "ticket.cancelled": "作废",
    "account.opened": "开通账户",
    "account.reopened": "恢复账户",
    "account.changed": "变更账户",
    "account.corrected": "更正账户",
    "account.closed": "注销账户",
    "account.undone": "收回账户",
    "grant.given": "授予权限",
    "grant.revoked": "收回权限",
    "ledger.appended": "登记台账",
    "ledger.undone": "冲销台账的登记",
    "task.claimed": "签收",
    "task.released": "退回给其他人签收",
    "incident.opened": "系统执行异常",
    "incident.retried": "系统管理员再试了一次，没有成功",
    "incident.resolved": "系统执行异常已经处理",
    "outbox.retried": "系统管理员让系统再办一次",
    "outbox.discarded": "系统管理员决定不再办理",
    "ticket.ended.closed": "办结",
    "ticket.ended.refused": "不予办理，本件终止",
    "ticket.ended.cancelled": "已作废",
    "document.frozen": "正式件已生成并盖章",
    "document.printed": "打开打印件",
    "personal.print_alarm": "一天打开的打印件超过限额",
    "document.scanned": "上传签字盖章的扫描件",
    "ticket.attached": "附上文件",
    "personal.revealed": "查看完整号码",
    "personal.reveal_refused": "查看完整号码超过限额，已拒绝",
}


MINOR = frozenset(kind for kind in SAID if kind.startswith(("account.", "grant."))) | {
    "task.claimed",
    "task.released",
    "document.printed",
    "personal.print_alarm",
    "personal.revealed",
    "personal.reveal_refused",
}


def ticket_view(session: Session, ticket: Ticket, actor: Actor, now: datetime) -> TicketView:
    """Everything the ticket page and REST show. Only who typed them gets whole answers (ADR 66)."""
    instance = ticket.instance
    loaded = engine.load(session, instance.version_id)
    tasks = tasks_of(session, instance.id)
    latest = latest_submission(session, instance.id)
    answers: dict[str, Any] = dict(latest.answers) if latest else dict(ticket.draft or {})
    form = loaded.form(loaded.start.id)
    names = people_by_ids(
        session, {ticket.requester_id} | {task.assignee_id for task in tasks if task.assignee_id}
    )
    requester = names[ticket.requester_id]
    unit = session.get_one(Unit, ticket.unit_id)
    is_own = policy.is_requester(actor, ticket)
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
        sheet=_sheet(session, form, answers, now, instance.id) if form else Sheet(loaded.title),
        boxes=boxes(loaded, tasks, names),
        road=_road(loaded, ticket, tasks, names),
        timeline=_timeline(session, instance.audit_chain, tasks, names),
        tasks=tuple(tasks),
        incidents=tuple(open_incidents(session, instance.id)),
        actions=policy.actions(actor, ticket, decided=_decided(ticket, tasks)),
        notices=tuple(latest.notices) if latest else (),
        result=_result(ticket, loaded, tasks, names),
    )


def boxes(
    loaded: engine.Loaded, tasks: Sequence[Task], names: Mapping[int, PersonRef]
) -> tuple[Box, ...]:
    """One box a node of the road, with what holds: void decisions leave it empty again."""
    found = []
    for node_id in loaded.definition.road:
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
        for task in tasks:
            if task.node != node_id:
                continue
            if task.is_active:
                box = replace(box, here=True)
            elif task.state is TaskState.DONE and not task.voided_at and task.outcome != RETURN:
                box = replace(
                    box,
                    opinion=_opinion(node, task),
                    name=names[task.assignee_id].name if task.assignee_id else "",
                    at=task.done_at,
                    signature=task.signature,
                )
        found.append(box)
    return tuple(found)


def _opinion(node: engine.Node, task: Task) -> str:
    """What stands in the box: the node's own answer, else the opinion, else the outcome's word."""
    result = _spoken(task.answers)
    label = next((o.label for o in outcomes_of(node) if o.value == task.outcome), "")
    said = task.opinion or ""
    if result:
        return result if not said else f"{result}\n{said}"
    if not said or said.startswith(label):
        return said or f"{label}。"
    return f"{label}。{said}"


def _spoken(answers: Mapping[str, Any]) -> str:
    """What a result form says."""
    result = answers.get("result")
    return result if isinstance(result, str) else ""


def _sheet(
    session: Session,
    form: forms.Form,
    answers: Mapping[str, Any],
    now: datetime,
    instance_id: int,
) -> Sheet:
    context = answering.label_context(session, now, instance_id)
    shown = forms.labelled(form, forms.mask(form, answers), context)
    plain = [leaf for leaf in form.leaves if leaf.type != "dynamiclist"]
    rows = next((leaf for leaf in form.leaves if leaf.type == "dynamiclist"), None)
    return Sheet(
        title=read_region(session).form_titles.get(form.key.split("/")[0], form.title),
        fields=tuple((leaf.name, str(shown.get(leaf.key) or "")) for leaf in plain),
        columns=tuple(column.name for column in rows.in_print_order) if rows else (),
        rows=tuple(
            tuple(str(row.get(column.key) or "") for column in rows.in_print_order)
            for row in shown.get(rows.key) or ()
        )
        if rows
        else (),
        list_label=rows.name if rows else "",
        sensitive=tuple(column.key if column.sensitive else "" for column in rows.in_print_order)
        if rows
        else (),
    )


def _road(
    loaded: engine.Loaded, ticket: Ticket, tasks: Sequence[Task], names: Mapping[int, PersonRef]
) -> tuple[RoadStep, ...]:
    steps = []
    for node_id in loaded.definition.road:
        node = loaded.node(node_id)
        own = [task for task in tasks if task.node == node_id]
        here = [task for task in own if task.is_active]
        done = [t for t in own if t.state is TaskState.DONE and not t.voided_at]
        step = RoadStep(node_id, node.name, "next")
        if node_id == loaded.start.id:
            step = _first_step(ticket, node, names)
        elif here:
            label = "、".join(_holder(task, names) for task in here)
            step = replace(step, state="here", names=label)
        elif done and done[-1].outcome != RETURN:
            last = done[-1]
            step = replace(step, state="done", names=_holder(last, names), at=last.done_at)
        steps.append(step)
    is_over = ticket.state in (TicketState.CLOSED, TicketState.ARCHIVED)
    last_step = RoadStep("", "办结归档", "done" if is_over else "next", at=ticket.closed_at)
    return (*steps, last_step)


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


def _holder(task: Task, names: Mapping[int, PersonRef]) -> str:
    return names[task.assignee_id].name if task.assignee_id else "待签收"


def _timeline(
    session: Session, chain: str, tasks: Sequence[Task], names: Mapping[int, PersonRef]
) -> tuple[Said, ...]:
    """Newest first: what is waited for now, then what was done, as the audit chain has it."""
    by_id = {task.id: task for task in tasks}
    waiting = [
        Said("now", task.title, _holder(task, names), None, "办理中")
        for task in tasks
        if task.is_active
    ]
    done = [_said(event, by_id) for event in list_chain(session, chain)]
    return (*waiting, *reversed(done))


def _said(event: Event, tasks: Mapping[int, Task]) -> Said:
    data = event.data
    task = tasks.get(data.get("task", 0))
    kind, title, text = "sys", SAID.get(event.kind, event.kind), str(data.get("reason") or "")
    if event.kind == "ticket.submitted":
        kind, title = "done", f"第{data['submission']}次提交"
        text = "；".join(data.get("notices") or ())
    elif event.kind == "task.completed" and task is not None:
        kind, title = "done", f"{data['title']}：{data['label']}"
        text = "\n".join(filter(None, (_spoken(task.answers), task.opinion)))
    elif event.kind == "task.returned" and task is not None:
        kind, title, text = (
            "back",
            f"{data['title']}：退回到“{data['to_title']}”",
            task.opinion or "",
        )
    elif event.kind in ("incident.opened", "incident.retried"):
        kind, text = "back", str(data.get("cause", ""))
    elif event.kind.startswith("outbox."):
        text = "：".join(filter(None, (str(data.get("title", "")), text)))
    elif event.kind == "ticket.ended.refused":
        kind = "back"
    return Said(
        kind,
        title,
        event.actor_name,
        event.at,
        text,
        event.seq,
        event.hash.hex(),
        event.kind not in MINOR,
    )


def _decided(ticket: Ticket, tasks: Sequence[Task]) -> bool:
    return any(
        task.state is TaskState.DONE and task.submission == ticket.submission for task in tasks
    )


def _result(
    ticket: Ticket, loaded: engine.Loaded, tasks: Sequence[Task], names: Mapping[int, PersonRef]
) -> str:
    """The notice to the requester when it is over: what each result box says."""
    if ticket.state is not TicketState.CLOSED:
        return ""
    said = [
        f"{box.label}：{box.opinion}（{box.name}）"
        for box in boxes(loaded, tasks, names)
        if box.opinion and loaded.form(box.node) is not None
    ]
    return "；".join(said) or "这件已经办结。"
