"""离岗交接: choose who leaves, read what he has open, hand it over in one act."""

from collections.abc import Mapping

from flask import render_template, request
from werkzeug.wrappers import Response

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Invalid
from app.identity.queries import (
    find_person_by_username,
    ids_of,
    list_people,
    people_by_ids,
    scope_of,
)
from app.repairs import handover
from app.repairs.routes.base import bp, words
from app.repairs.types import NoSuchLeaver
from app.web.actor import current_actor

NEAR = 100


@bp.get("/handover")
def leaving() -> str | tuple[str, int]:
    """`person` is a user name, or a name that one person alone bears."""
    asked = request.args.get("person", "").strip()
    if not asked:
        return _page(None)
    try:
        return _page(_username(asked))
    except NoSuchLeaver as error:
        return _page(None, {"person": error.text}), 404


@bp.post("/handover/<username>")
def hand_over(username: str) -> str | tuple[str, int] | Response:
    receivers = {
        name.removeprefix("to-"): words(name) for name in request.form if name.startswith("to-")
    }
    try:
        with transaction() as session:
            report = handover.hand_over(
                session,
                actor=current_actor(),
                now=utcnow(),
                username=username,
                receivers=receivers,
                mark=words("mark"),
                reason=words("reason"),
            )
    except Invalid as error:
        wrong = {one.path: one.message for one in error.errors}
        return _page(username, wrong, request.form), 422
    return render_template(
        "repairs/handed.html", report=report, what=handover.WHAT, here="handover"
    )


def _username(asked: str) -> str:
    """Raises: NoSuchLeaver."""
    with reading() as session:
        if (known := find_person_by_username(session, asked)) is not None:
            return known.username
        found = people_by_ids(session, ids_of(session, asked))
        if len(found) != 1:
            raise NoSuchLeaver
        return next(iter(found.values())).username


def _page(
    username: str | None,
    wrong: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> str:
    actor = current_actor()
    with reading() as session:
        found = (
            handover.preview(session, actor=actor, now=utcnow(), username=username)
            if username
            else None
        )
        reach = scope_of(session, actor)
        people = list_people(session, reach=reach, now=utcnow(), limit=NEAR).items
        return render_template(
            "repairs/handover.html",
            handover=found,
            what=handover.WHAT,
            people=people,
            asked=request.args.get("person", ""),
            wrong=wrong or {},
            typed=typed or {},
            here="handover",
        )
