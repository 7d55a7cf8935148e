"""Printed forms over HTTP: preview, print for ink, the sealed original, the public check."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.attachments import service as attachments
from app.attachments.types import MAX_BYTES, FileRefused
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed, NotFound
from app.documents import queries, service
from app.documents.types import DocumentState
from app.processes import engine
from app.web.actor import current_actor, public

bp = Blueprint("documents", __name__)
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
        data, kind = service.printable(session, ticket, name, mode, now=utcnow())
    with transaction() as session:  # apart from the printing, so that nobody waits for it
        service.note_print(
            session,
            actor=current_actor(),
            now=utcnow(),
            number=number,
            name=name,
            kind=kind,
            data=data,
        )
    response = Response(data, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{number}-{name}-{kind}.pdf"'
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
