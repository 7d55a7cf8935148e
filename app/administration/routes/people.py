"""A person: registration, login, and what was done to them; new people."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.administration import asking, queries, service
from app.administration.pages import Typed, last_day, new_page, person_page
from app.administration.routes.base import bp, seen, words
from app.core.clock import today, utcnow
from app.core.db import reading, transaction
from app.core.errors import Conflict, Invalid
from app.identity.loading import door
from app.identity.types import Position
from app.web.actor import current_actor
from app.web.errors import status_of
from app.web.step_up import is_proved, require_step_up

Answer = AnyResponse | tuple[str, int] | str
Act = Callable[..., Any]


@bp.get("/people/new")
def new() -> str:
    require_step_up()
    return _new_page(Typed("new", {"unit": request.args.get("unit", "")}))


@bp.post("/people/new")
def add() -> Answer:
    require_step_up()
    typed = words(*asking.NEW)
    chosen = [value for value in request.form.getlist("position") if value in set(Position)]
    shown = typed | {"position": " ".join(chosen)}
    try:
        with transaction() as session:
            actor, positions = current_actor(), [Position(value) for value in chosen]
            wanted = asking.new_person(session, actor, typed, positions, today())
            person, code = service.add_person(session, actor=actor, now=utcnow(), wanted=wanted)
    except (Conflict, Invalid) as error:
        return _new_page(Typed.after("new", shown, error)), status_of(error)
    return _code_page(person.id, person.name, typed["username"], code)


@bp.get("/people/<int:person_id>")
def person(person_id: int) -> str:
    return _page(person_id, Typed())


@bp.post("/people/<int:person_id>/change")
def change(person_id: int) -> Answer:
    typed = words("name", "unit", "phone") | {"drop_phone": request.form.get("drop_phone", "")}

    def act(session: Session, **given: Any) -> None:
        found = asking.judge(typed, "name", "unit", "phone", today=today())
        service.change_person(
            session,
            **given,
            name=found.values["name"],
            unit=asking.unit_within(session, given["actor"], typed["unit"]),
            phone="" if typed["drop_phone"] else found.values["phone"] or None,
        )

    return done(person_id, "change", "登记已经改好。", act, typed)


@bp.post("/people/<int:person_id>/login")
def open_login(person_id: int) -> Answer:
    typed = words("username", "until")

    def act(session: Session, **given: Any) -> str:
        found = asking.judge(typed, "username", "until", today=today())
        return service.open_login(
            session, **given, username=found.values["username"], until=found.until
        )

    return done(person_id, "login", "", act, typed)


@bp.post("/people/<int:person_id>/login/disable")
def disable(person_id: int) -> Answer:
    return done(
        person_id,
        "disable",
        "登录已经停用，已登录的地方都退出了；轮到他办的件已经交给同岗位的人。",
        service.disable_login,
    )


@bp.post("/people/<int:person_id>/login/enable")
def enable(person_id: int) -> Answer:
    return done(person_id, "enable", "", service.enable_login)


@bp.post("/people/<int:person_id>/login/code")
def send_code(person_id: int) -> Answer:
    return done(person_id, "code", "", service.send_code)


@bp.post("/people/<int:person_id>/login/until")
def limit(person_id: int) -> Answer:
    typed = words("until")

    def act(session: Session, **given: Any) -> None:
        found = asking.judge(typed, "until", today=today())
        service.limit_login(session, **given, until=found.until)

    return done(person_id, "until", "到期日已经改好。", act, typed)


def done(
    person_id: int, part: str, said: str, act: Act, typed: dict[str, str] | None = None
) -> Answer:
    """Do it; a refusal comes back on the page as it is now, with what was typed.

    An act that answers a one-time code shows it, once.
    """
    require_step_up()
    actor = current_actor()
    try:
        with transaction() as session:
            given = {"actor": actor, "now": utcnow(), "person_id": person_id, "seen": seen()}
            code = act(session, **given)
            kept = queries.access_person(session, person_id, actor, utcnow())
            name, username = kept.person.name, kept.login.username if kept.login else ""
    except (Conflict, Invalid) as error:
        return _page(person_id, Typed.after(part, typed or {}, error)), status_of(error)
    if isinstance(code, str):
        return _code_page(person_id, name, username, code)
    flash(said)
    return redirect(url_for("administration.person", person_id=person_id))


def _page(person_id: int, typed: Typed) -> str:
    cursor = request.args.get("cursor")
    with reading() as session:
        context = person_page(session, current_actor(), utcnow(), person_id, typed, cursor)
    return render_template(
        "administration/person.html",
        here="people",
        proved=is_proved(),
        last_day=last_day,
        **context,
    )


def _new_page(typed: Typed) -> str:
    with reading() as session:
        context = new_page(session, current_actor(), typed)
    return render_template("administration/new.html", here="people", **context)


def _code_page(person_id: int, name: str, username: str, code: str) -> str:
    return render_template(
        "administration/code.html",
        here="people",
        person_id=person_id,
        name=name,
        username=username,
        code=code,
        address=f"{door().base_url}{url_for('identity.activation')}",
    )
