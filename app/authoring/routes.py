"""流程: the list, the page of one version with its diagram; uploading one and publishing it."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.authoring import pages, policy, queries
from app.authoring.types import MayNotRead
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Invalid
from app.documents import service as documents
from app.processes import engine
from app.processes.service import bundling, publishing
from app.processes.service.bundling import File
from app.processes.types import MayNotUpload
from app.web.actor import current_actor
from app.web.security import takes_files
from app.web.step_up import require_step_up

bp = Blueprint("authoring", __name__)
BODY_LIMIT = 5_000_000  # as over REST


def _reader() -> None:
    """Raises: MayNotRead."""
    if not policy.can_read(current_actor()):
        raise MayNotRead


def _designer() -> None:
    """Raises: MayNotUpload."""
    if not policy.can_upload(current_actor()):
        raise MayNotUpload


@bp.get("/processes")
def index() -> str:
    _reader()
    with reading() as session:
        rows = queries.list_processes(session)
    may_upload = policy.can_upload(current_actor())
    return render_template(
        "authoring/index.html", rows=rows, may_upload=may_upload, here="processes"
    )


@bp.get("/processes/upload")
def new() -> str:
    _designer()
    return render_template("authoring/upload.html", found=None, faults=(), here="processes")


@bp.post("/processes/upload")
@takes_files(BODY_LIMIT)
def upload() -> AnyResponse:
    """Looked over first or kept as a draft; what is refused is said element by element."""
    _designer()
    files = [File(one.filename or "", one.read()) for one in request.files.getlist("files") if one]
    try:
        bundle = bundling.bundle_of(files)
    except Invalid as error:
        return _looked_over(None, error.errors, 422)
    found = pages.look_over(bundle)
    if request.form.get("act") != "save" or found["must_mend"]:
        return _looked_over(found, (), 422 if found["must_mend"] else 200)
    with transaction() as session:
        before = queries.newest_id(session)
        version = publishing.upload(session, actor=current_actor(), now=utcnow(), bundle=bundle)
        key, number, is_new = version.key, version.number, version.id > before
    flash(
        f"已存为第 {number} 版草稿。请另一位流程发布员看过以后发布。"
        if is_new
        else f"和第 {number} 版完全一样，没有另存。"
    )
    return redirect(url_for("authoring.show", key=key, version=number, view="lint"))


def _looked_over(found: Any, faults: Sequence[Any], status: int) -> Response:
    page = render_template("authoring/upload.html", found=found, faults=faults, here="processes")
    return Response(page, status, mimetype="text/html")


@bp.post("/processes/<key>/<int:number>/publish")
def publish(key: str, number: int) -> AnyResponse:
    """By somebody else than who uploaded it; `instead_of` is what the page showed in force."""
    require_step_up()
    with transaction() as session:
        publishing.approve(
            session,
            actor=current_actor(),
            now=utcnow(),
            key=key,
            number=number,
            instead_of=request.form.get("instead_of", -1, type=int),
        )
    flash(f"第 {number} 版已经发布：新发起的用这一版，正在办的照原来的办完。")
    return redirect(url_for("authoring.show", key=key, version=number))


@bp.get("/processes/<key>")
def show(key: str) -> str:
    _reader()
    tab = request.args.get("view", "flow")
    tab = tab if tab in pages.TABS else "flow"
    with reading() as session:
        version = queries.get_version(session, key, request.args.get("version", type=int))
        context = pages.version_page(
            session,
            version,
            current_actor(),
            tab,
            request.args.get("form", ""),
            request.args.get("requester", ""),
        )
        return render_template("authoring/show.html", **context, tab=tab, here="processes")


@bp.get("/processes/<key>/<int:number>/diagram.bpmn")
def model(key: str, number: int) -> Response:
    _reader()
    with reading() as session:
        data = queries.get_version(session, key, number).model
    return Response(data, mimetype="application/xml")


@bp.get("/processes/<key>/<int:number>/specimens/<name>.pdf")
def specimen(key: str, number: int, name: str) -> Response:
    """The printed form with invented answers, marked as a draft."""
    _reader()
    with reading() as session:
        loaded = engine.load(session, queries.get_version(session, key, number).id)
        answers = pages.specimen_answers(session, loaded, current_actor())
        data = documents.specimen(session, loaded, name, answers)
    response = Response(data, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}-specimen.pdf"'
    return response
