"""制度依据: rule sets in dated versions."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.rules import ReasonedBody, RuleBody, RuleShape, RulesQuery
from app.core import clock
from app.core.paging import Page
from app.identity.queries import unit_by_code
from app.rules import queries, service
from app.rules.types import Article, Draft

api = Registrar("制度依据")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/rules", "国家的、上级单位的和归您管的制度依据，一份一份，旧版在前", 400, 401)
def list_rules(act: Act, query: RulesQuery) -> Items[RuleShape]:
    page = queries.list_rules(
        act.session,
        actor=act.actor,
        today=clock.local(act.now).date(),
        key=query.key,
        cursor=query.cursor,
        limit=query.limit,
    )
    told = queries.told_by(act.session, [row.version for row in page.items])
    shown = tuple(RuleShape.of(row, told[row.version.id]) for row in page.items)
    return Items.of(Page(shown, page.next_cursor))


@api.get("/rules/<int:rule_id>", "一版制度依据", 401, 404)
def get_rule(act: Act, rule_id: int) -> RuleShape:
    return _shown(act, rule_id)


@api.post("/rules", "登记一版制度依据", *REFUSALS, status=201)
def create_rule(act: Act, body: RuleBody) -> RuleShape:
    unit = unit_by_code(act.session, body.unit) if body.unit else None
    draft = Draft(
        body.key,
        unit.id if unit else None,
        body.name,
        body.number,
        body.issuer,
        body.valid_from,
        body.valid_to,
        tuple(Article(one.number, one.text) for one in body.articles),
        body.ends_before,
    )
    made = service.enter_version(act.session, actor=act.actor, now=act.now, draft=draft)
    return _shown(act, made.id)


@api.post("/rules/<int:rule_id>/withdraw", "撤销一版制度依据", *REFUSALS)
def withdraw_rule(act: Act, rule_id: int, body: ReasonedBody) -> RuleShape:
    service.withdraw_version(
        act.session,
        actor=act.actor,
        now=act.now,
        version_id=rule_id,
        version=body.version,
        reason=body.reason,
    )
    return _shown(act, rule_id)


def _shown(act: Act, rule_id: int) -> RuleShape:
    row = queries.rule_row(act.session, act.actor, rule_id, clock.local(act.now).date())
    return RuleShape.of(row, queries.told_by(act.session, [row.version])[rule_id])
