"""The public page: a number and four digits, sent by POST so that no address keeps them."""

from flask import Blueprint, render_template, request

from app.core import origin
from app.core.clock import utcnow
from app.core.db import transaction
from app.core.errors import AppError
from app.progress import service
from app.web.actor import public
from app.web.errors import status_of

bp = Blueprint("progress", __name__)
Refused = tuple[str, int, dict[str, str]]


@bp.get("/progress")
@public
def page() -> str:
    return render_template("progress/show.html", typed={}, found=None, error=None)


@bp.post("/progress")
@public
def ask() -> str | Refused:
    number = request.form.get("number", "").replace("\0", "")
    with transaction() as session:
        found = service.ask(
            session,
            number=number,
            tail=request.form.get("tail", ""),
            address=origin.current().ip or "",
            now=utcnow(),
        )
    if not isinstance(found, AppError):
        return render_template("progress/show.html", typed={}, found=found, error=None)
    shown = render_template(
        "progress/show.html", typed={"number": number}, found=None, error=found.text
    )
    wait = found.facts.get("retry_after")
    return shown, status_of(found), {"Retry-After": str(wait)} if wait else {}
