"""Reads of documents, and the data a print template is filled with."""

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import forms
from app.attachments import queries as attachments
from app.attachments.types import AttachmentRow
from app.core import clock, crypto
from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.documents.models import Document, PrintBatch, SealKey
from app.documents.types import (
    LABELS,
    DocumentNotFound,
    DocumentRow,
    DocumentState,
    NotYourPrint,
    NotYourScan,
    Verdict,
)
from app.identity.models import Unit
from app.identity.queries import actor_of, called_at, people_by_ids
from app.identity.region import read_region
from app.outages.judging import moment
from app.processes import engine
from app.processes.models import Instance
from app.processes.queries import first_submitted_at, latest_submission, unit_ref
from app.processes.registry import CheckContext
from app.processes.service import answering
from app.tasks.models import Task
from app.tasks.naming import named_in
from app.tasks.queries import results_of, takes_part, tasks_of
from app.tasks.types import RETURN
from app.tickets import numbering, policy
from app.tickets.models import Ticket
from app.tickets.presentation import boxes, said_at
from app.tickets.queries import access_ticket
from app.tickets.types import TicketNotFound, TicketState
from forms import normalise

SEAL_TEXT = "样章"
SPECIMEN = "样张"
PAGE = 20
UNFINISHED = "草稿，未办结"
NO_ORIGINAL = (
    "没有正式件，打印出来是草稿"  # refused and cancelled ones, and those loaded by the heap
)
SCAN = "scan"  # what scans are bound as


def access_print(session: Session, number: str, actor: Actor, *, lock: bool = False) -> Ticket:
    """A ticket whose forms the actor may print. Raises: TicketNotFound, NotYourPrint."""
    ticket = access_ticket(session, number, actor, policy.can_view, lock=lock)
    if not may_print(session, ticket, actor):
        raise NotYourPrint
    return ticket


def may_print(session: Session, ticket: Ticket, actor: Actor) -> bool:
    """Prints carry whole ID numbers: for the requester, those who act on it, and the auditor."""
    return actor.holds("auditor") or _had_part(session, ticket, actor)


def list_documents(session: Session, ticket: Ticket, actor: Actor) -> Sequence[DocumentRow]:
    """What can be printed of this ticket: frozen originals, or the draft view of each form."""
    loaded = engine.load(session, ticket.instance.version_id)
    had_part = _had_part(session, ticket, actor)
    printable = had_part or actor.holds("auditor")
    kept = {document.name: document for document in _current(session, ticket)}
    scans = _scans(session, ticket) if printable else {}
    rows = []
    issued = [name for name in loaded.issued_names if name in kept]
    for name in (*loaded.document_names, *issued):
        document = kept.get(name)
        state = document.state if document else None
        rows.append(
            DocumentRow(
                name,
                title_of(session, loaded, name),
                state.value if state else "draft",
                LABELS[state] if state else (NO_ORIGINAL if ticket.closed_at else UNFINISHED),
                document.sha256 if document else None,
                document.frozen_at if document else None,
                printable,
                tuple(scans.get(name, ())),
                had_part and ticket.state is not TicketState.DRAFT,
            )
        )
    return rows


def may_scan(session: Session, ticket: Ticket, actor: Actor) -> bool:
    """The signed paper comes from those through whose hands it went, once there is one."""
    return ticket.state is not TicketState.DRAFT and _had_part(session, ticket, actor)


def _had_part(session: Session, ticket: Ticket, actor: Actor) -> bool:
    is_own = ticket.requester_id == actor.person_id
    return is_own or takes_part(session, actor, ticket.instance_id)


def access_scan(session: Session, number: str, actor: Actor, *, lock: bool = False) -> Ticket:
    """A ticket the actor may add scans to. Raises: TicketNotFound, NotYourScan."""
    ticket = access_ticket(session, number, actor, policy.can_view, lock=lock)
    if not may_scan(session, ticket, actor):
        raise NotYourScan
    return ticket


def may_view_scan(session: Session, actor: Actor, instance_id: int) -> bool:
    """A scan shows what the print shows: whole numbers (S43)."""
    number = session.scalar(select(Ticket.number).where(Ticket.instance_id == instance_id))
    try:
        access_print(session, number or "", actor)
    except (TicketNotFound, NotYourPrint):
        return False
    return True


def _scans(session: Session, ticket: Ticket) -> dict[str, list[AttachmentRow]]:
    """By the name of the form that was scanned."""
    found: dict[str, list[AttachmentRow]] = {}
    for place, row in attachments.list_places(session, SCAN, ticket.instance_id):
        found.setdefault(place, []).append(row)
    return found


