"""The door: sign in, in one step or two, and out; the demonstration's one-click entry."""

from flask import abort, redirect, render_template, request, url_for
from flask import session as form_session
from werkzeug.wrappers import Response

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError
from app.identity import queries, service
from app.identity.loading import (
    challenge_token,
    client_of,
    door,
    drop_challenge_cookie,
    drop_session_cookie,
    session_token,
    set_challenge_cookie,
)
from app.identity.routes.base import bp, enter
from app.identity.screens import ENDED, group_by_role
from app.identity.types import Challenge, ChallengeOver, OtpNeeded, SessionKind
from app.web.actor import find_actor, public
from app.web.errors import status_of
from app.web.links import local_path

Refused = tuple[str, int, dict[str, str]]


@bp.get("/login")
@public
def login() -> Response | str:
    if find_actor() is not None:
        return redirect(local_path(request.args.get("next")))
    return _login_page(request.args.get("next", ""))


@bp.post("/login")
@public
def sign_in() -> Response | Refused:
    username, way = request.form.get("username", ""), request.form.get("next", "")
    challenge: Challenge | None = None
    with transaction() as session:
        result = service.sign_in(
            session,
            username=username,
            password=request.form.get("password", ""),
            kind=SessionKind.BROWSER,
            client=client_of(request),
            now=utcnow(),
            replacing=session_token(request),
        )
        if isinstance(result, OtpNeeded):
            challenge = service.open_challenge(session, login_id=result.login_id, now=utcnow())
    if challenge is not None:
        response = redirect(url_for("identity.code", next=way or None))
        set_challenge_cookie(response, challenge.token)
        return response
    if isinstance(result, AppError):
        page = _login_page(way, username=username, error=result)
        return page, status_of(result), _wait(result)
    return enter(result, way)


@bp.get("/login/code")
@public
def code() -> Response | str:
    if not challenge_token(request):
        return redirect(url_for("identity.login"))
    return render_template("identity/code.html", errors=(), next=request.args.get("next", ""))


@bp.post("/login/code")
@public
def answer() -> Response | Refused:
    way = request.form.get("next", "")
    with transaction() as session:
        result = service.answer_challenge(
            session,
            token=challenge_token(request),
            code=request.form.get("code", ""),
            client=client_of(request),
            now=utcnow(),
            replacing=session_token(request),
        )
    if isinstance(result, ChallengeOver):
        return _login_page(way, error=result), status_of(result), {}
    if isinstance(result, AppError):
        shown = [{"path": "code", "code": result.code, "message": result.text}]
        page = render_template("identity/code.html", errors=shown, next=way)
        return page, status_of(result), _wait(result)
    return enter(result, way)


@bp.post("/login/demo", endpoint="enter")
@public
def enter_demo() -> Response:
    if not door().demo:
        abort(404)
    with transaction() as session:
        issued = service.sign_in_demo(
            session,
            username=request.form.get("username", ""),
            client=client_of(request),
            now=utcnow(),
            replacing=session_token(request),
        )
    return enter(issued, request.form.get("next", ""))


@bp.post("/logout")
@public
def logout() -> Response:
    token = session_token(request)
    if token:
        with transaction() as session:
            service.sign_out(session, token=token, now=utcnow())
    form_session.clear()
    response = redirect(url_for("identity.login"))
    drop_session_cookie(response)
    drop_challenge_cookie(response)
    return response


def _wait(error: AppError) -> dict[str, str]:
    wait = error.facts.get("retry_after")
    return {"Retry-After": str(wait)} if wait else {}


def _login_page(way: str, *, username: str = "", error: AppError | None = None) -> str:
    people, ended = [], None
    token = session_token(request)
    with reading() as session:
        if door().demo:
            people = group_by_role(queries.list_demo_logins(session, utcnow()))
        if token and error is None:
            ended = ENDED.get(queries.why_ended(session, token) or "")
    shown = [{"path": "", "code": error.code, "message": error.text}] if error else []
    return render_template(
        "identity/login.html",
        people=people,
        form={"errors": shown, "username": username},
        ended=ended,
        next=way,
    )
