"""/healthz and /readyz; both public and free of any detail an outsider could use."""

from flask import Blueprint, Flask, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import utcnow
from app.core.db import reading
from app.health import service
from app.health.service import Probes
from app.web.actor import public

bp = Blueprint("health", __name__)


def init_app(app: Flask, probes: Probes) -> None:
    app.extensions["probes"] = probes
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
