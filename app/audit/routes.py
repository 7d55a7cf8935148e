"""The trail in the browser, for auditors; each page they read is an event itself."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.audit import kinds, queries, service
from app.audit.types import Filters
from app.core.clock import utcnow
from app.core.db import transaction
from app.web.actor import current_actor

bp = Blueprint("audit", __name__)


@bp.get("/audit")
def index() -> str:
    return _page()


@bp.post("/audit/verify")
def verify() -> str | Response:
    """A POST: it reads every event within reach, and is one itself."""
    with transaction() as session:
        count, broken = service.verify_events(session, actor=current_actor(), now=utcnow())
    if broken:
        return _page(broken=str(broken))
    flash(f"核对过了：您查看范围内的 {count} 条记录，一条连着一条，没有被改过。")
    return redirect(url_for("audit.index"))


def _page(broken: str = "") -> str:
    filters, cursor = Filters.parse(request.args), request.args.get("cursor")
    with transaction() as session:
        page = service.read_events(
            session, actor=current_actor(), now=utcnow(), filters=filters, cursor=cursor
        )
        seal = queries.last_seal(session)
    return render_template(
        "audit/index.html",
        page=page.map(kinds.tell),
        kinds=kinds.LABELS,
        filters=filters,
        asked=filters.as_facts(),
        seal=seal,
        broken=broken,
        cursor=cursor,
        here="audit",
    )
