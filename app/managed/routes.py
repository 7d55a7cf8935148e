"""被管系统 in the browser: the catalogue, where it is pushed to, and what did not arrive."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import local, utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed
from app.managed import policy, queries, service
from app.managed.models import System
from app.managed.types import PUSH_STATES, BadAddress, PushState
from app.repairs.types import ReasonNeeded
from app.web.actor import current_actor
from app.web.errors import status_of
from app.web.step_up import require_step_up

bp = Blueprint("managed", __name__, url_prefix="/systems")
ONE = "/<system>/push"
PUSH = "/pushes/<int:push_id>"
HERE = "systems"


@bp.get("")
def index() -> str:
    with reading() as session:
        systems = queries.list_systems(session, actor=current_actor())
    return render_template("managed/index.html", systems=systems, here=HERE)


@bp.get("/<system>")
def show(system: str) -> str:
    with reading() as session:
        found, subsystems = queries.catalogue(
            session, actor=current_actor(), key=system, day=local(utcnow()).date()
        )
        may_set = queries.may_set(session, current_actor())
    return render_template(
        "managed/show.html",
        system=found,
        subsystems=subsystems,
        may_set=may_set,
        may_mend=policy.can_mend(current_actor()),
        here=HERE,
    )


@bp.get(ONE)
def settings(system: str) -> str:
    return _settings(system)


@bp.post(ONE)
def set_address(system: str) -> AnyResponse | str:
    require_step_up()
    url = request.form.get("url", "").replace("\0", "")
    try:
        with transaction() as session:
            _, secret = service.set_address(
                session,
                actor=current_actor(),
                now=utcnow(),
                key=system,
                version=request.form.get("version", -1, type=int),
                url=url,
            )
    except BadAddress as error:
        page = _settings(system, url, error)
        return Response(page, status_of(error), mimetype="text/html")
    if secret:
        return _secret(system, secret)
    flash("推送地址改好了，从下一条推送起照新的办。")
    return redirect(url_for("managed.settings", system=system))


@bp.post(f"{ONE}/on")
def switch_on(system: str) -> AnyResponse:
    return _switch(system, service.switch_on, "已经启用：以后办好的账户和权限自动推送到这个系统。")


@bp.post(f"{ONE}/off")
def switch_off(system: str) -> AnyResponse:
    return _switch(system, service.switch_off, "已经停用：以后由管理员在这个系统里人工办理。")


@bp.post(f"{ONE}/secret")
def rotate(system: str) -> str:
    require_step_up()
    with transaction() as session:
        _, secret = service.rotate_secret(
            session, actor=current_actor(), now=utcnow(), key=system, version=_version()
        )
    return _secret(system, secret)


@bp.post(f"{PUSH}/retry")
def retry(push_id: int) -> AnyResponse:
    with transaction() as session:
        found = service.push_again(
            session,
            actor=current_actor(),
            now=utcnow(),
            push_id=push_id,
            seen=request.form.get("retries", -1, type=int),
        )
        system = found.system
    flash("已经让系统再推送，几秒钟后可以刷新看结果。")
    return redirect(url_for("managed.pushes", system=system))


@bp.post(f"{PUSH}/by-hand")
def by_hand(push_id: int) -> AnyResponse | tuple[str, int]:
    why = request.form.get("why", "").replace("\0", "")
    actor = current_actor()
    try:
        with transaction() as session:
            found = service.do_by_hand(session, actor=actor, now=utcnow(), push_id=push_id, why=why)
            system = found.system
    except ReasonNeeded as error:
        with reading() as session:
            system = queries.push_row(session, actor, push_id).system
        return _pushes(system, {push_id: (error.errors[0].message, why)}), status_of(error)
    flash("已经记下：这一条由人工办理，这个账户的下一条接着推送。")
    return redirect(url_for("managed.pushes", system=system))


@bp.get("/<system>/pushes")
def pushes(system: str) -> str:
    return _pushes(system)


def _version() -> int:
    return request.form.get("version", -1, type=int)


def _switch(system: str, act: Callable[..., System], said: str) -> AnyResponse:
    with transaction() as session:
        act(session, actor=current_actor(), now=utcnow(), key=system, version=_version())
    flash(said)
    return redirect(url_for("managed.settings", system=system))


def _settings(system: str, typed: str | None = None, error: BadAddress | None = None) -> str:
    with reading() as session:
        found = queries.settings_of(session, system, current_actor())
    return render_template(
        "managed/settings.html",
        one=found,
        typed=found.url if typed is None else typed,
        errors=error.errors if error else (),
        now=utcnow(),
        here=HERE,
    )


def _secret(system: str, secret: str) -> str:
    with reading() as session:
        found = queries.settings_of(session, system, current_actor())
    return render_template("managed/secret.html", one=found, secret=secret, here=HERE)


def _pushes(system: str, wrong: dict[int, tuple[str, str]] | None = None) -> str:
    """`wrong`: what is wrong with the reason given for a push, and what was typed."""
    cursor, asked = request.args.get("cursor"), request.args.get("state", "")
    if asked and asked not in list(PushState):
        raise Malformed
    state: Any = PushState(asked) if asked else None
    with reading() as session:
        page = queries.list_pushes(
            session, actor=current_actor(), system=system, state=state, cursor=cursor
        )
        label = queries.label_of(session, system)
    return render_template(
        "managed/pushes.html",
        system=system,
        label=label,
        page=page,
        state=asked,
        states=[(one.value, label) for one, label in PUSH_STATES.items()],
        cursor=cursor,
        wrong=wrong or {},
        here=HERE,
    )
