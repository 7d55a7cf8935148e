"""人员变动: the list, a new event, taking one back, a sheet of many."""

import hashlib
from collections.abc import Mapping

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.attachments import service as attachments
from app.attachments.types import MAX_BYTES, FileRefused
from app.core.clock import today, utcnow
from app.core.db import reading, transaction
from app.core.errors import Conflict, Forbidden, Invalid, Malformed
from app.core.sheets import XLSX, Sheet, as_xlsx
from app.core.tables import SheetRefused
from app.personnel import asking, policy, queries, service
from app.personnel.service.importing import LABELS
from app.personnel.types import (
    KIND_LABELS,
    LEAVE_LABELS,
    MOST_ROWS,
    STATE_LABELS,
    BadEvent,
    EventKind,
    OwnEvent,
)
from app.web.actor import current_actor
from app.web.downloads import attachment
from app.web.errors import status_of

bp = Blueprint("personnel", __name__)
HELP = {
    "kind": f"必填：{'、'.join(KIND_LABELS.values())}；也可以直接写病假、产假",
    "name": "必填，用来核对",
    "id_number": "必填，18 位；15 位的旧号会换成 18 位。这一列请设为文本",
    "date": "必填，写成 2026-09-30；请假填第一天",
    "leave": f"请假的填：{'、'.join(LEAVE_LABELS.values())}",
    "until": "请假的最后一天；不知道到哪天就不填",
    "note": "可以不填",
}


class _Column:
    kind = "text"

    def __init__(self, label: str) -> None:
        self.label = label


@bp.get("/person-events")
def index() -> str:
    return _page(request.args.get("cursor"))


@bp.post("/person-events")
def enter() -> AnyResponse:
    typed = {name: request.form.get(name, "").replace("\0", "") for name in asking.FIELDS}
    try:
        with transaction() as session:
            draft = asking.draft_of(typed)
            made = service.enter(session, actor=current_actor(), now=utcnow(), draft=draft)
            told = made.outcome
    except (BadEvent, OwnEvent, Conflict) as error:
        return Response(_page(typed=typed, error=error), status_of(error), mimetype="text/html")
    flash(f"已经登记。{told}")
    return redirect(url_for("personnel.index"))


@bp.post("/person-events/<int:event_id>/cancel")
def cancel(event_id: int) -> AnyResponse:
    reason = request.form.get("reason", "").replace("\0", "")
    try:
        with transaction() as session:
            service.cancel(
                session,
                actor=current_actor(),
                now=utcnow(),
                event_id=event_id,
                version=request.form.get("version", type=int),
                reason=reason,
            )
    except BadEvent as error:
        page = _page(error=error, cancelling=event_id, reason=reason)
        return Response(page, status_of(error), mimetype="text/html")
    flash("已经撤销；这一条和撤销的原因都留着。")
    return redirect(url_for("personnel.index"))


@bp.get("/person-events/template.xlsx")
def template() -> Response:
    notes = f"从第 4 行起每行一项变动，最多 {MOST_ROWS} 行。"
    columns = [_Column(label) for label in LABELS.values()]
    return attachment(as_xlsx(Sheet("人员变动", notes, columns, ())), XLSX, "人员变动.xlsx")


@bp.post("/person-events/imports")
def upload() -> AnyResponse:
    """The same file from the same page is one import."""
    key, file = request.form.get("client_key", ""), request.files.get("file")
    if not key:
        raise Malformed
    if file is None or not file.filename:
        return Response(_page(refused="还没有选文件。请选填好的表格再上传。"), 422)
    try:
        accepted = attachments.check(file.filename, file.read(MAX_BYTES + 1))
        once = hashlib.sha256(key.encode() + accepted.data).hexdigest()
        with transaction() as session:
            made = service.check_sheet(
                session, actor=current_actor(), now=utcnow(), accepted=accepted, client_key=once
            )
    except (SheetRefused, FileRefused) as error:
        return Response(_page(refused=error.text), status_of(error), mimetype="text/html")
    return redirect(url_for("personnel.show_import", sheet_id=made.id))


@bp.get("/person-events/imports/<sheet_id>")
def show_import(sheet_id: str) -> str:
    with reading() as session:
        found = service.import_of(session, sheet_id, current_actor())
        return render_template("personnel/import.html", batch=found, rows=found.report)


@bp.post("/person-events/imports/<sheet_id>/confirm")
def confirm_import(sheet_id: str) -> AnyResponse:
    with transaction() as session:
        service.confirm(session, actor=current_actor(), now=utcnow(), sheet_id=sheet_id)
    return redirect(url_for("personnel.show_import", sheet_id=sheet_id))


def _page(
    cursor: str | None = None,
    *,
    typed: Mapping[str, str] | None = None,
    error: Invalid | Conflict | Forbidden | None = None,
    cancelling: int = 0,
    reason: str = "",
    refused: str = "",
) -> str:
    actor = current_actor()
    faults = error.errors if isinstance(error, Invalid) else ()
    kind, q = request.args.get("kind", ""), request.args.get("q", "")[:100]
    with reading() as session:
        page = queries.list_events(
            session,
            actor=actor,
            kind=EventKind(kind) if kind in set(EventKind) else None,
            q=q,
            cursor=cursor,
        )
        return render_template(
            "personnel/index.html",
            page=page,
            cursor=cursor,
            q=q,
            kind=kind,
            kinds=KIND_LABELS,
            leaves=LEAVE_LABELS,
            states=STATE_LABELS,
            enters=policy.enters(actor),
            typed=typed or {},
            error=error,
            errors=faults,
            wrong={} if cancelling else {one.path: one.message for one in faults},
            cancelling=cancelling,
            reason=reason,
            refused=refused,
            columns=[(label, HELP[name]) for name, label in LABELS.items()],
            most=MOST_ROWS,
            today=today(),
            here="person-events",
        )
