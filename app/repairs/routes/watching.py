"""运行异常 and 待发事项: what waits for an administrator."""

import json

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed
from app.core.masking import masked
from app.core.outbox import OutboxState
from app.identity.queries import people_by_ids
from app.processes import engine
from app.processes.models import Incident, Instance
from app.processes.queries import list_titles
from app.processes.types import IncidentKind, IncidentState
from app.repairs import policy, queries, service
from app.repairs.routes.base import bp, number_of, words
from app.repairs.types import KINDS, ROW_STATES, MayNotRepair, Narrowed, ReasonNeeded
from app.web.actor import current_actor

INCIDENT_VIEWS = {"open": IncidentState.OPEN, "resolved": IncidentState.RESOLVED, "all": None}
ROW_VIEWS = ("dead", "held", "waiting", "done", "discarded")


@bp.get("/incidents")
def index() -> str:
    actor, state = current_actor(), request.args.get("state", "open")
    if state not in INCIDENT_VIEWS:
        raise Malformed
    cursor, narrowed = request.args.get("cursor"), _narrowed()
    with reading() as session:
        page = queries.list_incidents(
            session, actor, state=INCIDENT_VIEWS[state], narrowed=narrowed, cursor=cursor
        )
        count = queries.count_open(session, actor)
        places = queries.by_place(session, actor) if count else []
        causes = queries.by_cause(session, actor) if count else []
        processes = list_titles(session)
        session.expunge_all()  # the page reads the rows after the session
    return render_template(
        "repairs/incidents.html",
        page=page,
        count=count,
        places=places,
        causes=causes,
        processes=processes,
        kinds=[(kind.value, label) for kind, label in KINDS.items()],
        narrowed=narrowed,
        state=state,
        cursor=cursor,
        here="incidents",
    )


def _narrowed() -> Narrowed:
    """Raises: Malformed."""
    args = request.args
    kind, same = args.get("kind", ""), args.get("same", type=int)
    if (kind and kind not in list(IncidentKind)) or (same is not None and not 0 < same < 2**63):
        raise Malformed
    process, node = (args.get(name, "").replace("\0", "").strip() for name in ("process", "node"))
    return Narrowed(process, node, IncidentKind(kind) if kind else None, same)


@bp.get("/incidents/<int:incident_id>")
def show(incident_id: int) -> str:
    actor = current_actor()
    may = policy.can_repair(actor)
    with reading() as session:
        incident, instance = queries.access_incident(session, incident_id, actor, policy.can_read)
        row = queries.incident_row(session, incident_id, actor, policy.can_read)
        people = (incident.tried_by_id, incident.resolved_by_id)
        names = people_by_ids(session, [one for one in people if one is not None])
        node = _node_name(session, incident, instance)
        variables = _told(incident, instance) if may else ""
        session.expunge_all()
    return render_template(
        "repairs/incident.html",
        row=row,
        incident=incident,
        node=node,
        names={key: ref.name for key, ref in names.items()},
        may_retry=may and incident.is_open,
        detail=masked(incident.detail) if may else "",
        variables=variables,
        here="incidents",
    )


@bp.post("/incidents/<int:incident_id>/retry")
def retry(incident_id: int) -> AnyResponse:
    with transaction() as session:
        incident = service.retry(
            session,
            actor=current_actor(),
            now=utcnow(),
            incident_id=incident_id,
            seen=number_of("tries"),
        )
    if not incident.is_open:
        flash(
            "这条异常已经关闭，办理人可以再办一次。"
            if incident.kind is IncidentKind.ACT
            else "再试一次成功了，这条异常已经关闭。"
        )
    elif incident.kind is IncidentKind.OUTBOX:
        flash("已经让系统再办一次，办好后这条异常自动关闭。")
    return redirect(url_for("repairs.show", incident_id=incident_id))


@bp.get("/outbox")
def outbox() -> str:
    return _outbox(request.args.get("state", ""), request.args.get("cursor"))


@bp.post("/outbox/<int:row_id>/retry")
def retry_row(row_id: int) -> AnyResponse:
    with transaction() as session:
        service.retry_row(
            session, actor=current_actor(), now=utcnow(), row_id=row_id, seen=number_of("retries")
        )
    flash("已经让系统再办一次，几秒钟后可以刷新看结果。")
    return redirect(url_for("repairs.outbox", state="dead"))


@bp.post("/outbox/<int:row_id>/discard")
def discard_row(row_id: int) -> AnyResponse | tuple[str, int]:
    reason = words("reason")
    try:
        with transaction() as session:
            service.discard_row(
                session, actor=current_actor(), now=utcnow(), row_id=row_id, reason=reason
            )
    except ReasonNeeded as error:
        page = _outbox(request.form.get("state", ""), None, wrong={row_id: error.errors[0].message})
        return page, 422
    flash("已经记下：这一项不再办理。")
    return redirect(url_for("repairs.outbox", state=request.form.get("state") or None))


@bp.post("/outbox/release")
def release_rows() -> AnyResponse:
    """The ticked ones; without a tick nothing."""
    chosen = request.form.getlist("row", type=int)
    if not chosen:
        if not policy.can_repair(current_actor()):
            raise MayNotRepair
        flash("没有放行：请先勾选要放行的事项。")
        return redirect(url_for("repairs.outbox", state="held"))
    with transaction() as session:
        released = service.release_rows(session, actor=current_actor(), now=utcnow(), ids=chosen)
    flash(f"放行了 {len(released)} 项，系统接着办。")
    return redirect(url_for("repairs.outbox", state="held"))


def _outbox(state: str, cursor: str | None, wrong: dict[int, str] | None = None) -> str:
    actor = current_actor()
    with reading() as session:
        tallies = queries.tallies(session, actor)
        if not state:  # where something waits for a person
            stuck = [one for one in (OutboxState.DEAD, OutboxState.HELD) if tallies[one].count]
            state = (stuck or [OutboxState.WAITING])[0].value
        if state not in ROW_VIEWS:
            raise Malformed
        page = queries.list_outbox(session, actor, states=[OutboxState(state)], cursor=cursor)
        session.expunge_all()
    return render_template(
        "repairs/outbox.html",
        page=page,
        tallies=tallies,
        views=[(view, ROW_STATES[OutboxState(view)]) for view in ROW_VIEWS],
        state=state,
        cursor=cursor,
        wrong=wrong or {},
        here="outbox",
    )


def _node_name(session: Session, incident: Incident, instance: Instance) -> str:
    nodes = engine.load(session, instance.version_id).definition.nodes
    return nodes[incident.node].name if incident.node in nodes else incident.node


def _told(incident: Incident, instance: Instance) -> str:
    """As they were when it broke; one that is older than that column shows those of today."""
    kept = instance.variables if incident.variables is None else incident.variables
    return masked(json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True))
