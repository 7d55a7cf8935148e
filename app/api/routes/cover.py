"""Who is away, and who stands in for whom."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, SearchQuery
from app.api.shapes.cover import (
    AbsenceBody,
    AbsenceQuery,
    AbsenceShape,
    LastDayBody,
    MandateBody,
    MandateShape,
    PairBody,
    PairShape,
    VersionBody,
)
from app.identity import service
from app.identity.queries import cover

api = Registrar("请假、委托和AB角")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/absences", "本人和归您登记的人的请假，新的在前", 400, 401)
def list_absences(act: Act, query: AbsenceQuery) -> Items[AbsenceShape]:
    page = cover.list_absences(
        act.session,
        actor=act.actor,
        now=act.now,
        since=query.since,
        until=query.until,
        q=query.q,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(AbsenceShape.of))


@api.post("/absences", "登记请假", *REFUSALS, status=201)
def create_absence(act: Act, body: AbsenceBody) -> AbsenceShape:
    made = service.enter_absence(
        act.session,
        actor=act.actor,
        now=act.now,
        username=body.person,
        first=body.since,
        last=body.until,
        kind=body.kind,
        note=body.note,
    )
    return AbsenceShape.of(cover.absence_row(act.session, made, act.actor, act.now))


@api.post("/absences/<int:absence_id>/change", "改请假的最后一天", *REFUSALS)
def change_absence(act: Act, absence_id: int, body: LastDayBody) -> AbsenceShape:
    changed = service.change_absence(
        act.session,
        actor=act.actor,
        now=act.now,
        absence_id=absence_id,
        version=body.version,
        last=body.until,
    )
    return AbsenceShape.of(cover.absence_row(act.session, changed, act.actor, act.now))


@api.post("/absences/<int:absence_id>/end", "销假；还没有开始的，就是取消", *REFUSALS)
def end_absence(act: Act, absence_id: int, body: VersionBody) -> AbsenceShape:
    ended = service.end_absence(
        act.session, actor=act.actor, now=act.now, absence_id=absence_id, version=body.version
    )
    return AbsenceShape.of(cover.absence_row(act.session, ended, act.actor, act.now))


@api.get("/mandates", "本人写的、委托给本人的和归您管的委托，新的在前", 400, 401)
def list_mandates(act: Act, query: SearchQuery) -> Items[MandateShape]:
    page = cover.list_mandates(
        act.session,
        actor=act.actor,
        now=act.now,
        q=query.q,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(MandateShape.of))


@api.post("/mandates", "写委托", *REFUSALS, status=201)
def create_mandate(act: Act, body: MandateBody) -> MandateShape:
    made = service.write_mandate(
        act.session,
        actor=act.actor,
        now=act.now,
        username=body.person,
        deputy=body.deputy,
        first=body.since,
        last=body.until,
        processes=body.processes,
        reason=body.reason,
    )
    return MandateShape.of(cover.mandate_row(act.session, made, act.actor, act.now))


@api.post("/mandates/<int:mandate_id>/change", "改委托的最后一天", *REFUSALS)
def change_mandate(act: Act, mandate_id: int, body: LastDayBody) -> MandateShape:
    changed = service.change_mandate(
        act.session,
        actor=act.actor,
        now=act.now,
        mandate_id=mandate_id,
        version=body.version,
        last=body.until,
    )
    return MandateShape.of(cover.mandate_row(act.session, changed, act.actor, act.now))


@api.post("/mandates/<int:mandate_id>/end", "结束委托；受托人已经签收的由他办完", *REFUSALS)
def end_mandate(act: Act, mandate_id: int, body: VersionBody) -> MandateShape:
    ended = service.end_mandate(
        act.session, actor=act.actor, now=act.now, mandate_id=mandate_id, version=body.version
    )
    return MandateShape.of(cover.mandate_row(act.session, ended, act.actor, act.now))


@api.post("/mandates/<int:mandate_id>/revoke", "撤销委托；受托人已经签收的也收回", *REFUSALS)
def revoke_mandate(act: Act, mandate_id: int, body: VersionBody) -> MandateShape:
    revoked = service.revoke_mandate(
        act.session, actor=act.actor, now=act.now, mandate_id=mandate_id, version=body.version
    )
    return MandateShape.of(cover.mandate_row(act.session, revoked, act.actor, act.now))


@api.get("/pairs", "本人的和归您管的AB角", 400, 401)
def list_pairs(act: Act, query: SearchQuery) -> Items[PairShape]:
    page = cover.list_pairs(
        act.session, actor=act.actor, q=query.q, cursor=query.cursor, limit=query.limit
    )
    return Items.of(page.map(PairShape.of))


@api.post("/pairs", "设置AB角", *REFUSALS, status=201)
def create_pair(act: Act, body: PairBody) -> PairShape:
    made = service.enter_pair(
        act.session,
        actor=act.actor,
        now=act.now,
        unit=body.unit,
        position=body.position,
        a=body.a,
        b=body.b,
    )
    return PairShape.of(cover.pair_row(act.session, made, act.actor))


@api.post("/pairs/<int:pair_id>/end", "结束AB角", *REFUSALS)
def end_pair(act: Act, pair_id: int, body: VersionBody) -> PairShape:
    ended = service.end_pair(
        act.session, actor=act.actor, now=act.now, pair_id=pair_id, version=body.version
    )
    return PairShape.of(cover.pair_row(act.session, ended, act.actor))
