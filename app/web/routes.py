"""Settings of the page that need no login: large text (适老化)."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from app.web.actor import public
from app.web.links import local_path

bp = Blueprint("web", __name__)
LARGE = "large"
YEAR = 31_536_000


@bp.post("/large")
@public
def large() -> Response:
    response = redirect(local_path(request.form.get("next")))
    if request.form.get("large") == "1":
        response.set_cookie(LARGE, "1", max_age=YEAR, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(LARGE)
    return response
