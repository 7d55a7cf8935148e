"""久未登录: what administrators look at once a month (S11)."""

from flask import render_template, request

from app.core.clock import utcnow
from app.core.db import reading
from app.identity import screens, terms
from app.identity.dormancy import list_dormant
from app.identity.routes.base import bp
from app.web.actor import current_actor


@bp.get("/logins/dormant")
def dormant() -> str:
    cursor = request.args.get("cursor")
    with reading() as session:
        page = list_dormant(session, now=utcnow(), actor=current_actor(), cursor=cursor)
    return render_template(
        "identity/dormant.html",
        page=page,
        last_used=screens.last_used,
        fate_of=screens.fate_of,
        is_demo=terms.current().demo,
        cursor=cursor,
        here="dormant",
    )
