"""The address book of an area."""

import secrets

from app.api.registrar import Act, Registrar
from app.api.shapes.attachments import FileUpload
from app.api.shapes.base import Items, PageQuery
from app.api.shapes.phonebook import (
    PhoneBody,
    PhoneChangeBody,
    PhoneEntriesQuery,
    PhoneEntryBody,
    PhoneEntryShape,
    PhoneFindingShape,
    PhoneImportShape,
    PhoneMarkBody,
)
from app.phonebook import listing, service
from app.phonebook.reading import lines_of
from app.phonebook.types import State

api = Registrar("通讯录")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/phonebook", "本区市的通讯录，最近登记的在前；按名称找的照名称排", 400, 401, 403)
def list_phone_entries(act: Act, query: PhoneEntriesQuery) -> Items[PhoneEntryShape]:
    page = listing.list_entries(
        act.session,
        actor=act.actor,
        chosen=query.chosen,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(PhoneEntryShape.of))


@api.post("/phonebook/find", "按整个号码找", 400, 401, 403, 413, 415, 422, writes=False)
def find_phone_entries(act: Act, body: PhoneBody) -> Items[PhoneEntryShape]:
    found = listing.find_entries(act.session, actor=act.actor, phone=body.phone)
    return Items(items=[PhoneEntryShape.of(one) for one in found])


@api.post("/phonebook", "登记一个号码", *REFUSALS, status=201)
def create_phone_entry(act: Act, body: PhoneEntryBody) -> PhoneEntryShape:
    made = service.add(act.session, actor=act.actor, now=act.now, given=body.given)
    return _shown(act, made.id)


@api.get("/phonebook/<int:entry_id>", "一个号码", 401, 403, 404)
def show_phone_entry(act: Act, entry_id: int) -> PhoneEntryShape:
    return _shown(act, entry_id)


@api.post("/phonebook/<int:entry_id>/change", "修改", *REFUSALS)
def change_phone_entry(act: Act, entry_id: int, body: PhoneChangeBody) -> PhoneEntryShape:
    service.edit(
        act.session,
        actor=act.actor,
        now=act.now,
        entry_id=entry_id,
        version=body.version,
        given=body.given,
    )
    return _shown(act, entry_id)


@api.post("/phonebook/<int:entry_id>/mark", "标成错号、停用，或者恢复", *REFUSALS)
def mark_phone_entry(act: Act, entry_id: int, body: PhoneMarkBody) -> PhoneEntryShape:
    service.mark(
        act.session,
        actor=act.actor,
        now=act.now,
        entry_id=entry_id,
        version=body.version,
        state=State(body.state),
        reason=body.reason,
    )
    return _shown(act, entry_id)


@api.get("/phonebook/imports", "导入过的表格，最近的在前", 400, 401, 403)
def list_phone_imports(act: Act, query: PageQuery) -> Items[PhoneImportShape]:
    page = listing.list_imports(
        act.session, actor=act.actor, cursor=query.cursor, limit=query.limit
    )
    return Items.of(page.map(PhoneImportShape.of))


@api.post(
    "/phonebook/imports",
    "从表格（xlsx 或 csv）导入；对的行收进通讯录，不对的见 findings",
    *(400, 401, 403, 413, 415, 422, 503),
    status=201,
)
def import_phone_entries(act: Act, body: FileUpload) -> PhoneImportShape:
    made = service.take_in(
        act.session,
        actor=act.actor,
        now=act.now,
        sheet=body.accepted.name,
        lines=lines_of(body.accepted.data, body.accepted.media_type),
        client_key=secrets.token_hex(16),
    )
    return PhoneImportShape.of(listing.import_row(act.session, act.actor, made.id))


@api.get("/phonebook/imports/<int:phone_import_id>", "一次导入", 401, 403, 404)
def show_phone_import(act: Act, phone_import_id: int) -> PhoneImportShape:
    return PhoneImportShape.of(listing.import_row(act.session, act.actor, phone_import_id))


@api.get(
    "/phonebook/imports/<int:phone_import_id>/findings", "没有收的行和原因", 400, 401, 403, 404
)
def list_phone_findings(
    act: Act, phone_import_id: int, query: PageQuery
) -> Items[PhoneFindingShape]:
    listing.import_row(act.session, act.actor, phone_import_id)
    page = listing.list_findings(
        act.session, phone_import_id, cursor=query.cursor, limit=query.limit
    )
    return Items.of(page.map(PhoneFindingShape.of))


def _shown(act: Act, entry_id: int) -> PhoneEntryShape:
    return PhoneEntryShape.of(listing.entry_row(act.session, act.actor, entry_id))
