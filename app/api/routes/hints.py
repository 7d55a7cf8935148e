"""Risk hints: what the nightly re-check found, signed and handled."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.hints import HandleBody, HintShape, HintsQuery, SignBody
from app.hints import queries, service
from app.hints.types import Verdict

api = Registrar("风险提示")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/risk-hints", "查看范围内的风险提示，新的在前", 400, 401, 403)
def list_hints(act: Act, query: HintsQuery) -> Items[HintShape]:
    page = queries.list_hints(
        act.session,
        actor=act.actor,
        now=act.now,
        filters=query.filters,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(HintShape.of))


@api.get("/risk-hints/<int:hint_id>", "一条风险提示", 401, 403, 404)
def show_hint(act: Act, hint_id: int) -> HintShape:
    return _shown(act, hint_id)


@api.post("/risk-hints/<int:hint_id>/sign", "签收", *REFUSALS)
def sign_hint(act: Act, hint_id: int, body: SignBody) -> HintShape:
    service.sign(act.session, actor=act.actor, now=act.now, hint_id=hint_id, version=body.version)
    return _shown(act, hint_id)


@api.post("/risk-hints/<int:hint_id>/handle", "填处理情况，签收以后", *REFUSALS)
def handle_hint(act: Act, hint_id: int, body: HandleBody) -> HintShape:
    service.handle(
        act.session,
        actor=act.actor,
        now=act.now,
        hint_id=hint_id,
        version=body.version,
        verdict=Verdict(body.verdict) if body.verdict in set(Verdict) else None,
        words=body.text,
    )
    return _shown(act, hint_id)


def _shown(act: Act, hint_id: int) -> HintShape:
    return HintShape.of(
        queries.show_hint(act.session, actor=act.actor, now=act.now, hint_id=hint_id)
    )
