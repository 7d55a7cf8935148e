"""请假与代理: who is away, mandates (委托), AB pairs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.core import clock
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.days import parse_day
from app.core.db import reading, transaction
from app.core.errors import Invalid
from app.identity import calendar, queries, service
from app.identity.cover_types import ABSENCE_LABELS, STANDING_LABELS
from app.identity.queries import cover
from app.identity.routes.base import bp
from app.identity.types import POSITION_LABELS, PersonRef
from app.web.actor import current_actor

Answer = Response | tuple[str, int]
Words = Mapping[str, str]
NEAR = 100  # colleagues that a field proposes


@bp.get("/absences")
def absences() -> str:
    return _absences({})


@bp.post("/absences")
def enter_absence() -> Answer:
    def act(given: dict[str, Any]) -> object:
        return service.enter_absence(
            **given,
            username=_word("person"),
            first=parse_day(_word("from")),
            last=parse_day(_word("to")),
            kind=_word("kind"),
            note=_word("note"),
        )

    return _done(act, "请假已经登记，这几天要办的事会转给替您的人。", "absences", _absences)


@bp.post("/absences/<int:absence_id>/change")
def change_absence(absence_id: int) -> Answer:
    def act(given: dict[str, Any]) -> object:
        last = parse_day(_word("to"))
        return service.change_absence(**given, absence_id=absence_id, version=_version(), last=last)

    return _done(act, "最后一天已经改好。", "absences", _absences)


@bp.post("/absences/<int:absence_id>/end")
def end_absence(absence_id: int) -> Answer:
    def act(given: dict[str, Any]) -> object:
        return service.end_absence(**given, absence_id=absence_id, version=_version())

    return _done(act, "已经销假，新到的事又由本人办。", "absences", _absences)


@bp.get("/mandates")
def mandates() -> str:
    return _mandates({})


@bp.post("/mandates")
def write_mandate() -> Answer:
    def act(given: dict[str, Any]) -> object:
        return service.write_mandate(
            **given,
            username=_word("person"),
            deputy=_word("deputy"),
            first=parse_day(_word("from")),
            last=parse_day(_word("to")),
            processes=request.form.getlist("processes"),
            reason=_word("reason"),
        )

    return _done(act, "委托已经写好，到期自动结束。", "mandates", _mandates)


@bp.post("/mandates/<int:mandate_id>/change")
def change_mandate(mandate_id: int) -> Answer:
    def act(given: dict[str, Any]) -> object:
        last = parse_day(_word("to"))
        return service.change_mandate(**given, mandate_id=mandate_id, version=_version(), last=last)

    return _done(act, "最后一天已经改好。", "mandates", _mandates)


@bp.post("/mandates/<int:mandate_id>/end")
def end_mandate(mandate_id: int) -> Answer:
    def act(given: dict[str, Any]) -> object:
        return service.end_mandate(**given, mandate_id=mandate_id, version=_version())

    return _done(act, "委托已经结束，受托人签收了的由他办完。", "mandates", _mandates)


@bp.post("/mandates/<int:mandate_id>/revoke")
def revoke_mandate(mandate_id: int) -> Answer:
    def act(given: dict[str, Any]) -> object:
        return service.revoke_mandate(**given, mandate_id=mandate_id, version=_version())

    return _done(act, "委托已经撤销，受托人手里没办完的也收回了。", "mandates", _mandates)


@bp.get("/pairs")
def pairs() -> str:
    return _pairs({})


@bp.post("/pairs")
def enter_pair() -> Answer:
    def act(given: dict[str, Any]) -> object:
        return service.enter_pair(
            **given, unit=_word("unit"), position=_word("position"), a=_word("a"), b=_word("b")
        )

    return _done(act, "AB角已经设好，一人请假，另一人代办。", "pairs", _pairs)


@bp.post("/pairs/<int:pair_id>/end")
def end_pair(pair_id: int) -> Answer:
    def act(given: dict[str, Any]) -> object:
        return service.end_pair(**given, pair_id=pair_id, version=_version())

    return _done(act, "这一对AB角已经结束。", "pairs", _pairs)


def _done(
    act: Callable[[dict[str, Any]], object],
    told: str,
    back: str,
    page: Callable[[Words, Invalid | None], str],
) -> Answer:
    """Do it; what must be mended is said beside its field, with all that was typed."""
    try:
        with transaction() as session:
            act({"session": session, "actor": current_actor(), "now": utcnow()})
    except Invalid as error:
        return page(request.form, error), 422
    flash(told)
    return redirect(url_for(f"identity.{back}"))


def _absences(typed: Words, error: Invalid | None = None) -> str:
    actor, now = current_actor(), utcnow()
    today = clock.local(now).date()
    view, cursor, q = (request.args.get(name, "") for name in ("view", "cursor", "q"))
    with reading() as session:
        month = page = None
        if view == "month":
            first = calendar.parse_month(request.args.get("month", ""), today)
            since, until = calendar.edges(first)
            rows = cover.absences_between(session, actor=actor, now=now, since=since, until=until)
            month = calendar.month_of(first, rows, today)
        else:
            page = cover.list_absences(session, actor=actor, now=now, q=q, cursor=cursor or None)
        keeps_others = bool(cover.reach_of(session, actor).absences)
        people = _near(session, actor) if keeps_others else ()
        return render_template(
            "identity/absences.html",
            page=page,
            month=month,
            q=q,
            cursor=cursor,
            today=today,
            people=people,
            keeps_others=keeps_others,
            kinds=ABSENCE_LABELS,
            standings=STANDING_LABELS,
            **_typed(typed, error),
        )


def _near(session: Session, actor: Actor) -> Sequence[PersonRef]:
    reach = queries.scope_of(session, actor)
    return queries.list_people(session, reach=reach, now=utcnow(), limit=NEAR).items


def _mandates(typed: Words, error: Invalid | None = None) -> str:
    actor, now = current_actor(), utcnow()
    cursor, q = request.args.get("cursor"), request.args.get("q", "")
    with reading() as session:
        page = cover.list_mandates(session, actor=actor, now=now, q=q, cursor=cursor)
        people = _near(session, actor)
        titles = service.process_titles(session)
        for_others = bool(cover.reach_of(session, actor).entrusts)
        return render_template(
            "identity/mandates.html",
            page=page,
            q=q,
            cursor=cursor,
            today=clock.local(now).date(),
            people=people,
            titles=titles,
            chosen=request.form.getlist("processes"),
            for_others=for_others,
            standings=STANDING_LABELS,
            **_typed(typed, error),
        )


def _pairs(typed: Words, error: Invalid | None = None) -> str:
    actor = current_actor()
    cursor, q = request.args.get("cursor"), request.args.get("q", "")
    with reading() as session:
        page = cover.list_pairs(session, actor=actor, q=q, cursor=cursor)
        administers = bool(cover.reach_of(session, actor).administers)
        people = _near(session, actor) if administers else ()
        units = queries.list_units(session, actor=actor, limit=NEAR).items if administers else ()
        return render_template(
            "identity/pairs.html",
            page=page,
            q=q,
            cursor=cursor,
            people=people,
            units=units,
            positions=POSITION_LABELS,
            administers=administers,
            **_typed(typed, error),
        )


def _typed(typed: Words, error: Invalid | None) -> dict[str, Any]:
    """What was typed comes back with what is wrong with it; `row` is the line it belongs to."""
    row = next(iter((request.view_args or {}).values()), None)
    errors = error.errors if error else ()
    return {
        "typed": {} if row else typed,
        "errors": errors,
        "wrong": {} if row else {one.path: one.message for one in errors},
        "row": row,
        "here": "cover",
    }


def _word(name: str) -> str:
    return request.form.get(name, "").strip()


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None
