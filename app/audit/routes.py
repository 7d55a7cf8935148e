"""The trail in the browser, for auditors; each page they read is an event itself."""

from flask import Blueprint, render_template, request

from app.audit import kinds, service
from app.audit.types import Filters
from app.core.clock import utcnow
from app.core.db import transaction
from app.web.actor import current_actor

bp = Blueprint("audit", __name__)


@bp.get("/audit")
def index() -> str:
    filters, cursor = Filters.parse(request.args), request.args.get("cursor")
    with transaction() as session:
        page = service.read_events(
            session, actor=current_actor(), now=utcnow(), filters=filters, cursor=cursor
        )
    return render_template(
        "audit/index.html",
        page=page.map(kinds.tell),
        kinds=kinds.LABELS,
        filters=filters,
        asked=filters.as_facts(),
        cursor=cursor,
    )
