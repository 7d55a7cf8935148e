"""发起: the catalogue, a new form, and the draft that its first keeping makes."""

from collections.abc import Mapping, Sequence

from flask import Response, render_template, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed
from app.core.sheets import XLSX
from app.processes import engine
from app.processes.queries import list_published, published_version
from app.tickets import queries, service
from app.tickets.models import Ticket
from app.tickets.pages.form import form_page, start_form
from app.tickets.routes.base import bp, draft_page
from app.tickets.routes.drafting import act_on, keep, keep_typed
from app.tickets.rowsheets import list_of, template
from app.tickets.types import MayNotStart, TicketBox, TicketRow, TicketState
from app.tickets.uploads import BODY_LIMIT, sent
from app.web.actor import current_actor
from app.web.downloads import attachment
from app.web.errors import shows_again
from app.web.security import takes_files
from forms import web as web_forms

RECENT, MOST_CARDS = 30, 4


@bp.get("/start")
def start() -> str:
    actor, q = current_actor(), request.args.get("q", "").strip()
    with reading() as session:
        groups: dict[str, list[dict[str, str]]] = {}
        offered: dict[str, str] = {}
        for version in list_published(session):
            loaded = engine.load(session, version.id)
            if service.may_start(session, actor, loaded):
                help_line = loaded.definition.properties.get("help", "")
                offered[loaded.key] = loaded.title
                if q in f"{version.category} {loaded.title} {help_line}":
                    groups.setdefault(version.category, []).append(
                        {"key": loaded.key, "title": loaded.title, "help": help_line}
                    )
        mine = queries.list_tickets(session, actor, TicketBox.MINE, limit=RECENT).items
    drafts = [row for row in mine if row.state is TicketState.DRAFT]
    return render_template(
        "tickets/start.html",
        groups=[{"label": label, "entries": found} for label, found in groups.items()],
        drafts=drafts[:MOST_CARDS],
        often=_often(mine, offered)[: MOST_CARDS - len(drafts[:MOST_CARDS])],
        q=q,
        here="start",
    )


def _often(mine: Sequence[TicketRow], offered: Mapping[str, str]) -> list[TicketRow]:
    """The latest of each process that this person has sent, and may send again."""
    latest: dict[str, TicketRow] = {}
    for row in mine:
        if row.state is not TicketState.DRAFT and row.process in offered:
            latest.setdefault(row.process, row)
    return list(latest.values())


@bp.get("/start/<process>")
def new(process: str) -> str:
    with reading() as session:
        loaded = engine.load(session, published_version(session, process).id)
        if not service.may_start(session, current_actor(), loaded):
            raise MayNotStart
        context = form_page(session, loaded, current_actor(), ticket=None)
    return render_template("tickets/form.html", **context, here="start")


@bp.get("/start/<process>/rows/<listed>.xlsx")
def rows_template(process: str, listed: str) -> Response:
    """The empty sheet for a list of the start form."""
    with reading() as session:
        loaded = engine.load(session, published_version(session, process).id)
        if not service.may_start(session, current_actor(), loaded) or not loaded.form(
            loaded.start.id
        ):
            raise MayNotStart
        form, context = start_form(session, loaded, current_actor(), None)
        found = list_of(form, listed)
        data = template(form, found, context)
    return attachment(data, XLSX, f"{form.title}-{found.name}.xlsx")


@bp.post("/start/<process>")
@takes_files(BODY_LIMIT)
@shows_again
def create(process: str) -> AnyResponse:
    """The first POST of a page makes its ticket; every later one of the same page finds it."""
    key = request.form.get("client_key", "")[:64] or None
    draft_page()
    number = made_before(key)
    if number is None:
        sent()
        try:
            with transaction() as session:
                loaded = engine.load(session, published_version(session, process).id)
                number = service.create_draft(
                    session,
                    actor=current_actor(),
                    now=utcnow(),
                    process=process,
                    answers=_draft_answers(session, loaded, None),
                    client_key=key,
                ).number
        except IntegrityError:  # the other click of a double click was first
            number = made_before(key)
            if number is None:
                raise
    return act_on(number)


@bp.post("/start/<process>/draft")
def keep_new(process: str) -> Response:
    """What is typed on a new form: the first turn makes its draft, every later one finds it."""
    page = draft_page()
    if page is None:
        raise Malformed
    if (number := made_before(page.key)) is None:
        try:
            with transaction() as session:
                number = service.create_draft(
                    session,
                    actor=current_actor(),
                    now=utcnow(),
                    process=process,
                    client_key=page.key,
                ).number
                keep_typed(session, number, page)
        except IntegrityError:  # another turn of the same page was first
            number = made_before(page.key)
            if number is None:
                raise
    return keep(number)


def _draft_answers(
    session: Session, loaded: engine.Loaded, ticket: Ticket | None
) -> dict[str, object] | None:
    form, context = start_form(session, loaded, current_actor(), ticket)
    return web_forms.build(form, context, formdata=sent().fields).answers()


def made_before(key: str | None) -> str | None:
    if key is None:
        return None
    with reading() as session:
        ticket = queries.find_by_client_key(session, current_actor(), key)
        return ticket.number if ticket else None