def frozen_pdf(session: Session, ticket: Ticket, name: str) -> bytes | None:
    """The original of the current submission, None while there is none."""
    kept = session.scalar(
        select(Document.pdf).where(
            Document.instance_id == ticket.instance_id,
            Document.name == name,
            Document.submission == ticket.submission,
            Document.state == DocumentState.FROZEN,
        )
    )
    # Those of before `keys rotate` has sealed them are clear.
    return kept if kept is None or crypto.is_clear(kept) else crypto.unseal(kept)


def list_batches(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = PAGE
) -> Page[PrintBatch]:
    """One's own, newest first."""
    statement = select(PrintBatch, PrintBatch.created_at, PrintBatch.id).where(
        PrintBatch.person_id == actor.person_id
    )
    key = (PrintBatch.created_at, PrintBatch.id)
    page = page_by_key(session, statement, key=key, cursor=cursor, limit=limit)
    return page.map(lambda row: row[0])


def tidy_code(text: str) -> str:
    """As printed, however it was typed: JSVM H5CT68CJ is JSVM-H5CT-68CJ."""
    bare = re.sub(r"[\s-]+", "", text).upper()
    return "-".join(bare[start : start + 4] for start in range(0, len(bare), 4))


def find_verdict(session: Session, check_code: str) -> Verdict | None:
    """What the QR page may say to anybody; None for a code that is not ours."""
    row = session.execute(
        select(Document, Ticket.number, called_at(Ticket.opened_at))
        .join(Instance, Document.instance_id == Instance.id)
        .join(Ticket, Ticket.instance_id == Instance.id)
        .join(Unit, Ticket.unit_id == Unit.id)
        .where(Document.check_code == tidy_code(check_code))
    ).first()
    if row is None:
        return None
    document, number, unit = row
    return Verdict(
        document.state,
        document.title,
        number,
        document.submission,
        unit,
        document.frozen_at,
        document.sha256,
        LABELS[document.state],
    )


def document_by_hash(session: Session, sha256: str) -> Document | None:
    return session.scalars(select(Document).where(Document.sha256 == sha256)).first()


def is_seal(session: Session, name: str) -> bool:
    """Whether a unit of this name has a seal here."""
    return session.scalar(select(SealKey.id).where(SealKey.name == name).limit(1)) is not None


def template_of(session: Session, ticket: Ticket, name: str) -> str:
    """The print template of the version the ticket runs under. Raises: DocumentNotFound."""
    loaded = engine.load(session, ticket.instance.version_id)
    if name not in (*loaded.document_names, *loaded.issued_names) or name not in loaded.documents:
        raise DocumentNotFound
    return loaded.documents[name]


def title_of(session: Session, loaded: engine.Loaded, name: str) -> str:
    """The region's title for this form, else the process's own."""
    return read_region(session).form_titles.get(name) or loaded.title


def print_data(
    session: Session,
    ticket: Ticket,
    name: str,
    *,
    demo: bool,
    check_code: str,
    verify_url: str,
    now: datetime,
) -> dict[str, Any]:
    """What the template is filled with: labelled answers in clear, boxes, number, codes."""
    instance = ticket.instance
    loaded = engine.load(session, instance.version_id)
    form = loaded.form(loaded.start.id)
    answers, submission = _sheet(session, ticket, form, now)
    context = answering.label_context(session, now, instance.id)
    shown = forms.labelled(form, answers, context) if form else {}
    tasks = tasks_of(session, instance.id)
    names = people_by_ids(session, named_in(tasks))
    return {
        "title": title_of(session, loaded, name),
        # However a form is drawn, it prints its number: nobody takes it for one of its day.
        "number": f"{ticket.number}（补录）" if ticket.paper_at else ticket.number,
        "official_number": _official_number(session, ticket, loaded),
        "paper": _paper_words(session, ticket),
        "submission": submission,
        "check_code": check_code,
        "verify_url": verify_url,
        "demo": demo,
        "seal_text": SEAL_TEXT,
        "answers": shown,
        "results": {
            **_laid_out(session, ticket, loaded, tasks, context, now),
            **_results(session, loaded, instance.id, ticket.submission, context),
        },
        "every": _every(loaded, tasks, ticket.submission, context),
        "boxes": {
            box.node: {
                "opinion": box.opinion,
                "name": box.name,
                "signature": [png_url(png) for png in box.signatures],
                "date": clock.local(box.at).date().isoformat() if box.at else "",
                "seal": "盖章" in box.sign and bool(box.at),
            }
            for box in boxes(loaded, tasks, names, instance.variables)
        },
    }


