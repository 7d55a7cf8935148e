"""向外推送: addresses of other systems, one of them with what was sent to it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError, Malformed
from app.identity.queries import list_units
from app.web.actor import current_actor
from app.web.errors import status_of
from app.web.step_up import require_step_up
from app.webhooks import queries, service
from app.webhooks.models import Endpoint
from app.webhooks.types import (
    DELIVERY_STATES,
    ENDPOINT_STATES,
    KIND_LABELS,
    BadEndpoint,
    DeliveryState,
    EndpointTwice,
    Kind,
    TooManyEndpoints,
    Wanted,
)

bp = Blueprint("webhooks", __name__, url_prefix="/admin/webhooks")
MOST_UNITS = 500  # to choose from
ONE = "/<int:webhook_id>"
DELIVERY = f"{ONE}/deliveries/<int:delivery_id>"
Refusal = BadEndpoint | EndpointTwice | TooManyEndpoints
WORDS: Mapping[str, Any] = {
    "kind_labels": KIND_LABELS,
    "states": ENDPOINT_STATES,
    "delivery_states": DELIVERY_STATES,
    "kinds": [kind.value for kind in Kind],
    "here": "webhooks",
}


@bp.get("")
def index() -> str:
    cursor = request.args.get("cursor")
    with reading() as session:
        page = queries.list_endpoints(session, actor=current_actor(), cursor=cursor)
        session.expunge_all()  # the page reads the rows after the session
    return render_template("webhooks/index.html", page=page, cursor=cursor, **WORDS)


@bp.get("/new")
def new() -> str:
    require_step_up()
    return _form({"unit": "", "name": "", "url": ""}, list(Kind))


@bp.post("")
def add() -> AnyResponse | str:
    require_step_up()
    typed, kinds = _typed()
    try:
        with transaction() as session:
            made, secret = service.add_endpoint(
                session,
                actor=current_actor(),
                now=utcnow(),
                unit=typed["unit"],
                wanted=Wanted(typed["name"], typed["url"], kinds),
            )
    except (BadEndpoint, EndpointTwice, TooManyEndpoints) as error:
        return Response(_form(typed, kinds, error), status_of(error), mimetype="text/html")
    return _secret(made, secret)


@bp.get(ONE)
def show(webhook_id: int) -> str:
    return _page(webhook_id)


@bp.post(f"{ONE}/change")
def change(webhook_id: int) -> AnyResponse:
    require_step_up()
    typed, kinds = _typed()
    try:
        with transaction() as session:
            service.change_endpoint(
                session,
                actor=current_actor(),
                now=utcnow(),
                endpoint_id=webhook_id,
                version=request.form.get("version", type=int),
                wanted=Wanted(typed["name"], typed["url"], kinds),
            )
    except (BadEndpoint, EndpointTwice) as error:
        page = _page(webhook_id, typed, kinds, error)
        return Response(page, status_of(error), mimetype="text/html")
    flash("已经改好，从下一条推送起照新的办。")
    return redirect(url_for("webhooks.show", webhook_id=webhook_id))


@bp.post(f"{ONE}/switch-on")
def switch_on(webhook_id: int) -> AnyResponse:
    return _done(webhook_id, service.switch_on, "已经启用：等着送的接着送，停用期间发生的事不补。")


@bp.post(f"{ONE}/switch-off")
def switch_off(webhook_id: int) -> AnyResponse:
    return _done(webhook_id, service.switch_off, "已经停用，什么也不再送。")


@bp.post(f"{ONE}/rotate")
def rotate(webhook_id: int) -> str:
    require_step_up()
    with transaction() as session:
        endpoint, secret = service.rotate_secret(
            session,
            actor=current_actor(),
            now=utcnow(),
            endpoint_id=webhook_id,
            version=request.form.get("version", type=int),
        )
    return _secret(endpoint, secret)


@bp.post(f"{ONE}/ping")
def ping(webhook_id: int) -> AnyResponse:
    with transaction() as session:
        service.ping(session, actor=current_actor(), now=utcnow(), endpoint_id=webhook_id)
    flash("已经试发一条，过几秒钟刷新，看下面第一行的结果。")
    return redirect(url_for("webhooks.show", webhook_id=webhook_id))


@bp.post(f"{DELIVERY}/replay")
def replay(webhook_id: int, delivery_id: int) -> AnyResponse:
    with transaction() as session:
        service.replay(
            session,
            actor=current_actor(),
            now=utcnow(),
            endpoint_id=webhook_id,
            delivery_id=delivery_id,
        )
    flash("已经排上重发，过几秒钟刷新看结果。编号不变，对方收过的会认出来。")
    return redirect(url_for("webhooks.show", webhook_id=webhook_id))


def _done(webhook_id: int, act: Callable[..., Endpoint], said: str) -> AnyResponse:
    with transaction() as session:
        act(
            session,
            actor=current_actor(),
            now=utcnow(),
            endpoint_id=webhook_id,
            version=request.form.get("version", type=int),
        )
    flash(said)
    return redirect(url_for("webhooks.show", webhook_id=webhook_id))


def _typed() -> tuple[dict[str, str], list[str]]:
    """What was typed, without the NUL that no database takes."""
    fields = ("unit", "name", "url")
    typed = {name: request.form.get(name, "").replace("\0", "") for name in fields}
    return typed, request.form.getlist("kind")


def _form(typed: Mapping[str, str], kinds: Sequence[str], error: Refusal | None = None) -> str:
    with reading() as session:
        units = list_units(session, actor=current_actor(), limit=MOST_UNITS).items
        session.expunge_all()
    return render_template(
        "webhooks/new.html", typed=typed, chosen=kinds, units=units, **_wrong(error), **WORDS
    )


def _page(
    webhook_id: int,
    typed: Mapping[str, str] | None = None,
    kinds: Sequence[str] = (),
    error: BadEndpoint | EndpointTwice | None = None,
) -> str:
    cursor, asked = request.args.get("cursor"), request.args.get("state", "")
    if asked and asked not in list(DeliveryState):
        raise Malformed
    state = DeliveryState(asked) if asked else None
    with reading() as session:
        row = queries.endpoint_row(session, current_actor(), webhook_id)
        page = queries.list_deliveries(session, webhook_id, state=state, cursor=cursor)
        session.expunge_all()
    one = row.endpoint
    return render_template(
        "webhooks/show.html",
        row=row,
        page=page,
        state=asked,
        cursor=cursor,
        typed=typed or {"name": one.name, "url": one.url},
        chosen=kinds if typed else one.kinds,
        now=utcnow(),
        **_wrong(error),
        **WORDS,
    )


def _wrong(error: AppError | None) -> dict[str, Any]:
    faults = error.errors if isinstance(error, BadEndpoint) else ()
    return {
        "error": error,
        "errors": faults,
        "wrong": {one.path: one.message for one in faults},
    }


def _secret(endpoint: Endpoint, secret: str) -> str:
    return render_template("webhooks/secret.html", endpoint=endpoint, secret=secret, **WORDS)
