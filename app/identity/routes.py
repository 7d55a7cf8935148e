"""The door: sign in and out, the demonstration's one-click entry, the own password."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask import session as form_session
from werkzeug.wrappers import Response

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError, ErrorAt
from app.identity import queries, service
from app.identity.loading import (
    client_of,
    door,
    drop_session_cookie,
    set_session_cookie,
)
from app.identity.screens import group_by_role
from app.identity.types import FieldError, Issued, SessionKind, WeakPassword
from app.web.actor import current_actor, find_actor, public
from app.web.errors import status_of
from app.web.links import local_path

bp = Blueprint("identity", __name__)
# What somebody with a one-time password may reach before it is changed.
BEFORE_CHANGE = frozenset(
    {"static", "web.large", "identity.logout", "identity.password", "identity.change_password"}
)


@bp.before_app_request
def ask_for_new_password() -> Response | None:
    if g.get("password_due") and request.endpoint not in BEFORE_CHANGE:
        return redirect(url_for("identity.password"))
    return None


@bp.get("/login")
@public
def login() -> Response | str:
    if find_actor() is not None:
        return redirect(local_path(request.args.get("next")))
    return _login_page(request.args.get("next", ""))


@bp.post("/login")
@public
def sign_in() -> Response | tuple[str, int, dict[str, str]]:
    username, way = request.form.get("username", ""), request.form.get("next", "")
    with transaction() as session:
        result = service.sign_in(
            session,
            username=username,
            password=request.form.get("password", ""),
            kind=SessionKind.BROWSER,
            client=client_of(request),
            now=utcnow(),
        )
    if isinstance(result, AppError):
        wait = result.facts.get("retry_after")
        headers = {"Retry-After": str(wait)} if wait else {}
        return _login_page(way, username=username, error=result), status_of(result), headers
    return _enter(result, way)


@bp.post("/login/demo")
@public
def enter() -> Response:
    if not door().demo:
        abort(404)
    with transaction() as session:
        issued = service.sign_in_demo(
            session,
            username=request.form.get("username", ""),
            client=client_of(request),
            now=utcnow(),
        )
    return _enter(issued, request.form.get("next", ""))


@bp.post("/logout")
@public
def logout() -> Response:
    token = request.cookies.get(door().cookie)
    if token:
        with transaction() as session:
            service.sign_out(session, token=token, now=utcnow())
    form_session.clear()
    response = redirect(url_for("identity.login"))
    drop_session_cookie(response)
    return response


@bp.get("/password")
def password() -> str:
    return _password_page(())


@bp.post("/password")
def change_password() -> Response | tuple[str, int]:
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        differs = FieldError("again", "differs", "两次输入的新密码不一样。")
        return _password_page([differs]), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with transaction() as session:
            service.change_password(
                session,
                actor=current_actor(),
                now=utcnow(),
                current=request.form.get("current", ""),
                new=new,
            )
    except WeakPassword as error:
        return _password_page(error.errors), status_of(error)
    flash("密码已修改，其他地方的登录都已退出。")
    return redirect("/")


def _enter(issued: Issued, way: str) -> Response:
    """A new session and a new CSRF token: what was known before the door is worth nothing now."""
    old = request.cookies.get(door().cookie)
    if old:
        with transaction() as session:
            service.sign_out(session, token=old, now=utcnow())
    form_session.clear()
    target = url_for("identity.password") if issued.must_change_password else local_path(way)
    response = redirect(target)
    set_session_cookie(response, issued.token)
    return response


def _login_page(way: str, *, username: str = "", error: AppError | None = None) -> str:
    people = []
    if door().demo:
        with reading() as session:
            people = group_by_role(queries.list_demo_logins(session, utcnow()))
    shown = [{"path": "", "code": error.code, "message": error.text}] if error else []
    return render_template(
        "identity/login.html",
        people=people,
        form={"errors": shown, "username": username},
        next=way,
    )


def _password_page(errors: Sequence[ErrorAt]) -> str:
    return render_template(
        "identity/password.html", errors=errors, due=g.get("password_due", False)
    )
