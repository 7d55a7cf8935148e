"""The blueprint of the room, and what must be finished before anything else."""

from flask import Blueprint, flash, g, redirect, request, url_for
from flask import session as form_session
from werkzeug.wrappers import Response

from app.identity.loading import drop_challenge_cookie, set_session_cookie
from app.identity.types import Issued
from app.web.links import local_path

bp = Blueprint("identity", __name__)
# What somebody may reach whose password or second factor is due.
ALWAYS = frozenset({"static", "web.large", "web.help_lines", "web.keys", "identity.logout"})
PASSWORD = ALWAYS | {"identity.password", "identity.change_password"}
FACTOR = ALWAYS | {
    "identity.second_factor",
    "identity.begin_second_factor",
    "identity.confirm_second_factor",
    "identity.confirm",
    "identity.prove",
}


@bp.before_app_request
def finish_first() -> Response | None:
    if g.get("password_due"):
        return None if request.endpoint in PASSWORD else redirect(url_for("identity.password"))
    if g.get("factor_due") and request.endpoint not in FACTOR:
        return redirect(url_for("identity.second_factor"))
    return None


def enter(issued: Issued, way: str) -> Response:
    """A new session and a new CSRF token: what was known before the door is worth nothing now."""
    form_session.clear()
    response = redirect(local_path(way))
    set_session_cookie(response, issued.token)
    drop_challenge_cookie(response)
    if issued.displaced:
        flash("您在别处的登录已经退出：同时登录的数目有限，以新的为准。")
    return response
