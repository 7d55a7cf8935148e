"""Importing sheets: checked row by row, then carried out when that is confirmed."""

from app.administration import queries, service
from app.administration.service.importing import PEOPLE
from app.administration.types import RowState
from app.api.registrar import Act, Registrar
from app.api.shapes.attachments import FileUpload
from app.api.shapes.base import Items
from app.api.shapes.imports import (
    ImportQuery,
    ImportReport,
    ImportRowShape,
    ImportShape,
    RowsQuery,
)
from app.core.errors import NotFound
from app.web.step_up import require_step_up

api = Registrar("批量导入")


@api.post(
    "/imports/<kind>",
    "检查一张人员表（xlsx 或 csv，列见操作手册），逐行说明；kind 是 people",
    *(400, 401, 403, 404, 413, 415, 422, 503),
    status=201,
)
def create_import(act: Act, kind: str, query: ImportQuery, body: FileUpload) -> ImportReport:
    if kind != PEOPLE:
        raise NotFound("没有这种导入，现在只有 people。")
    if query.confirm:
        require_step_up()
    found = service.check_sheet(
        act.session,
        actor=act.actor,
        now=act.now,
        accepted=body.accepted,
        client_key=service.new_key(),
    )
    if query.confirm and found.ready:
        service.confirm(act.session, actor=act.actor, now=act.now, import_id=found.id)
    return ImportReport.telling(found, queries.all_rows(act.session, found.id))


@api.get("/imports/people/<import_id>", "一次导入到哪里了", 401, 403, 404)
def show_import(act: Act, import_id: str) -> ImportShape:
    return ImportShape.of(service.access(act.session, import_id, act.actor))


@api.get("/imports/people/<import_id>/rows", "逐行的结果", 400, 401, 403, 404)
def list_import_rows(act: Act, import_id: str, query: RowsQuery) -> Items[ImportRowShape]:
    found = service.access(act.session, import_id, act.actor)
    states = [RowState(query.state)] if query.state else list(RowState)
    page = queries.list_rows(act.session, found.id, states, cursor=query.cursor, limit=query.limit)
    return Items.of(page.map(ImportRowShape.of))


@api.post("/imports/people/<import_id>/confirm", "导入能导入的行", 401, 403, 404, 409, 422)
def confirm_import(act: Act, import_id: str) -> ImportShape:
    require_step_up()
    return ImportShape.of(
        service.confirm(act.session, actor=act.actor, now=act.now, import_id=import_id)
    )


@api.post("/imports/people/<import_id>/stop", "停止；已经导入的留着", 401, 403, 404, 409, 422)
def stop_import(act: Act, import_id: str) -> ImportShape:
    return ImportShape.of(
        service.stop(act.session, actor=act.actor, now=act.now, import_id=import_id)
    )
