"""Events of people: who retires, moves, is away, comes back."""

import secrets

from app.api.registrar import Act, Registrar
from app.api.shapes.attachments import FileUpload
from app.api.shapes.base import Items
from app.api.shapes.personnel import (
    PersonEventBody,
    PersonEventCancelBody,
    PersonEventShape,
    PersonEventsQuery,
    PersonImportQuery,
    PersonImportReport,
)
from app.personnel import asking, queries, service
from app.personnel.models import PersonEvent

api = Registrar("人员变动")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/person-events", "您单位的人员变动，管账户和权限的看本县市的，最近的在前", 400, 401, 403)
def list_person_events(act: Act, query: PersonEventsQuery) -> Items[PersonEventShape]:
    kind, state = query.asked
    page = queries.list_events(
        act.session,
        actor=act.actor,
        kind=kind,
        state=state,
        q=query.q,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(PersonEventShape.of))


@api.get("/person-events/<int:event_id>", "一条人员变动", 401, 403, 404)
def show_person_event(act: Act, event_id: int) -> PersonEventShape:
    return PersonEventShape.of(queries.event_row(act.session, act.actor, event_id))


@api.post(
    "/person-events",
    "登记一条人员变动；日子到了的马上生效，要清理权限的同时发起办件",
    *REFUSALS,
    status=201,
)
def create_person_event(act: Act, body: PersonEventBody) -> PersonEventShape:
    draft = asking.draft_of(body.typed)
    made = service.enter(act.session, actor=act.actor, now=act.now, draft=draft, source="api")
    return _shown(act, made)


@api.post("/person-events/<int:event_id>/cancel", "撤销还没有生效的人员变动", *REFUSALS)
def cancel_person_event(act: Act, event_id: int, body: PersonEventCancelBody) -> PersonEventShape:
    gone = service.cancel(
        act.session,
        actor=act.actor,
        now=act.now,
        event_id=event_id,
        version=body.version,
        reason=body.reason,
    )
    return _shown(act, gone)


@api.post(
    "/imports/person-events",
    "检查一张人员变动表（xlsx 或 csv），逐行说明",
    *(400, 401, 403, 413, 415, 422, 503),
    status=201,
)
def import_person_events(
    act: Act, query: PersonImportQuery, body: FileUpload
) -> PersonImportReport:
    found = service.check_sheet(
        act.session,
        actor=act.actor,
        now=act.now,
        accepted=body.accepted,
        client_key=secrets.token_hex(16),
    )
    if query.confirm:
        service.confirm(act.session, actor=act.actor, now=act.now, sheet_id=found.id)
    return PersonImportReport.of(found)


@api.get("/imports/person-events/<sheet_id>", "一次导入的结果，逐行", 401, 403, 404)
def show_person_import(act: Act, sheet_id: str) -> PersonImportReport:
    return PersonImportReport.of(service.import_of(act.session, sheet_id, act.actor))


@api.post("/imports/person-events/<sheet_id>/confirm", "登记能登记的行", 401, 403, 404, 409, 422)
def confirm_person_import(act: Act, sheet_id: str) -> PersonImportReport:
    return PersonImportReport.of(
        service.confirm(act.session, actor=act.actor, now=act.now, sheet_id=sheet_id)
    )


def _shown(act: Act, event: PersonEvent) -> PersonEventShape:
    act.session.flush()
    return PersonEventShape.of(queries.event_row(act.session, act.actor, event.id))
