"""Importing people: the sheet goes up, the report comes back, what is confirmed is done."""

import hashlib

from flask import Response, flash, redirect, render_template, request, url_for

from app.administration import queries, reporting, service
from app.administration.pages import Typed
from app.administration.routes.base import bp
from app.administration.routes.people import Answer
from app.administration.types import RowState
from app.attachments import service as attachments
from app.attachments.types import MAX_BYTES, FileRefused
from app.core.clock import local, utcnow
from app.core.db import reading, transaction
from app.core.errors import Conflict, Malformed
from app.core.sheets import XLSX
from app.core.tables import MOST_ROWS, SheetRefused
from app.web.actor import current_actor
from app.web.downloads import attachment
from app.web.errors import status_of
from app.web.step_up import require_step_up


@bp.get("/people/imports")
def imports() -> str:
    return _list_page(Typed())


@bp.get("/people/imports/template.xlsx")
def template() -> Response:
    return attachment(reporting.template(), XLSX, "导入人员.xlsx")


@bp.post("/people/imports")
def upload() -> Answer:
    """The same file from the same page is one import."""
    key = request.form.get("client_key", "")
    file = request.files.get("file")
    if not key:
        raise Malformed
    if file is None or not file.filename:
        return _list_page(Typed("import", error="还没有选文件。请选填好的表格再上传。")), 422
    try:
        accepted = attachments.check(file.filename, file.read(MAX_BYTES + 1))
        once = hashlib.sha256(key.encode() + accepted.data).hexdigest()
        with transaction() as session:
            made = service.check_sheet(
                session, actor=current_actor(), now=utcnow(), accepted=accepted, client_key=once
            )
    except (SheetRefused, FileRefused) as error:
        return _list_page(Typed("import", error=error.text)), status_of(error)
    return redirect(url_for("administration.show_import", import_id=made.id))


@bp.get("/people/imports/<import_id>")
def show_import(import_id: str) -> str:
    """What was found, or how far it is; may be left and found again."""
    return _page(import_id)


@bp.get("/people/imports/<import_id>/report.xlsx")
def report(import_id: str) -> Response:
    with reading() as session:
        found = service.access(session, import_id, current_actor())
        data = reporting.report(queries.refused_rows(session, found.id), "没有导入的行")
        name = f"没有导入的行-{local(found.created_at):%Y%m%d-%H%M}.xlsx"
    return attachment(data, XLSX, name)


@bp.post("/people/imports/<import_id>/confirm")
def confirm_import(import_id: str) -> Answer:
    require_step_up()
    try:
        with transaction() as session:
            service.confirm(session, actor=current_actor(), now=utcnow(), import_id=import_id)
    except Conflict as error:
        return _page(import_id, error.text), status_of(error)
    return redirect(url_for("administration.show_import", import_id=import_id))


@bp.post("/people/imports/<import_id>/stop")
def stop_import(import_id: str) -> Answer:
    with transaction() as session:
        service.stop(session, actor=current_actor(), now=utcnow(), import_id=import_id)
    flash("已经停止。前面导入的人留着，可以在人员页上一个一个地改。")
    return redirect(url_for("administration.show_import", import_id=import_id))


def _list_page(typed: Typed) -> str:
    cursor = request.args.get("cursor")
    with reading() as session:
        return render_template(
            "administration/imports.html",
            here="people",
            page=queries.list_imports(session, current_actor(), cursor=cursor),
            cursor=cursor,
            columns=reporting.columns(),
            positions=reporting.positions_in_words(),
            most=MOST_ROWS,
            typed=typed,
        )


def _page(import_id: str, error: str = "") -> str:
    cursor, chosen = request.args.get("cursor"), request.args.get("rows", "")
    states = [RowState.READY, RowState.SAME, RowState.DONE] if chosen else queries.NOT_IMPORTED
    with reading() as session:
        found = service.access(session, import_id, current_actor())
        return render_template(
            "administration/import.html",
            here="people",
            batch=found,
            rows=queries.list_rows(session, found.id, states, cursor=cursor),
            chosen=chosen,
            cursor=cursor,
            error=error,
        )
