"""流程: the list, the page of one version, its diagram and specimens. Only reading."""

from flask import Blueprint, Response, render_template, request

from app.authoring import pages, policy, queries
from app.authoring.types import MayNotRead
from app.core.db import reading
from app.documents import service as documents
from app.processes import engine
from app.web.actor import current_actor

bp = Blueprint("authoring", __name__)


def _reader() -> None:
    """Raises: MayNotRead."""
    if not policy.can_read(current_actor()):
        raise MayNotRead


@bp.get("/processes")
def index() -> str:
    _reader()
    with reading() as session:
        rows = queries.list_processes(session)
    return render_template("authoring/index.html", rows=rows, here="processes")


@bp.get("/processes/<key>")
def show(key: str) -> str:
    _reader()
    tab = request.args.get("view", "flow")
    tab = tab if tab in pages.TABS else "flow"
    with reading() as session:
        version = queries.get_version(session, key, request.args.get("version", type=int))
        context = pages.version_page(
            session, version, current_actor(), tab, request.args.get("form", "")
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
