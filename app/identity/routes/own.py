"""One's own login: password, sessions, second factor, and the proof of who sits there."""

from collections.abc import Sequence
from http import HTTPStatus

import segno
from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError, ErrorAt
from app.identity import queries, service
from app.identity.loading import client_of, set_session_cookie
from app.identity.policy import is_admin
from app.identity.routes.base import bp
from app.identity.screens import rows_of_sessions
from app.identity.types import FieldError, Setup, WeakPassword, WrongOtp
from app.web.actor import current_actor
from app.web.errors import status_of
from app.web.links import local_path
from app.web.step_up import require_step_up

Refused = tuple[str, int]


@bp.get("/password")
def password() -> str:
    return _password_page(())


@bp.post("/password")
def change_password() -> Response | Refused:
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


@bp.get("/sessions")
def sessions() -> str:
    actor, now = current_actor(), utcnow()
    with reading() as session:
        login = queries.get_login(session, actor.username)
        rows = rows_of_sessions(queries.live_sessions(session, login, now), actor.session_id)
        has_factor = queries.has_second_factor(session, login.id)
    return render_template("identity/sessions.html", sessions=rows, has_factor=has_factor)


@bp.post("/sessions/<int:session_id>/end")
def end_session(session_id: int) -> Response:
    with transaction() as session:
        service.end_session(session, actor=current_actor(), session_id=session_id, now=utcnow())
    flash("那个登录已经退出。")
    return redirect(url_for("identity.sessions"))


@bp.post("/sessions/end-others")
def end_other_sessions() -> Response:
    with transaction() as session:
        count = service.end_other_sessions(session, actor=current_actor(), now=utcnow())
    flash(f"其他 {count} 个登录已经退出。" if count else "没有其他登录。")
    return redirect(url_for("identity.sessions"))


@bp.get("/second-factor")
def second_factor() -> str:
    return _factor_page()


@bp.post("/second-factor")
def begin_second_factor() -> Response:
    require_step_up()
    with transaction() as session:
        service.begin_second_factor(session, actor=current_actor(), now=utcnow())
    return redirect(url_for("identity.second_factor"))


@bp.post("/second-factor/confirm")
def confirm_second_factor() -> str | Refused:
    try:
        with transaction() as session:
            codes = service.confirm_second_factor(
                session,
                actor=current_actor(),
                code=request.form.get("code", ""),
                now=utcnow(),
            )
    except WrongOtp as error:
        return _factor_page([FieldError("code", error.code, error.text)]), 422
    g.factor_due = False
    return render_template("identity/recovery.html", codes=codes)


@bp.post("/second-factor/remove")
def remove_second_factor() -> Response:
    require_step_up()
    actor = current_actor()
    with transaction() as session:
        service.remove_second_factor(session, actor=actor, username=actor.username, now=utcnow())
    flash("动态口令已停用。")
    return redirect(url_for("identity.second_factor"))


@bp.get("/confirm")
def confirm() -> str:
    return _confirm_page(request.args.get("next", ""))


@bp.post("/confirm")
def prove() -> Response | Refused:
    way = request.form.get("next", "")
    with transaction() as session:
        result = service.prove(
            session,
            actor=current_actor(),
            proof=request.form.get("proof", ""),
            client=client_of(request),
            now=utcnow(),
        )
    if isinstance(result, AppError):
        shown = FieldError("proof", result.code, result.text)
        return _confirm_page(way, [shown]), status_of(result)
    response = redirect(local_path(way))
    set_session_cookie(response, result.token)
    return response


def _password_page(errors: Sequence[ErrorAt]) -> str:
    actor = current_actor()
    return render_template(
        "identity/password.html",
        errors=errors,
        due=g.get("password_due", False),
        shortest=12 if is_admin(held.position for held in actor.positions) else 8,
    )


def _factor_page(errors: Sequence[ErrorAt] = ()) -> str:
    actor = current_actor()
    with reading() as session:
        login = queries.get_login(session, actor.username)
        is_set = queries.has_second_factor(session, login.id)
        setup = service.find_setup(session, actor=actor)
    return render_template(
        "identity/second_factor.html",
        errors=errors,
        is_set=is_set,
        due=g.get("factor_due", False),
        setup=setup,
        picture=_picture(setup) if setup else "",
    )


def _picture(setup: Setup) -> str:
    """A data: address, which the content security policy lets images have."""
    return str(segno.make(setup.address, error="m").svg_data_uri(scale=5, border=3))


def _confirm_page(way: str, errors: Sequence[ErrorAt] = ()) -> str:
    with reading() as session:
        login = queries.get_login(session, current_actor().username)
        has_factor = queries.has_second_factor(session, login.id)
    return render_template("identity/confirm.html", errors=errors, next=way, has_factor=has_factor)
