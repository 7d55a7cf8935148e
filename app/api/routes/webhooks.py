"""Addresses of other systems that are told what happens. The same acts as on the pages."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, PageQuery
from app.api.shapes.cover import VersionBody
from app.api.shapes.webhooks import (
    ChangedWebhookBody,
    DeliveriesQuery,
    DeliveryShape,
    NewWebhookBody,
    WebhookShape,
)
from app.web.step_up import require_step_up
from app.webhooks import queries, service

api = Registrar("向外推送")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)
HERE = "/webhooks/<int:webhook_id>"


@api.get("/webhooks", "范围内登记的推送地址，新的在前", 400, 401, 403)
def list_webhooks(act: Act, query: PageQuery) -> Items[WebhookShape]:
    page = queries.list_endpoints(
        act.session, actor=act.actor, cursor=query.cursor, limit=query.limit
    )
    return Items.of(page.map(WebhookShape.of))


@api.get(HERE, "一个推送地址", 401, 403, 404)
def show_webhook(act: Act, webhook_id: int) -> WebhookShape:
    return _shown(act, webhook_id)


@api.post("/webhooks", "登记推送地址；回答里有签名密钥，只有这一次", *REFUSALS, status=201)
def create_webhook(act: Act, body: NewWebhookBody) -> WebhookShape:
    require_step_up()
    made, secret = service.add_endpoint(
        act.session, actor=act.actor, now=act.now, unit=body.unit, wanted=body.wanted
    )
    return _shown(act, made.id, secret)


@api.post(f"{HERE}/change", "改名称、地址、推送哪些事", *REFUSALS)
def change_webhook(act: Act, webhook_id: int, body: ChangedWebhookBody) -> WebhookShape:
    require_step_up()
    service.change_endpoint(
        act.session,
        actor=act.actor,
        now=act.now,
        endpoint_id=webhook_id,
        version=body.version,
        wanted=body.wanted,
    )
    return _shown(act, webhook_id)


@api.post(f"{HERE}/switch-on", "启用，或者结束自动暂停；等着送的接着送", *REFUSALS)
def switch_on_webhook(act: Act, webhook_id: int, body: VersionBody) -> WebhookShape:
    service.switch_on(
        act.session,
        actor=act.actor,
        now=act.now,
        endpoint_id=webhook_id,
        version=body.version,
    )
    return _shown(act, webhook_id)


@api.post(f"{HERE}/switch-off", "停用，什么也不再送", *REFUSALS)
def switch_off_webhook(act: Act, webhook_id: int, body: VersionBody) -> WebhookShape:
    service.switch_off(
        act.session,
        actor=act.actor,
        now=act.now,
        endpoint_id=webhook_id,
        version=body.version,
    )
    return _shown(act, webhook_id)


@api.post(f"{HERE}/rotate", "换签名密钥；旧的还一起签一天，回答里有新的", *REFUSALS)
def rotate_webhook(act: Act, webhook_id: int, body: VersionBody) -> WebhookShape:
    require_step_up()
    _, secret = service.rotate_secret(
        act.session,
        actor=act.actor,
        now=act.now,
        endpoint_id=webhook_id,
        version=body.version,
    )
    return _shown(act, webhook_id, secret)


@api.post(f"{HERE}/ping", "试发一条，看对方收不收得到", 401, 403, 404, 409, status=201)
def ping_webhook(act: Act, webhook_id: int) -> DeliveryShape:
    made = service.ping(act.session, actor=act.actor, now=act.now, endpoint_id=webhook_id)
    return DeliveryShape.of(made)


@api.get(f"{HERE}/deliveries", "推送的记录，新的在前", 400, 401, 403, 404)
def list_webhook_deliveries(
    act: Act, webhook_id: int, query: DeliveriesQuery
) -> Items[DeliveryShape]:
    queries.endpoint_row(act.session, act.actor, webhook_id)
    page = queries.list_deliveries(
        act.session, webhook_id, state=query.asked, cursor=query.cursor, limit=query.limit
    )
    return Items.of(page.map(DeliveryShape.of))


@api.post(f"{HERE}/deliveries/<int:delivery_id>/replay", "重发一次", 401, 403, 404, 409)
def replay_webhook_delivery(act: Act, webhook_id: int, delivery_id: int) -> DeliveryShape:
    again = service.replay(
        act.session,
        actor=act.actor,
        now=act.now,
        endpoint_id=webhook_id,
        delivery_id=delivery_id,
    )
    return DeliveryShape.of(again)


def _shown(act: Act, webhook_id: int, secret: str | None = None) -> WebhookShape:
    return WebhookShape.of(queries.endpoint_row(act.session, act.actor, webhook_id), secret)
