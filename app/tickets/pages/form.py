"""The form while it lies with its requester: new, a draft, returned, or what was just sent."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.calendar.lights import Horizon
from app.core import clock
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import ErrorAt
from app.identity.queries import get_unit, people_by_ids
from app.outages.queries import open_outages
from app.processes import engine
from app.processes.queries import latest_submission, unit_ref
from app.processes.registry import CheckContext, Reckoned
from app.processes.service import answering
from app.tasks.assignment import forecast
from app.tasks.naming import expected
from app.tasks.queries import tasks_of
from app.tickets import filing
from app.tickets.models import Ticket
from app.tickets.pages.sheet import typed_sheet
from app.tickets.types import DraftPage, TicketState
from forms import web as web_forms


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
    stored = stored_answers(session, ticket, form, context)
    page = web_forms.build(form, context, answers=stored, formdata=formdata)
    page.attach(errors)
    people = forecast(session, loaded, requester_id=actor.person_id, unit_id=unit_id, now=utcnow())
    names = people_by_ids(session, {one for found in people.values() for one in found.everybody})
    return {
        "definition": {
            "key": loaded.key,
            "title": loaded.title,
            "help": loaded.definition.properties.get("help", ""),
        },
        "form": page,
        "sheets_of": loaded.key,
        "errors": page.errors,
        "ticket": _form_ticket(session, ticket) if ticket else None,
        "after": [
            {
                "title": loaded.node(node).name,
                "names": expected(found, names),
            }
            for node, found in people.items()
        ],
        "filing": filing.shown(session, loaded, ticket, Horizon(session, unit_id, utcnow()))
        if ticket
        else None,
        "notices": [],
        "reckons": bool(form.reckon),
        "reckoned": reckoned(session, loaded, actor, ticket, page.answers()),
        "sheet": typed_sheet(session, loaded, page, context),
        "prints": bool(loaded.document_names),
        "draft": draft_page or _new_page(ticket),
        "draft_person": actor.person_id,
        "unsaved": unsaved,
        "paper": _paper(session, ticket, unit_id, formdata, errors),
    }


def _paper(
    session: Session, ticket: Ticket | None, unit_id: int, formdata: Any, errors: Sequence[ErrorAt]
) -> dict[str, Any]:
    """补录: which outages the unit may enter papers of, and what was said so far."""
    kept = ticket.paper if ticket else None
    if ticket and ticket.opened_at is not None:
        return {"is_fixed": kept is not None, "kept": kept, "outages": ()}
    path = get_unit(session, unit_id).path
    outages = [
        {"id": one.id, "from_at": one.from_at, "to_at": one.to_at, "last_on": one.last_on}
        for one in open_outages(session, path, clock.today())
    ]
    typed = {
        "paper": "1" if kept else "",
        "paper-at": clock.local(kept.at).strftime("%Y-%m-%dT%H:%M") if kept else "",
        "paper-outage": str(kept.outage_id) if kept else "",
        "paper-remark": kept.remark if kept else "",
    }
    if formdata is not None and formdata.get("paper-asked") == "1":
        typed = {name: formdata.get(name, "") for name in typed}
    wrong = {
        one.path.replace(".", "-"): one.message for one in errors if one.path.startswith("paper.")
    }
    is_asked = bool(outages or typed["paper"])
    return {"is_asked": is_asked, "outages": outages, "typed": typed, "wrong": wrong, "kept": kept}


def _new_page(ticket: Ticket | None) -> DraftPage:
    return DraftPage(uuid.uuid4().hex, (ticket.draft_stamp if ticket else "") or "", 0)


def start_form(
    session: Session, loaded: engine.Loaded, actor: Actor, ticket: Ticket | None
) -> tuple[forms.Form, forms.Context]:
    form = loaded.form(loaded.start.id)
    if form is None:
        raise LookupError(loaded.key)
    check = _check(session, actor, ticket)
    return form, answering.form_context(session, form, check, node=loaded.start.id)


def reckoned(
    session: Session,
    loaded: engine.Loaded,
    actor: Actor,
    ticket: Ticket | None,
    answers: Mapping[str, Any],
) -> list[Reckoned]:
    """What stands beside the form of what was typed so far; most forms have nothing to say."""
    form = loaded.form(loaded.start.id)
    if form is None or not form.reckon:
        return []
    return answering.reckon(session, form, _check(session, actor, ticket), answers)


def _check(session: Session, actor: Actor, ticket: Ticket | None) -> CheckContext:
    if ticket:
        unit = unit_ref(session, ticket.unit_id, ticket.opened_at)
    else:
        unit = unit_ref(session, actor.unit_id)
    return answering.check_context(actor, unit, ticket.number if ticket else None, utcnow())


def stored_answers(
    session: Session, ticket: Ticket | None, form: forms.Form, context: forms.Context
) -> Mapping[str, Any] | None:
    """What lies with the requester: the draft, else what was sent last."""
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
