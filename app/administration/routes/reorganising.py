"""机构调整: asked for on a unit's page, looked at, confirmed or taken back on its own."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from app.administration import asking, service
from app.administration.pages import Typed, plan_form, plan_page, plans_page
from app.administration.reorganising import faults
from app.administration.routes.base import bp, seen, words
from app.administration.routes.people import Answer
from app.administration.types import PlanState, Refused
from app.core.clock import today, utcnow
from app.core.db import reading, transaction
from app.core.errors import Conflict, Invalid
from app.web.actor import current_actor
from app.web.errors import status_of
from app.web.step_up import is_proved, require_step_up

PART = "plan"
DONE = {
    PlanState.DONE: "机构调整已经生效。",
    PlanState.CONFIRMED: "已经确认，到那天零点生效；在那以前可以撤回。",
}


@bp.get("/units/<int:unit_id>/reorganisation")
def reorganisation(unit_id: int) -> str:
    return _form(unit_id, Typed(PART, {"day": today().isoformat()}))


@bp.post("/units/<int:unit_id>/reorganisation")
def propose(unit_id: int) -> Answer:
    """With `step=propose` it is proposed; before that the page shows what it would move."""
    require_step_up()
    typed = words(*asking.PLAN)
    given: dict[str, Any] = {"actor": current_actor(), "now": utcnow()}
    try:
        if request.form.get("step") != "propose":
            return _form(unit_id, Typed(PART, typed), looks=True)
        with transaction() as session:
            change = asking.plan(session, given["actor"], typed, today())
            plan = service.propose(session, **given, unit_id=unit_id, seen=seen(), change=change)
            plan_id = plan.id
    except (Conflict, Invalid) as error:
        return _form(unit_id, Typed.after(PART, typed, error)), status_of(error)
    flash("已经提出，还没有生效：请另一名系统管理员在这一页上确认。")
    return redirect(url_for("administration.plan", plan_id=plan_id))


@bp.get("/reorganisations")
def plans() -> str:
    with reading() as session:
        context = plans_page(session, current_actor(), request.args.get("cursor"))
        return render_template("administration/plans.html", here="people", **context)


@bp.get("/reorganisations/<int:plan_id>")
def plan(plan_id: int) -> str:
    return _page(plan_id)


@bp.post("/reorganisations/<int:plan_id>/confirm")
def confirm_plan(plan_id: int) -> Answer:
    require_step_up()
    try:
        with transaction() as session:
            done = service.confirm_plan(
                session,
                actor=current_actor(),
                now=utcnow(),
                plan_id=plan_id,
                version=request.form.get("version", type=int),
                seen=request.form.get("seen", ""),
            )
            said = DONE[done.state]
    except (Conflict, Invalid) as error:
        return _page(plan_id, Typed.after(PART, {}, error)), status_of(error)
    flash(said)
    return redirect(url_for("administration.plan", plan_id=plan_id))


@bp.post("/reorganisations/<int:plan_id>/withdraw")
def retract(plan_id: int) -> Answer:
    require_step_up()
    try:
        with transaction() as session:
            service.retract(
                session,
                actor=current_actor(),
                now=utcnow(),
                plan_id=plan_id,
                version=request.form.get("version", type=int),
            )
    except Conflict as error:
        return _page(plan_id, Typed.after(PART, {}, error)), status_of(error)
    flash("已经撤回，什么都没有动。")
    return redirect(url_for("administration.plan", plan_id=plan_id))


def _form(unit_id: int, typed: Typed, *, looks: bool = False) -> str:
    """With `looks` what was typed is judged, and weighed where nothing stands against it.

    Raises: Refused.
    """
    actor, now = current_actor(), utcnow()
    with reading() as session:
        context = plan_form(session, actor, now, unit_id, typed)
        if looks:
            change = asking.plan(session, actor, typed.words, today())
            if found := faults(session, context["unit"], change, now):
                raise Refused(*found)
            context["change"] = change
        return render_template(
            "administration/plan_form.html", here="people", proved=is_proved(), **context
        )


def _page(plan_id: int, typed: Typed | None = None) -> str:
    with reading() as session:
        context = plan_page(session, current_actor(), utcnow(), plan_id)
        return render_template(
            "administration/plan.html",
            here="people",
            proved=is_proved(),
            typed=typed or Typed(),
            **context,
        )
