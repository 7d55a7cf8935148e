"""Printed forms over HTTP: preview, print for ink, the sealed original, the public check."""

import hashlib
import re
from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.attachments import service as attachments
from app.attachments.types import MAX_BYTES, FileRefused
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed, NotFound
from app.documents import batches as printing
from app.documents import queries, records, service
from app.documents.types import MOST_PRINTS, DocumentState
from app.processes import engine
from app.web.actor import current_actor, public

bp = Blueprint("documents", __name__)
SEPARATOR = re.compile(r"[\s,，、;；]+")
WORDS = {
    DocumentState.FROZEN: "valid",
    DocumentState.PENDING: "pending",
    DocumentState.SUPERSEDED: "superseded",
    DocumentState.REVOKED: "revoked",
}


@bp.get("/tickets/<number>/documents/")
def first(number: str) -> AnyResponse:
    """The one form a ticket has, for links that do not know its name."""
    with reading() as session:
        ticket = queries.access_print(session, number, current_actor())
        names = engine.load(session, ticket.instance.version_id).document_names
    if not names:
        raise NotFound("这项业务没有打印件。")
    return redirect(url_for("documents.pdf", number=number, name=names[0]))


@bp.get("/tickets/<number>/documents/<name>.pdf")
def pdf(number: str, name: str) -> Response:
    """The sealed original once there is one, else the draft; `mode=wet` prints lines to sign."""
    mode = request.args.get("mode", "")
    with reading() as session:
        ticket = queries.access_print(session, number, current_actor())
        printed = service.printable(session, ticket, name, mode, now=utcnow())
    with transaction() as session:  # apart from the printing, so that nobody waits for it
        service.note_print(
            session,
            actor=current_actor(),
            now=utcnow(),
            number=number,
            name=name,
            printed=printed,
        )
    response = Response(printed.data, mimetype="application/pdf")
    shown = f"{number}-{name}-{printed.kind}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{shown}"'
    return response


@bp.get("/tickets/<number>/record.pdf")
def record(number: str) -> Response:
    """全程记录, as it stands now."""
    actor = current_actor()
    with reading() as session:
        data = records.print_record(session, actor=actor, now=utcnow(), number=number)
    with transaction() as session:  # apart from the printing, so that nobody waits for it
        records.note_record(session, actor=actor, now=utcnow(), number=number, data=data)
    response = Response(data, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{number}-record.pdf"'
    return response


@bp.post("/tickets/<number>/documents/<name>/scan")
def scan(number: str, name: str) -> AnyResponse:
    """The signed and stamped paper comes back."""
    actor = current_actor()
    with reading() as session:
        queries.access_scan(session, number, actor)  # before minutes are spent on looking at it
    file = request.files.get("file")
    if file is None or not file.filename:
        raise FileRefused("required", "还没有选文件。请选择扫描件（PDF、PNG、JPG）再上传。")
    accepted = attachments.check(file.filename, file.read(MAX_BYTES + 1))
    with transaction() as session:
        service.add_scan(
            session, actor=actor, now=utcnow(), number=number, name=name, accepted=accepted
        )
    flash("扫描件已经收下，附在打印件下面。")
    return redirect(url_for("tickets.show", number=number))


@bp.get("/documents/batches")
def batches() -> str:
    """My batches, and the place to ask for one by numbers."""
    cursor = request.args.get("cursor")
    with reading() as session:
        return render_template(
            "documents/batches.html",
            here="batches",
            page=queries.list_batches(session, current_actor(), cursor=cursor),
            cursor=cursor,
            most=MOST_PRINTS,
        )


@bp.post("/documents/batches")
def create_batch() -> AnyResponse:
    """From checkboxes `number`, or `numbers`, one a line."""
    numbers = [*request.form.getlist("number"), *SEPARATOR.split(request.form.get("numbers", ""))]
    mode = request.form.get("mode", "")
    with transaction() as session:
        made = printing.create(
            session,
            actor=current_actor(),
            now=utcnow(),
            numbers=numbers,
            mode=mode,
            client_key=_asked_once(numbers, mode),
        )
    return redirect(url_for("documents.batch", batch_id=made.id))


def _asked_once(numbers: Sequence[str], mode: str) -> str:
    """The key of a page with what is ticked on it: who goes back and ticks others asks anew.

    Raises: Malformed.
    """
    if not (key := request.form.get("client_key", "")):
        raise Malformed
    return hashlib.sha256("\n".join([key, mode, *numbers]).encode()).hexdigest()


@bp.get("/documents/batches/<batch_id>")
def batch(batch_id: str) -> str:
    """How far it is; may be left and found again."""
    with reading() as session:
        found = printing.access(session, batch_id, current_actor())
        return render_template("documents/batch.html", here="batches", batch=found)


@bp.get("/documents/batches/<batch_id>.pdf")
def batch_pdf(batch_id: str) -> Response:
    with transaction() as session:
        found, data = printing.take(session, actor=current_actor(), now=utcnow(), batch_id=batch_id)
    response = Response(data, mimetype="application/pdf")
    name = f"{found.created_at:%Y%m%d}-{found.id}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@bp.post("/documents/batches/<batch_id>/stop")
def stop_batch(batch_id: str) -> AnyResponse:
    with transaction() as session:
        printing.stop(session, actor=current_actor(), now=utcnow(), batch_id=batch_id)
    return redirect(url_for("documents.batch", batch_id=batch_id))


@bp.get("/verify/")
@public
def ask() -> AnyResponse:
    """For those who type the code from the paper."""
    return redirect(url_for("documents.verify", code=request.args.get("code", "").strip() or "-"))


@bp.get("/verify/<code>")
@public
def verify(code: str) -> str:
    """What the QR leads to: valid, superseded or revoked; no personal data."""
    if len(code) > 40:
        raise Malformed("校验码不对，请核对后重新输入。")
    with reading() as session:
        found = queries.find_verdict(session, code)
    return render_template(
        "documents/verify.html",
        verdict=WORDS[found.state] if found else "unknown",
        document=found,
        signatures=(),
        checked_at=utcnow(),
        code=code,
    )
