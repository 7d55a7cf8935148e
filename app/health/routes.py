"""/healthz and /readyz, public and free of any detail an outsider could use; /metrics by token."""

import hmac
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import utcnow
from app.core.db import reading
from app.core.errors import NotFound
from app.health import counters, service
from app.health.figures import Figures
from app.health.service import Probes
from app.web.actor import public

bp = Blueprint("health", __name__)


@dataclass(frozen=True)
class Watch:
    """Who may read the figures, and where the processes of this machine keep their counts."""

    token: str
    counts: Path | None


def init_app(app: Flask, probes: Probes, watch: Watch) -> None:
    app.extensions["probes"] = probes
    app.extensions["figures"] = watch
    counters.init_app(app)
    app.register_blueprint(bp)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process is up."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> Response:
    """503 only without the database or before the first migration; the body tells of the rest."""
    probes: Probes = current_app.extensions["probes"]
    try:
        with reading() as session:
            found = service.readiness(session, probes, now=utcnow())
            ages = service.ages(session, now=utcnow())
    except SQLAlchemyError:
        response = jsonify(status="unavailable", database="down")
        response.status_code = 503
        return response
    parts = set(found.values()) & {"down", "late"}
    return jsonify(status="degraded" if parts else "ok", **found, **ages)


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Prometheus' text format, for who brings METRICS_TOKEN; without that setting, nothing is here.

    Raises: NotFound.
    """
    watch: Watch = current_app.extensions["figures"]
    if not watch.token:
        raise NotFound
    given = request.authorization
    token = given.token or "" if given is not None and given.type == "bearer" else ""
    if not hmac.compare_digest(token.encode(), watch.token.encode()):
        refused = Response("METRICS_TOKEN 不对。\n", 401, mimetype="text/plain")
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    body = counters.exposition(watch.counts, [Figures(reading, utcnow())])
    return Response(body, content_type=CONTENT_TYPE_PLAIN_0_0_4)
