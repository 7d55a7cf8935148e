"""迁移: all tickets of one version to another, first tried out, then for real."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed
from app.processes import engine
from app.repairs import migrations, policy
from app.repairs.migrating import version_of
from app.repairs.models import Migration
from app.repairs.pages import published_beside
from app.repairs.routes.base import bp, number_of, words
from app.repairs.types import MOVED_STATES, MayNotRepair, MovedState, RepairRefused
from app.web.actor import current_actor

Facts = dict[str, Any]


@bp.get("/processes/<key>/<int:number>/migrate")
def migrations_of(key: str, number: int) -> str:
    return _start_page(key, number)


@bp.post("/processes/<key>/<int:number>/migrate")
def create_migration(key: str, number: int) -> AnyResponse | tuple[str, int]:
    version = number_of("version")
    if version < 1:
        return _start_page(key, number, {"version": "请选择换到第几版。"}), 422
    rehearsal = words("rehearsal")
    try:
        with transaction() as session:
            made = migrations.create(
                session,
                actor=current_actor(),
                now=utcnow(),
                key=key,
                number=number,
                version=version,
                reason=words("reason"),
                client_key=words("client_key"),
                rehearsal_of=rehearsal,
            )
    except RepairRefused as error:
        return _report_page(rehearsal, {"reason": error.errors[0].message}), 422
    return redirect(url_for("repairs.migration", migration_id=made.id))


@bp.get("/migrations/<migration_id>")
def migration(migration_id: str) -> str:
    return _report_page(migration_id)


@bp.post("/migrations/<migration_id>/stop")
def stop_migration(migration_id: str) -> AnyResponse:
    with transaction() as session:
        migrations.stop(session, actor=current_actor(), now=utcnow(), migration_id=migration_id)
    flash("已经停下：换好的不退回，其余的没有动。")
    return redirect(url_for("repairs.migration", migration_id=migration_id))


def _start_page(key: str, number: int, wrong: dict[str, str] | None = None) -> str:
    actor = current_actor()
    if not policy.can_rehearse(actor):
        raise MayNotRepair
    with reading() as session:
        version = version_of(session, key, number)
        found = migrations.latest(session, actor, key)
        loaded = engine.load(session, version.id)
        context: Facts = {
            "process": {"key": key, "title": loaded.title, "number": number},
            "versions": published_beside(session, loaded),
            "count": migrations.count_running(session, actor, version.id),
            "earlier": [_facts(session, one) for one in found],
            "names": migrations.names_of(session, found),
        }
    return render_template("repairs/migrate.html", **context, wrong=wrong or {}, here="processes")


def _report_page(migration_id: str, wrong: dict[str, str] | None = None) -> str:
    actor = current_actor()
    state, cursor = request.args.get("state", ""), request.args.get("cursor")
    if state and state not in list(MovedState):
        raise Malformed
    with reading() as session:
        found = migrations.find(session, migration_id, actor)
        page = migrations.list_items(
            session, found, state=MovedState(state) if state else None, cursor=cursor
        )
        context: Facts = {
            "migration": _facts(session, found),
            "title": engine.load(session, found.from_version_id).title,
            "rows": [(item.number, item.state, item.told) for item in page.items],
            "next_cursor": page.next_cursor,
            "by": migrations.names_of(session, [found])[found.person_id],
            "done_by": migrations.real_of(session, found),
        }
    return render_template(
        "repairs/migration.html",
        **context,
        labels=MOVED_STATES[context["migration"]["is_rehearsal"]],
        state=state,
        cursor=cursor,
        may_migrate=policy.can_repair(actor),
        wrong=wrong or {},
        here="processes",
    )


def _facts(session: Session, one: Migration) -> Facts:
    counts = migrations.counts(session, one)
    return {
        "id": one.id,
        "key": one.key,
        "from": migrations.number_of(session, one.from_version_id),
        "to": migrations.number_of(session, one.to_version_id),
        "is_rehearsal": one.is_rehearsal,
        "is_running": one.is_running,
        "state": one.state.value,
        "state_label": one.state_label,
        "reason": one.reason,
        "created_at": one.created_at,
        "person_id": one.person_id,
        "counts": {state.value: count for state, count in counts.items()},
        "total": sum(counts.values()),
        "done": sum(counts.values()) - counts[MovedState.WAITING],
    }
