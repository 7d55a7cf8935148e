"""Paper ledgers: checked row by row, booked when a second person confirms."""

from app.api.registrar import Act, Registrar
from app.api.shapes.attachments import FileUpload
from app.api.shapes.base import Items, PageQuery
from app.api.shapes.oldbooks import (
    OldBookConfirmBody,
    OldBookReport,
    OldBookShape,
    OldBookWithdrawBody,
)
from app.oldbooks import queries, service
from app.oldbooks.models import OldBook
from app.web.step_up import require_step_up

api = Registrar("旧台账导入")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.post(
    "/imports/old-books",
    "检查旧的账户管理台账、权限管理台账（xlsx 或 csv，列见操作手册），逐行说明；什么也不写入",
    *(400, 401, 403, 409, 413, 415, 422, 503),
    status=201,
)
def import_old_book(act: Act, body: FileUpload) -> OldBookReport:
    made = service.check_sheet(act.session, actor=act.actor, now=act.now, accepted=body.accepted)
    return _report(act, made)


@api.get("/imports/old-books", "查看范围内的旧台账导入，新的在前", 400, 401, 403)
def list_old_books(act: Act, query: PageQuery) -> Items[OldBookShape]:
    page = queries.list_books(act.session, act.actor, cursor=query.cursor, limit=query.limit)
    return Items.of(page.map(OldBookShape.of))


@api.get("/imports/old-books/<int:book_id>", "一次导入的报告，逐行", 401, 403, 404)
def show_old_book(act: Act, book_id: int) -> OldBookReport:
    return _report(act, queries.access_book(act.session, book_id, act.actor))


@api.post(
    "/imports/old-books/<int:book_id>/confirm",
    "确认导入，由上传人以外的人办；账户、权限和台账一起写入，冲突的不生效、限期整改",
    *REFUSALS,
)
def confirm_old_book(act: Act, book_id: int, body: OldBookConfirmBody) -> OldBookReport:
    require_step_up()
    made = service.confirm(
        act.session, actor=act.actor, now=act.now, book_id=book_id, version=body.version
    )
    return _report(act, made)


@api.post("/imports/old-books/<int:book_id>/withdraw", "撤回还没有确认的导入", *REFUSALS)
def withdraw_old_book(act: Act, book_id: int, body: OldBookWithdrawBody) -> OldBookReport:
    made = service.withdraw(
        act.session,
        actor=act.actor,
        now=act.now,
        book_id=book_id,
        version=body.version,
        reason=body.reason,
    )
    return _report(act, made)


def _report(act: Act, book: OldBook) -> OldBookReport:
    act.session.flush()
    act.session.expire(book)
    return OldBookReport.telling(book, queries.rows_of(act.session, book.id))