def _official_number(session: Session, ticket: Ticket, loaded: engine.Loaded) -> str:
    """The 编号 that it was given, if its process gives one."""
    kept = [one.number for one in numbering.shown(session, ticket, loaded) if not one.is_void]
    return kept[-1] if kept else ""


def _paper_words(session: Session, ticket: Ticket) -> str:
    """补录 in words: when it was asked for on paper, and when it was first sent here."""
    if ticket.paper_at is None:
        return ""
    entered = first_submitted_at(session, ticket.instance_id) or ticket.submitted_at
    sent = f"，\n{moment(entered)}录入" if entered else ""  # the foot is narrow
    return f"补录：纸质件 {moment(ticket.paper_at)}{sent}"


def specimen_data(
    session: Session, loaded: engine.Loaded, name: str, answers: Mapping[str, Any]
) -> dict[str, Any]:
    """What a template is filled with when there is no ticket: every box waits for a hand."""
    empty = {"opinion": "", "name": "", "signature": "", "date": "", "seal": False}
    return {
        "title": title_of(session, loaded, name),
        "number": SPECIMEN,
        "submission": 1,
        "check_code": "",
        "verify_url": "",
        "demo": True,
        "seal_text": SEAL_TEXT,
        "answers": dict(answers),
        "results": {},
        "boxes": {box.node: empty for box in boxes(loaded, (), {}, {})},
    }


def _results(
    session: Session,
    loaded: engine.Loaded,
    instance_id: int,
    submission: int,
    labels: forms.Context,
) -> dict[str, Any]:
    """What was filled at nodes beside outcome and opinion, in words; by node."""
    return {
        node: forms.labelled(form, answers, labels)
        for node, answers in results_of(session, instance_id, submission).items()
        if (form := loaded.form(node)) is not None
    }


def _every(
    loaded: engine.Loaded, tasks: Sequence[Task], submission: int, labels: forms.Context
) -> dict[str, list[dict[str, Any]]]:
    """Each time that a node was filled for this submission, the oldest first, with what was said:
    a release that failed stays beside the one that did not.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for task in tasks:
        form = loaded.form(task.node)
        if form is None or task.submission != submission or task.answers_sealed is None:
            continue
        if task.decides and task.holds and task.outcome != RETURN:
            filled = forms.labelled(form, task.answers, labels)
            row = {"said": said_at(loaded.node(task.node), task), **filled}
            found.setdefault(task.node, []).append(row)
    return found


def _laid_out(
    session: Session,
    ticket: Ticket,
    loaded: engine.Loaded,
    tasks: Sequence[Task],
    labels: forms.Context,
    now: datetime,
) -> dict[str, Any]:
    """What the system lays out for the steps at hand, in words; by node.

    Who prints a form to sign it by hand must not sign an empty list.
    """
    found = {}
    for node in {task.node for task in tasks if task.is_active}:
        form = loaded.form(node)
        if form is not None and form.fill and node != loaded.start.id:
            check = _check(session, ticket, now)
            laid = answering.laid_out(session, form, check)
            found[node] = forms.labelled(form, laid, labels)
    return found


def _check(session: Session, ticket: Ticket, now: datetime) -> CheckContext:
    """Of its requester, as fills and checks read it."""
    requester = actor_of(session, ticket.requester_id, now)
    unit = unit_ref(session, ticket.unit_id, ticket.opened_at)
    return answering.check_context(requester, unit, ticket.number, now)


def _sheet(
    session: Session, ticket: Ticket, form: forms.Form | None, now: datetime
) -> tuple[dict[str, Any], int]:
    """What was submitted; in the requester's hands what is typed for the next submission."""
    latest = latest_submission(session, ticket.instance_id)
    if form is None or (latest is not None and ticket.draft is None):
        return (dict(latest.answers) if latest else {}), max(ticket.submission, 1)
    prefilled = answering.form_context(session, form, _check(session, ticket, now)).prefilled
    return {**prefilled, **_as_sent(ticket.draft or {})}, ticket.submission + 1


def _as_sent(typed: Any) -> Any:
    """What is typed, without what nobody sees: sending it drops that, and no font has it."""
    if isinstance(typed, str):
        return normalise.visible(typed)
    if isinstance(typed, list):
        return [_as_sent(one) for one in typed]
    if isinstance(typed, Mapping):
        return {key: _as_sent(one) for key, one in typed.items()}
    return typed


def png_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _current(session: Session, ticket: Ticket) -> Sequence[Document]:
    return session.scalars(
        select(Document).where(
            Document.instance_id == ticket.instance_id, Document.submission == ticket.submission
        )
    ).all()
