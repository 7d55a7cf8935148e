"""Related tickets: linking one by its number, and taking that back."""

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Invalid, Malformed
from app.tickets import policy, queries, service
from app.tickets.pages.related import Linking
from app.tickets.pages.ticket import show_page
from app.tickets.routes.base import bp, words
from app.tickets.types import CHOSEN_KINDS, LinkKind
from app.web.actor import current_actor


@bp.post("/tickets/<number>/links")
def link(number: str) -> AnyResponse:
    sent = request.form.get("kind", "")
    if sent not in CHOSEN_KINDS:
        raise Malformed("请选择是什么关系：前一件、补充件或相关件。")
    to = words("to")[:100]
    try:
        with transaction() as session:
            service.link(
                session,
                actor=current_actor(),
                now=utcnow(),
                number=number,
                to=to,
                kind=LinkKind(sent),
            )
    except Invalid as error:
        return _again(number, Linking(to, sent, tuple(error.errors)))
    flash("已经关联，两件的页面上都看得到。")
    return redirect(url_for("tickets.show", number=number))


@bp.post("/tickets/<number>/links/<int:link_id>/remove")
def unlink(number: str, link_id: int) -> AnyResponse:
    with transaction() as session:
        service.unlink(session, actor=current_actor(), now=utcnow(), number=number, link_id=link_id)
    flash("已经取消关联。")
    return redirect(url_for("tickets.show", number=number))


def _again(number: str, typed: Linking) -> AnyResponse:
    with reading() as session:
        ticket = queries.access_ticket(session, number, current_actor(), policy.can_view)
        context = show_page(session, ticket, current_actor(), linking=typed)
    page = render_template("tickets/show.html", **context, view="form", here="todo")
    return Response(page, 422, mimetype="text/html")
