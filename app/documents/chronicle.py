"""全程记录: everything that is known of one ticket, put together for one reader. Reads only."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.attachments import queries as attachments
from app.attachments.types import AttachmentRow
from app.audit.queries import first_break, last_seal
from app.core import clock
from app.core.actor import Actor
from app.documents.queries import list_documents, png_url
from app.identity import signatures
from app.identity.queries import people_by_ids
from app.identity.types import PersonRef
from app.ledgers.queries import list_of_ticket
from app.processes import engine, registry
from app.processes.models import Submission
from app.processes.queries import list_submissions
from app.processes.service import answering
from app.tasks.models import Task
from app.tasks.naming import acting, named_in
from app.tasks.service import RETURN, form_of
from app.tickets.models import Ticket
from app.tickets.presentation import outcome_label, ticket_view
from app.tickets.sheets import sheet_of
from app.tickets.timeline import ROLE
from app.tickets.types import Said, Sheet, SheetList, TicketView

Row = dict[str, Any]
GROUP = 100  # rows of one part of a table: the press takes 200
MOST_ENTRIES = 600
MOST_ROWS = 600  # of the tables of all submissions together


def chronicle(session: Session, ticket: Ticket, actor: Actor, now: datetime) -> Row:
    """What pdf/documents/house/ticket-record.html is filled with; masked as the page is."""
    view = ticket_view(session, ticket, actor, now)
    loaded = engine.load(session, ticket.instance.version_id)
    papers = list_documents(session, ticket, actor)
    files = attachments.list_bound(session, registry.FILES, ticket.instance_id)
    scans = [scan for paper in papers for scan in paper.scans]
    entries = [said for said in reversed(view.timeline) if said.kind != "now"]
    left = max(0, len(entries) - MOST_ENTRIES)
    steps = _steps(session, ticket, view, loaded, now)
    return {
        **_head(view, actor, now),
        "links": [
            {
                "kind": one.label,
                "number": one.number,
                "title": one.title,
                "state": one.state_label,
            }
            for one in view.links
        ],
        "submissions": _submissions(session, ticket, view, loaded, now),
        "step_groups": [{"steps": group} for group in _groups(steps)],
        "entries_left": f"最早的 {left} 条没有印，请在“审计”里查。" if left else "",
        "entry_groups": [
            {"entries": group} for group in _groups(_entries(entries[left:], view.tasks))
        ],
        "files": [_file(one) for one in files] + [_file(one, "（扫描件）") for one in scans],
        "documents": [
            {
                "title": paper.title,
                "state": paper.state_label,
                "at": _stamp(paper.frozen_at),
                "sha256": paper.sha256 or "",
            }
            for paper in papers
        ],
        "booked": _booked(session, actor, ticket.number),
        "audit": _audit(session, ticket),
    }


def _head(view: TicketView, actor: Actor, now: datetime) -> Row:
    here = [f"{one.title}（{one.name}）" for one in view.timeline if one.kind == "now"]
    return {
        "number": view.number,
        "title": view.title,
        "process": view.process_title,
        "version": view.version,
        "requester": view.requester_name,
        "unit": view.unit_name,
        "state": view.state_label,
        "submission": view.submission,
        "paper": f"{_stamp(view.paper.at)}，{view.paper.remark}" if view.paper else "",
        "created_at": _stamp(view.created_at),
        "submitted_at": _stamp(view.submitted_at) or "还没有提交",
        "closed_at": _stamp(view.closed_at) or "还没有结束",
        "here": "、".join(here),
        "printed_by": actor.name,
        "printed_at": _stamp(now),
    }


def _submissions(
    session: Session, ticket: Ticket, view: TicketView, loaded: engine.Loaded, now: datetime
) -> list[Row]:
    """Each as it was asked and answered; a draft that was never sent as what it is."""
    form = loaded.form(loaded.start.id)
    if form is None:
        return []
    sent = list_submissions(session, ticket.instance_id)
    labels = answering.label_context(session, now, ticket.instance_id)
    names = people_by_ids(session, {one.person_id for one in sent})
    room = MOST_ROWS
    shown = []
    for one in reversed(sent):  # where there is too much, the latest is whole
        sheet = sheet_of(session, form, one.answers, labels)
        shown.append(_submission(one, names, sheet, room))
        room -= sum(len(listed.rows) for listed in sheet.lists)
    if not sent:
        return [{**_sheet(view.sheet, room), "title": "草稿，还没有提交", **_UNSENT}]
    return shown[::-1]


_UNSENT: Row = {"at": "", "who": "", "notices": "", "hash": ""}


def _submission(one: Submission, names: Mapping[int, PersonRef], sheet: Sheet, room: int) -> Row:
    return {
        "title": f"第{one.n}次提交",
        "at": _stamp(one.submitted_at),
        "who": names[one.person_id].name,
        "notices": "；".join(one.notices),
        "hash": one.keyed_hash.hex(),
        **_sheet(sheet, room),
    }


def _sheet(sheet: Sheet, room: int) -> Row:
    return {
        "fields": [{"label": label, "value": value} for label, value in sheet.fields],
        "lists": [_list(listed, room) for listed in sheet.lists],
    }


def _list(listed: SheetList, room: int) -> Row:
    few = max(0, min(len(listed.rows), room, GROUP * 2))
    left = len(listed.rows) - few
    return {
        "label": listed.label,
        "columns": [{"label": column} for column in listed.columns],
        "rows": [
            {"no": n, "cells": [{"text": cell} for cell in row]}
            for n, row in enumerate(listed.rows[:few], start=1)
        ],
        "left": f"这张表共 {len(listed.rows)} 行，后面 {left} 行没有印。" if left else "",
    }


def _steps(
    session: Session, ticket: Ticket, view: TicketView, loaded: engine.Loaded, now: datetime
) -> list[Row]:
    names = people_by_ids(session, named_in(view.tasks))
    context = answering.label_context(session, now, ticket.instance_id)
    return [
        {
            "title": task.title,
            "role": ROLE.get(task.kind, ""),
            "who": acting(task, names) or "待签收",
            "opened_at": _stamp(task.opened_at),
            "done_at": _stamp(task.done_at) or "还没有办",
            "outcome": outcome_label(loaded, task),
            "said": "\n".join(filter(None, (_filled(loaded, task, context), task.opinion))),
            "void": f"{_stamp(task.voided_at)} 起作废" if _is_void(task) else "",
            "signature": png_url(signatures.small(task.signature)) if task.signature else "",
        }
        for task in view.tasks
    ]


def _filled(loaded: engine.Loaded, task: Task, context: forms.Context) -> str:
    """What was filled at the node beside outcome and opinion, a line each, numbers masked."""
    form = form_of(loaded, task)
    if form is None or not task.answers or task.node == loaded.start.id:
        return ""
    given = forms.labelled(form, forms.mask(form, task.answers), context)
    return "\n".join(_lines(form, given))


def _lines(form: forms.Form, given: Mapping[str, Any]) -> Iterator[str]:
    for leaf in form.leaves:
        value = given.get(leaf.key)
        if leaf.type == "dynamiclist":
            for row in value or ():
                cells = (str(row.get(one.key) or "") for one in leaf.in_print_order)
                yield f"{leaf.name}第 {row['no']} 行：{'，'.join(filter(None, cells))}"
        elif value:
            yield f"{leaf.name}：{value}"


def _entries(entries: Sequence[Said], tasks: Sequence[Task]) -> list[Row]:
    return [
        {
            "no": said.seq,
            "at": _stamp(said.at),
            "who": said.name,
            "what": said.title,
            "text": f"{said.text}（写的人撤回了）" if said.is_withdrawn else said.text,
            "void": _undone(said, tasks),
            "hash": said.hash[:12],
        }
        for said in entries
    ]


def _undone(said: Said, tasks: Sequence[Task]) -> str:
    """What a return or a withdrawal made void, by the steps that carry its moment."""
    if said.kind != "back":
        return ""
    void = [task.title for task in tasks if _is_void(task) and task.voided_at == said.at]
    return f"作废：{'、'.join(dict.fromkeys(void))}" if void else ""


def _is_void(task: Task) -> bool:
    """A return is void with what it undid, and is nothing that anybody would still go by."""
    return task.voided_at is not None and task.outcome != RETURN


def _file(row: AttachmentRow, kind: str = "") -> Row:
    return {
        "name": row.name + kind,
        "size": f"{row.size:,} 字节".replace(",", " "),
        "who": row.uploader,
        "at": _stamp(row.created_at),
        "sha256": row.sha256,
    }


def _booked(session: Session, actor: Actor, number: str) -> list[Row]:
    return [
        {
            "book": ledger.title + ("（已冲销）" if line.void else ""),
            "serial": f"{line.year}-{line.serial}",
            "at": line.at[:16].replace("T", " "),
            "text": "；".join(
                f"{column.label}：{cell}"
                for column, cell in zip(ledger.columns, line.cells, strict=True)
                if cell and not column.key.startswith("_")
            ),
        }
        for ledger, line in list_of_ticket(session, actor, number)
    ]


def _audit(session: Session, ticket: Ticket) -> Row:
    """The head of the chain, and whether it holds up to there."""
    run = ticket.instance
    broken = first_break(session, run.audit_chain, run)
    seal = last_seal(session)
    return {
        "chain": run.audit_chain,
        "seq": run.audit_seq,
        "hash": run.audit_hash.hex(),
        "verdict": f"第 {broken} 条起对不上，请立即告诉审计员。"
        if broken
        else f"打印时从第 1 条核对到第 {run.audit_seq} 条，前后相接，没有改动。",
        "seal": f"第 {seal.n} 号，{_stamp(seal.at)}" if seal else "",
    }


def _groups(rows: Sequence[Row]) -> list[Sequence[Row]]:
    return [rows[start : start + GROUP] for start in range(0, len(rows), GROUP)]


def _stamp(moment: datetime | None) -> str:
    return clock.local(moment).strftime("%Y-%m-%d %H:%M") if moment else ""
