"""收信名单 and 不发的号码 in the browser."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from app.attachments import service as attachments
from app.attachments.types import MAX_BYTES, Accepted, FileRefused
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Conflict, ErrorAt, Malformed
from app.core.sheets import XLSX
from app.core.tables import Line, SheetRefused
from app.messaging.audience.reading import lines_of
from app.messaging.audience.types import BLOCKS, Block, Wanted
from app.messaging.queries import templates_in_use, versions_for
from app.messaging.text import templates
from app.messaging.text.types import PURPOSES
from app.messaging.types import OPERATORS
from app.phonebook.asking import VERIFIED, chosen_of, words_of
from app.phonebook.listing import groups
from app.phonebook.queries import areas_within
from app.phonebook.types import KINDS, SOURCES, VERIFICATIONS
from app.recipients import listing, policy, service, sheets
from app.recipients.queries import frozen
from app.recipients.types import KEPT_BLOCKS, LISTED, BadBlock, NobodyLeft
from app.web.actor import current_actor
from app.web.downloads import attachment
from app.web.errors import status_of

bp = Blueprint("recipients", __name__)
PHONEBOOK = "phonebook"  # instead of a sheet
LABELS = {"PURPOSES": PURPOSES, "OPERATORS": OPERATORS, "BLOCKS": BLOCKS}


@bp.get("/lists")
def index() -> str:
    actor, cursor = current_actor(), request.args.get("cursor")
    with reading() as session:
        return render_template(
            "recipients/index.html",
            here="lists",
            page=listing.list_lists(session, actor=actor, cursor=cursor),
            cursor=cursor,
            filed=templates_in_use(session, actor.unit_id, LISTED)
            if policy.can_make(actor)
            else (),
            may_make=policy.can_make(actor),
            **LABELS,
        )


@bp.get("/lists/new/<int:template_id>")
def new(template_id: int) -> str:
    with reading() as session:
        return _new(session, template_id)


@bp.get("/lists/new/<int:template_id>/sheet.xlsx")
def empty_sheet(template_id: int) -> Response:
    with reading() as session:
        template = service.template_with_id(session, current_actor(), template_id)
        made = sheets.empty_sheet(service.wanted_for(session, template))
        name = f"收信名单-{template.name}.xlsx"
    return attachment(made, XLSX, name)


@bp.post("/lists/new/<int:template_id>")
def make(template_id: int) -> AnyResponse:
    """The same file or choice from the same page is one list."""
    with reading() as session:
        service.template_with_id(session, current_actor(), template_id)
    key = request.form.get("client_key", "")
    if not key:
        raise Malformed
    is_from_book = request.form.get("from") == PHONEBOOK
    try:
        origin = _of_book(key) if is_from_book else _of_sheet(key)
        with transaction() as session:
            template = service.template_with_id(session, current_actor(), template_id)
            made = service.freeze(
                session,
                actor=current_actor(),
                now=utcnow(),
                template=template,
                sheet=origin.title,
                lines=origin.lines(session, service.wanted_for(session, template)),
                client_key=origin.once,
                is_from_book=is_from_book,
            )
            list_id = made.id
    except (SheetRefused, FileRefused, NobodyLeft) as error:
        faults = error.errors if isinstance(error, NobodyLeft) else ()
        with reading() as session:
            page = _new(session, template_id, refused=error.text, faults=faults)
        return Response(page, status_of(error), mimetype="text/html")
    return redirect(url_for("recipients.show", list_id=list_id))


@bp.get("/lists/<int:list_id>")
def show(list_id: int) -> str:
    cursor = request.args.get("cursor")
    with reading() as session:
        row = listing.list_row(session, current_actor(), list_id)
        return render_template(
            "recipients/show.html",
            here="lists",
            row=row,
            page=listing.list_findings(session, list_id, cursor=cursor),
            cursor=cursor,
            text=templates.shown_by_operator(frozen(session, list_id).texts),
            **LABELS,
        )


@bp.get("/lists/<int:list_id>/people")
def people(list_id: int) -> str:
    cursor = request.args.get("cursor")
    with reading() as session:
        return render_template(
            "recipients/people.html",
            here="lists",
            row=listing.list_row(session, current_actor(), list_id),
            page=listing.list_recipients(session, list_id, cursor=cursor),
            cursor=cursor,
            **LABELS,
        )


@bp.get("/lists/<int:list_id>/report.xlsx")
def report(list_id: int) -> Response:
    with reading() as session:
        row = listing.list_row(session, current_actor(), list_id)
        made = sheets.report(
            listing.every_finding(session, list_id),
            row.list.number,
            is_from_book=row.list.is_from_book,
        )
        name = f"没有采用的行-{row.list.number}.xlsx"
    return attachment(made, XLSX, name)


@bp.post("/lists/<int:list_id>/delete")
def delete(list_id: int) -> AnyResponse:
    with transaction() as session:
        service.delete(session, actor=current_actor(), now=utcnow(), list_id=list_id)
    flash("名单已经删除。")
    return redirect(url_for("recipients.index"))


@bp.get("/blocks")
def blocks() -> str:
    return _blocks(request.args.get("cursor"))


@bp.post("/blocks")
def block() -> AnyResponse:
    typed = {
        one: request.form.get(one, "").replace("\0", "") for one in ("phone", "kind", "source")
    }
    try:
        with transaction() as session:
            service.block(
                session,
                actor=current_actor(),
                now=utcnow(),
                phone=typed["phone"],
                kind=_kind(typed["kind"]) or Block.DUPLICATE,
                source=typed["source"],
            )
    except (BadBlock, Conflict) as error:
        return Response(_blocks(typed=typed, error=error), status_of(error), mimetype="text/html")
    flash("已经登记，以后的名单里不会有这个号码。")
    return redirect(url_for("recipients.blocks"))


@bp.post("/blocks/<int:block_id>/lift")
def lift(block_id: int) -> AnyResponse:
    reason = request.form.get("reason", "").replace("\0", "")
    try:
        with transaction() as session:
            service.lift(
                session, actor=current_actor(), now=utcnow(), block_id=block_id, reason=reason
            )
    except BadBlock as error:
        page = _blocks(error=error, lifting=block_id, reason=reason)
        return Response(page, status_of(error), mimetype="text/html")
    flash("已经解除；原因留在审计记录里。")
    return redirect(url_for("recipients.blocks"))


class Origin(NamedTuple):
    """Where a list comes from. `once`: the same asked twice is one list."""

    title: str
    once: str
    lines: Callable[[Session, Wanted], Iterable[Line]]


def _of_sheet(key: str) -> Origin:
    """Raises: SheetRefused, FileRefused."""
    accepted = _accepted(request.files.get("file"))

    def lines(_session: Session, wanted: Wanted) -> Iterable[Line]:
        return lines_of(accepted.data, accepted.media_type, wanted)

    once = hashlib.sha256(key.encode() + accepted.data).hexdigest()
    return Origin(accepted.name, once, lines)


def _of_book(key: str) -> Origin:
    chosen = chosen_of(request.form)

    def lines(session: Session, wanted: Wanted) -> Iterable[Line]:
        return service.lines_from_book(session, actor=current_actor(), wanted=wanted, chosen=chosen)

    title = service.title_of(chosen)
    return Origin(title, hashlib.sha256(f"{key}{chosen}".encode()).hexdigest(), lines)


def _accepted(file: FileStorage | None) -> Accepted:
    """Raises: SheetRefused, FileRefused."""
    if file is None or not file.filename:
        raise SheetRefused(message="还没有选文件。请选填好的表格再上传。")
    return attachments.check(file.filename, file.read(MAX_BYTES + 1))


def _new(
    session: Session, template_id: int, *, refused: str = "", faults: Sequence[ErrorAt] = ()
) -> str:
    actor = current_actor()
    template = service.template_with_id(session, actor, template_id)
    versions, wanted = versions_for(session, template), service.wanted_for(session, template)
    return render_template(
        "recipients/new.html",
        here="lists",
        template=template,
        text=templates.shown_by_operator({key: one.text for key, one in versions.items()}),
        extent=max((one.extent for one in versions.values()), key=lambda one: one.units),
        filings={operator: one.filings[operator] for operator, one in versions.items() if operator},
        columns=sheets.columns(wanted),
        refused=refused,
        faults=faults,
        unknown=service.unknown_blanks(wanted),
        asked=words_of(chosen_of(request.form)),
        groups=[(one, one) for one in groups(session, list(areas_within(session, actor)))],
        verified=VERIFIED,
        KINDS=KINDS,
        SOURCES=SOURCES,
        VERIFICATIONS=VERIFICATIONS,
        **LABELS,
    )


def _kind(word: str) -> Block | None:
    return Block(word) if word in KEPT_BLOCKS else None


def _blocks(
    cursor: str | None = None,
    *,
    typed: Mapping[str, str] | None = None,
    error: BadBlock | Conflict | None = None,
    lifting: int = 0,
    reason: str = "",
) -> str:
    actor, kind = current_actor(), _kind(request.args.get("kind", ""))
    faults = error.errors if isinstance(error, BadBlock) else ()
    with reading() as session:
        return render_template(
            "recipients/blocks.html",
            here="blocks",
            page=listing.list_blocks(session, actor=actor, kind=kind, cursor=cursor),
            cursor=cursor,
            kind=kind,
            kinds=[(one.value, BLOCKS[one]) for one in KEPT_BLOCKS],
            typed=typed or {},
            error=error,
            errors=faults,
            wrong={} if lifting else {one.path: one.message for one in faults},
            lifting=lifting,
            reason=reason,
            may_block=policy.can_block(actor),
            may_lift=policy.can_lift(actor),
            **LABELS,
        )
