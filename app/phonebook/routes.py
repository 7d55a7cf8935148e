"""通讯录 in the browser."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from app.attachments import service as attachments
from app.attachments.types import MAX_BYTES, Accepted, FileRefused
from app.core.clock import today, utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError, Conflict, ErrorAt, Invalid, Malformed
from app.core.sheets import XLSX
from app.core.tables import SheetRefused
from app.messaging.types import OPERATORS, UNKNOWN_OPERATOR, UNKNOWN_OPERATOR_LABEL
from app.phonebook import asking, listing, policy, service, sheets
from app.phonebook.judging import TITLES
from app.phonebook.queries import areas_for, areas_within
from app.phonebook.reading import lines_of
from app.phonebook.types import (
    KINDS,
    MOST_EXPORTED,
    SOURCES,
    STATES,
    VERIFICATIONS,
    BadEntry,
    NothingTaken,
    NotYourBook,
    State,
    Verification,
)
from app.web.actor import current_actor
from app.web.downloads import attachment
from app.web.errors import status_of

bp = Blueprint("phonebook", __name__)
OPERATORS_TOLD = {one.value: label for one, label in OPERATORS.items()} | {
    UNKNOWN_OPERATOR: UNKNOWN_OPERATOR_LABEL
}
LABELS = {
    "KINDS": KINDS,
    "SOURCES": SOURCES,
    "STATES": STATES,
    "VERIFICATIONS": VERIFICATIONS,
    "OPERATORS": OPERATORS_TOLD,
}


@bp.get("/phonebook")
def index() -> str:
    actor, cursor = current_actor(), request.args.get("cursor")
    chosen = asking.chosen_of(request.args)
    with reading() as session:
        areas = areas_within(session, actor)
        return render_template(
            "phonebook/index.html",
            here="phonebook",
            page=listing.list_entries(session, actor=actor, chosen=chosen, cursor=cursor),
            cursor=cursor,
            asked=asking.words_of(chosen),
            named_groups=[(one, one) for one in listing.groups(session, list(areas))],
            has_areas=len(areas) > 1,
            may_keep=policy.can_keep(actor),
            verified=asking.VERIFIED,
            most=MOST_EXPORTED,
            **LABELS,
        )


@bp.post("/phonebook/find")
def find() -> str:
    """A whole number, which must not stand in an address."""
    actor, phone = current_actor(), _typed(("phone",))["phone"]
    with reading() as session:
        return render_template(
            "phonebook/found.html",
            here="phonebook",
            rows=listing.find_entries(session, actor=actor, phone=phone),
            may_keep=policy.can_keep(actor),
            **LABELS,
        )


@bp.get("/phonebook/book.xlsx")
def export() -> Response:
    chosen = asking.chosen_of(request.args)
    with transaction() as session:
        made = service.export(session, actor=current_actor(), now=utcnow(), chosen=chosen)
    return attachment(made, XLSX, f"通讯录-{today().isoformat()}.xlsx")


@bp.get("/phonebook/new")
def new() -> str:
    return _new({"operator": UNKNOWN_OPERATOR, "collected_on": today().isoformat()})


@bp.post("/phonebook")
def add() -> AnyResponse:
    typed = _typed(TITLES)
    try:
        with transaction() as session:
            made = service.add(session, actor=current_actor(), now=utcnow(), given=typed)
            entry_id = made.id
    except (BadEntry, Conflict) as error:
        return Response(_new(typed, error), status_of(error), mimetype="text/html")
    flash("已经登进通讯录。")
    return redirect(url_for("phonebook.show", entry_id=entry_id))


@bp.get("/phonebook/<int:entry_id>")
def show(entry_id: int) -> str:
    return _entry(entry_id)


@bp.post("/phonebook/<int:entry_id>/change")
def change(entry_id: int) -> AnyResponse:
    typed = _typed(TITLES)
    try:
        with transaction() as session:
            service.edit(
                session,
                actor=current_actor(),
                now=utcnow(),
                entry_id=entry_id,
                version=request.form.get("version", type=int),
                given=typed,
            )
    except (BadEntry, Conflict) as error:
        page = _entry(entry_id, typed=typed, error=error)
        return Response(page, status_of(error), mimetype="text/html")
    flash("已经保存。")
    return redirect(url_for("phonebook.show", entry_id=entry_id))


@bp.post("/phonebook/<int:entry_id>/mark")
def mark(entry_id: int) -> AnyResponse:
    typed = _typed(("state", "reason"))
    if typed["state"] not in set(State):
        raise Malformed
    try:
        with transaction() as session:
            service.mark(
                session,
                actor=current_actor(),
                now=utcnow(),
                entry_id=entry_id,
                version=request.form.get("version", type=int),
                state=State(typed["state"]),
                reason=typed["reason"],
            )
    except (BadEntry, Conflict) as error:
        page = _entry(entry_id, error=error, reason=typed["reason"], marking=typed["state"])
        return Response(page, status_of(error), mimetype="text/html")
    flash("状态已经改了；原因留在这一条的记录里。")
    return redirect(url_for("phonebook.show", entry_id=entry_id))


@bp.get("/phonebook/imports")
def imports() -> str:
    return _imports()


@bp.get("/phonebook/imports/sheet.xlsx")
def empty_sheet() -> Response:
    return attachment(sheets.empty_sheet(), XLSX, "通讯录.xlsx")


@bp.post("/phonebook/imports")
def upload() -> AnyResponse:
    """The same file from the same page is one import."""
    if not policy.can_keep(current_actor()):
        raise NotYourBook
    key, file = request.form.get("client_key", ""), request.files.get("file")
    if not key:
        raise Malformed
    try:
        accepted = _accepted(file)
        with transaction() as session:
            made = service.take_in(
                session,
                actor=current_actor(),
                now=utcnow(),
                sheet=accepted.name,
                lines=lines_of(accepted.data, accepted.media_type),
                client_key=hashlib.sha256(key.encode() + accepted.data).hexdigest(),
            )
            import_id = made.id
    except (SheetRefused, FileRefused, NothingTaken) as error:
        return Response(_imports(refused=error), status_of(error), mimetype="text/html")
    return redirect(url_for("phonebook.show_import", phone_import_id=import_id))


@bp.get("/phonebook/imports/<int:phone_import_id>")
def show_import(phone_import_id: int) -> str:
    cursor = request.args.get("cursor")
    with reading() as session:
        return render_template(
            "phonebook/import.html",
            here="phonebook",
            row=listing.import_row(session, current_actor(), phone_import_id),
            page=listing.list_findings(session, phone_import_id, cursor=cursor),
            cursor=cursor,
        )


@bp.get("/phonebook/imports/<int:phone_import_id>/report.xlsx")
def report(phone_import_id: int) -> Response:
    with reading() as session:
        listing.import_row(session, current_actor(), phone_import_id)
        made = sheets.report(listing.every_finding(session, phone_import_id))
    return attachment(made, XLSX, f"没有收进通讯录的行-{phone_import_id}.xlsx")


def _accepted(file: FileStorage | None) -> Accepted:
    """Raises: SheetRefused, FileRefused."""
    if file is None or not file.filename:
        raise SheetRefused(message="还没有选文件。请选填好的表格再上传。")
    return attachments.check(file.filename, file.read(MAX_BYTES + 1))


def _typed(names: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    return {name: request.form.get(name, "").replace("\0", "") for name in names}


def _form(session: Session, typed: Mapping[str, str], error: AppError | None) -> dict[str, Any]:
    """What the fields of an entry show."""
    faults: Sequence[ErrorAt] = error.errors if isinstance(error, Invalid) else ()
    areas = areas_for(session, current_actor())
    within = areas_within(session, current_actor()).values()
    return {
        "typed": typed,
        "error": error,
        "errors": faults,
        "wrong": {one.path: one.message for one in faults},
        "areas": [(one.code, one.name) for one in within if one.code in areas.own],
        "today": today(),
        **LABELS,
    }


def _new(typed: Mapping[str, str], error: AppError | None = None) -> str:
    if not policy.can_keep(current_actor()):
        raise NotYourBook
    with reading() as session:
        shown = _form(session, typed, error)
        return render_template("phonebook/new.html", here="phonebook", **shown)


def _entry(
    entry_id: int,
    *,
    typed: Mapping[str, str] | None = None,
    error: AppError | None = None,
    reason: str = "",
    marking: str = "",
) -> str:
    with reading() as session:
        row = listing.entry_row(session, current_actor(), entry_id)
        one = row.entry
        stands = {
            "kind": one.kind.value,
            "name": one.name,
            "operator": one.operator.value if one.operator else UNKNOWN_OPERATOR,
            "area": row.area_code,
            "source": one.source.value,
            "collected_on": one.collected_on.isoformat(),
            "verification": one.verification.value,
            "verified_on": one.verified_on.isoformat() if one.verified_on else "",
            "group_name": one.group_name,
        }
        return render_template(
            "phonebook/show.html",
            here="phonebook",
            row=row,
            changes=listing.changes_of(session, entry_id),
            is_typed=typed is not None,
            reason=reason,
            marking=marking,
            unverified=Verification.NONE,
            **_form(session, typed or stands, error),
        )


def _imports(*, refused: AppError | None = None) -> str:
    actor, cursor = current_actor(), request.args.get("cursor")
    with reading() as session:
        return render_template(
            "phonebook/imports.html",
            here="phonebook",
            page=listing.list_imports(session, actor=actor, cursor=cursor),
            cursor=cursor,
            refused=refused,
            faults=refused.errors if isinstance(refused, NothingTaken) else (),
            columns=sheets.columns(),
            may_keep=policy.can_keep(actor),
        )
