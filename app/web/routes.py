"""Settings of the page that need no login: large text (适老化)."""

from flask import Blueprint, Response, jsonify, redirect, request
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as AnyResponse

from app.web.actor import public
from app.web.links import local_path

bp = Blueprint("web", __name__)
LARGE = "large"
YEAR = 31_536_000


@bp.get("/alive")
def alive() -> Response:
    """Asked before a form is sent: is the server there, and the session? 401 where it is over.

    After a new login the open page takes the new token from here.
    """
    return jsonify(csrf_token=generate_csrf())


@bp.post("/large")
@public
def large() -> AnyResponse:
    response = redirect(local_path(request.form.get("next")))
    if request.form.get("large") == "1":
        response.set_cookie(LARGE, "1", max_age=YEAR, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(LARGE)
    return response
