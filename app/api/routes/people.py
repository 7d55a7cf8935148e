"""Who I am, and the people and units a form may name."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, SearchQuery
from app.api.shapes.people import Me, PersonShape, UnitRow
from app.identity import queries

api = Registrar("人员和单位")


@api.get("/me", "本人、单位和岗位", 401)
def show_me(act: Act) -> Me:
    return Me.of(act.actor)


@api.get("/people", "范围内的人员，用于 person 字段", 400, 401)
def list_people(act: Act, query: SearchQuery) -> Items[PersonShape]:
    page = queries.list_people(
        act.session, actor=act.actor, q=query.q, cursor=query.cursor, limit=query.limit
    )
    return Items.of(page.map(PersonShape.of))


@api.get("/units", "范围内的单位，用于 unit 字段", 400, 401)
def list_units(act: Act, query: SearchQuery) -> Items[UnitRow]:
    page = queries.list_units(
        act.session, actor=act.actor, q=query.q, cursor=query.cursor, limit=query.limit
    )
    return Items.of(page.map(UnitRow.of))
