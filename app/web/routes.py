"""Settings of the page that need no login: large text (适老化), lines of help; and its keys."""

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as AnyResponse

from app.web import styleguide
from app.web.actor import public
from app.web.links import local_path
from app.web.look import LARGE, NO_HELP

bp = Blueprint("web", __name__)
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
    return _remember(LARGE, is_on=request.form.get("large") == "1")


@bp.post("/help")
@public
def help_lines() -> AnyResponse:
    """The line of help on every page: hidden by who knows the pages, and had back."""
    return _remember(NO_HELP, is_on=request.form.get("help") == "0")


@bp.get("/keys")
@public
def keys() -> str:
    return render_template("web/keys.html")


@bp.get("/styleguide", endpoint="styleguide")
@public
def show_styleguide() -> str:
    if not styleguide.is_open():
        abort(404)
    return render_template("web/styleguide.html", samples=styleguide.samples())


def _remember(name: str, *, is_on: bool) -> AnyResponse:
    """In this browser: the screens of one person differ, a choice of one need not fit the other."""
    response = redirect(local_path(request.form.get("next")))
    if is_on:
        response.set_cookie(name, "1", max_age=YEAR, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(name)
    return response
