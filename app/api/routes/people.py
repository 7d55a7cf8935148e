"""Who I am, and the people and units a form may name."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, SearchQuery
from app.api.shapes.people import Me, PeopleQuery, PersonShape, UnitRow
from app.identity import queries
from app.identity.queries.picking import Reach
from app.tickets import policy
from app.tickets.queries import access_ticket

api = Registrar("人员和单位")


@api.get("/me", "本人、单位和岗位", 401)
def show_me(act: Act) -> Me:
    return Me.of(act.actor)


@api.get("/people", "范围内的人员；给出 ticket，就是可以抄送和 @ 的人", 400, 401, 404)
def list_people(act: Act, query: PeopleQuery) -> Items[PersonShape]:
    page = queries.list_people(
        act.session,
        reach=_reach(act, query.ticket),
        now=act.now,
        q=query.q,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(PersonShape.of))


@api.get("/units", "范围内的单位，用于 unit 字段", 400, 401)
def list_units(act: Act, query: SearchQuery) -> Items[UnitRow]:
    page = queries.list_units(
        act.session, actor=act.actor, q=query.q, cursor=query.cursor, limit=query.limit
    )
    return Items.of(page.map(UnitRow.of))


def _reach(act: Act, number: str) -> Reach:
    """Raises: TicketNotFound."""
    if not number:
        return queries.scope_of(act.session, act.actor)
    ticket = access_ticket(act.session, number, act.actor, policy.can_view)
    return queries.colleagues(queries.get_unit(act.session, ticket.unit_id).path)
