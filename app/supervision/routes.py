"""时限督办: what is near and over, what was asked for; asking, answering, closing, printing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.calendar.lights import Horizon
from app.core.clock import today, utcnow
from app.core.days import parse_day
from app.core.db import reading, transaction
from app.core.errors import Invalid, Malformed
from app.processes.queries import list_titles
from app.supervision import printing, queries, service
from app.supervision.types import (
    LAMP_LABELS,
    STATE_LABELS,
    WHAT_LABELS,
    Asked,
    What,
)
from app.tickets import policy as tickets
from app.tickets.pages.ticket import show_page
from app.tickets.queries import access_ticket
from app.web.actor import current_actor

bp = Blueprint("supervision", __name__)
ONE = "/supervisions/<int:supervision_id>"


@dataclass(frozen=True)
class Typed:
    """What was typed into one of the forms, and what to mend."""

    form: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[Any, ...] = ()


@bp.get("/supervision")
def index() -> str:
    actor, cursor = current_actor(), request.args.get("cursor")
    try:
        what = What(request.args.get("of", What.STEPS.value))
    except ValueError as error:
        raise Malformed("没有这个列表。") from error
    asked = Asked.parse(request.args)
    with reading() as session:
        page: Any
        if what is What.ASKED:
            page = queries.list_supervisions(session, actor, today(), cursor=cursor)
        else:
            horizon = Horizon(session, actor.unit_id, utcnow())
            page = queries.list_dues(session, actor, horizon, what=what, asked=asked, cursor=cursor)
        processes = list_titles(session)
    return render_template(
        "supervision/index.html",
        of=what.value,
        tabs=WHAT_LABELS,
        page=page,
        asked=asked.given,
        cursor=cursor,
        processes=processes,
        lamps=LAMP_LABELS,
        states=STATE_LABELS,
        here="supervision",
    )


@bp.post("/tickets/<number>/supervise")
def open_one(number: str) -> AnyResponse:
    form = request.form
    typed = Typed("open", {name: _words(name) for name in ("task", "demand", "answer_by")})

    def act() -> None:
        with transaction() as session:
            service.open_supervision(
                session,
                actor=current_actor(),
                now=utcnow(),
                number=number,
                demand=typed.words["demand"],
                answer_by=parse_day(typed.words["answer_by"]),
                task_id=form.get("task", type=int) or None,
            )

    return _do(number, act, typed, "督办已经发出，办这件的人打开它就会看到，可以在下面打印督办单。")


@bp.post(f"{ONE}/answer")
def answer(supervision_id: int) -> AnyResponse:
    return _on(supervision_id, "answer", service.answer, "已经答复，督办的领导会看到。")


@bp.post(f"{ONE}/close")
def close(supervision_id: int) -> AnyResponse:
    return _on(supervision_id, "close", service.close, "这项督办已经办结，办理过程里留着。")


@bp.get(f"{ONE}.pdf")
def sheet(supervision_id: int) -> Response:
    """督办单, as it stands now."""
    actor, now = current_actor(), utcnow()
    with reading() as session:
        data, number = printing.print_sheet(
            session, actor=actor, now=now, supervision_id=supervision_id
        )
    with transaction() as session:  # apart from the printing, so that nobody waits for it
        printing.note_sheet(session, actor=actor, now=now, supervision_id=supervision_id, data=data)
    response = Response(data, mimetype="application/pdf")
    name = f"{number}-supervision-{supervision_id}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _on(supervision_id: int, form: str, act: Callable[..., object], done: str) -> AnyResponse:
    actor = current_actor()
    with reading() as session:
        _, ticket = queries.access_supervision(session, supervision_id, actor)
        number = ticket.number
    typed = Typed(f"{form}-{supervision_id}", {"text": _words("text")})

    def write() -> None:
        with transaction() as session:
            act(
                session,
                actor=actor,
                now=utcnow(),
                supervision_id=supervision_id,
                version=request.form.get("version", type=int),
                text=typed.words["text"],
            )

    return _do(number, write, typed, done)


def _do(number: str, act: Callable[[], object], typed: Typed, done: str) -> AnyResponse:
    """Done and back to the ticket; or the page again with what was typed and what to mend."""
    try:
        act()
    except Invalid as error:
        actor = current_actor()
        with reading() as session:
            ticket = access_ticket(session, number, actor, tickets.can_view)
            context = show_page(session, ticket, actor)
        wrong = Typed(typed.form, typed.words, error.errors)
        page = render_template(
            "tickets/show.html", **context, view="form", here="todo", supervising=wrong
        )
        return Response(page, 422, mimetype="text/html")
    flash(done)
    return redirect(url_for("tickets.show", number=number))


def _words(name: str) -> str:
    return request.form.get(name, "").replace("\0", "")
