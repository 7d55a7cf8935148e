"""Beside the ticket: comments, and telling others of it."""

from collections.abc import Callable

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Invalid
from app.tickets import policy, queries, service
from app.tickets.pages.talk import COMMENT, COPY, URGE, Talked, choices
from app.tickets.pages.ticket import show_page
from app.tickets.presentation import people_of
from app.tickets.routes.base import PAGE_KEY, bp, words
from app.web.actor import current_actor

FIND = "find"


@bp.post("/tickets/<number>/comment")
def comment(number: str) -> AnyResponse:
    key = request.form.get("client_key", "")

    def act() -> None:
        with transaction() as session:
            service.comment(
                session,
                actor=current_actor(),
                now=utcnow(),
                number=number,
                text=words("text"),
                to=request.form.getlist("to"),
                client_key=key if PAGE_KEY.fullmatch(key) else None,
            )

    return _do(number, COMMENT, act, "留言已经写上。2 分钟内可以撤回。")


@bp.post("/tickets/<number>/comments/<int:comment_id>/withdraw")
def withdraw_comment(number: str, comment_id: int) -> AnyResponse:
    with transaction() as session:
        service.withdraw_comment(
            session, actor=current_actor(), now=utcnow(), number=number, comment_id=comment_id
        )
    flash("留言已经撤回，办理过程里划去留着。")
    return redirect(url_for("tickets.show", number=number))


@bp.post("/tickets/<number>/copy")
def copy(number: str) -> AnyResponse:
    def act() -> None:
        with transaction() as session:
            service.copy_to(
                session,
                actor=current_actor(),
                now=utcnow(),
                number=number,
                to=request.form.getlist("to"),
                text=words("text"),
            )

    return _do(number, COPY, act, "已经抄送，对方在“抄送我”里能看到。")


@bp.post("/tickets/<number>/urge")
def urge(number: str) -> AnyResponse:
    def act() -> None:
        with transaction() as session:
            service.urge(
                session, actor=current_actor(), now=utcnow(), number=number, text=words("text")
            )

    return _do(number, URGE, act, "已经催办，对方在待办里会看到“催”字。")


@bp.post("/tickets/<number>/seen")
def seen(number: str) -> AnyResponse:
    """What was told has been looked at; the page asks this by itself when it is opened."""
    with transaction() as session:
        service.mark_seen(session, actor=current_actor(), now=utcnow(), number=number)
    if request.headers.get("HX-Request"):
        return Response(status=204)
    return redirect(url_for("tickets.show", number=number))


@bp.get("/tickets/<number>/people")
def people(number: str) -> str:
    """Whom the search finds, beside those who are ticked already."""
    typed = _typed(request.args.get("form", COMMENT), in_address=True)
    with reading() as session:
        ticket = queries.access_ticket(session, number, current_actor(), policy.can_view)
        near = people_of(session, ticket)
        found = choices(session, ticket, current_actor(), near, typed)
    return render_template("tickets/people.html", choices=found, typed=typed)


def _do(number: str, form: str, act: Callable[[], None], done: str) -> AnyResponse:
    """Done and back to the ticket; or the page again with what was typed and what to mend."""
    if request.form.get("act") == FIND:
        return _again(number, _typed(form), 200)
    try:
        act()
    except Invalid as error:
        return _again(number, _typed(form, error), 422)
    flash(done)
    return redirect(url_for("tickets.show", number=number))


def _typed(form: str, error: Invalid | None = None, *, in_address: bool = False) -> Talked:
    sent = request.args if in_address else request.form
    return Talked(
        form,
        text=sent.get("text", "").replace("\0", ""),
        to=tuple(name.replace("\0", "") for name in sent.getlist("to"))[:50],
        q=sent.get("q", "").replace("\0", "").strip()[:50],
        errors=error.errors if error else (),
    )


def _again(number: str, typed: Talked, status: int) -> AnyResponse:
    with reading() as session:
        ticket = queries.access_ticket(session, number, current_actor(), policy.can_view)
        context = show_page(session, ticket, current_actor(), talked=typed)
    page = render_template("tickets/show.html", **context, view="form", here="todo")
    return Response(page, status, mimetype="text/html")
