"""旧台账导入 in the browser: the list, an upload, its report, confirming and taking back."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.attachments import service as attachments
from app.attachments.types import MAX_BYTES, FileRefused
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError, Conflict
from app.core.sheets import XLSX
from app.core.tables import SheetRefused
from app.oldbooks import policy, queries, service
from app.oldbooks.service.reporting import columns
from app.oldbooks.types import MOST_ROWS, BadReason, OldBookTwice, RowState
from app.web.actor import current_actor
from app.web.downloads import attachment
from app.web.errors import status_of
from app.web.step_up import require_step_up

bp = Blueprint("oldbooks", __name__)


@bp.get("/old-books")
def index() -> str:
    return _list_page()


@bp.get("/old-books/template.xlsx")
def template() -> Response:
    return attachment(service.template(), XLSX, "旧台账.xlsx")


@bp.post("/old-books")
def upload() -> AnyResponse:
    """The same file is one import, whoever sends it and however often."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return Response(_list_page("还没有选文件。请选填好的表格再上传。"), 422)
    try:
        accepted = attachments.check(file.filename, file.read(MAX_BYTES + 1))
        with transaction() as session:
            made = service.check_sheet(
                session, actor=current_actor(), now=utcnow(), accepted=accepted
            )
    except (SheetRefused, FileRefused, OldBookTwice) as error:
        return Response(_list_page(error.text), status_of(error))
    return redirect(url_for("oldbooks.show", book_id=made.id))


@bp.get("/old-books/<int:book_id>")
def show(book_id: int) -> str:
    return _page(book_id)


@bp.get("/old-books/<int:book_id>/report.xlsx")
def report(book_id: int) -> Response:
    with transaction() as session:
        file = service.export(
            session, actor=current_actor(), now=utcnow(), book_id=book_id, state=_chosen()
        )
    return attachment(file.data, XLSX, file.name)


@bp.post("/old-books/<int:book_id>/confirm")
def confirm(book_id: int) -> AnyResponse:
    require_step_up()
    try:
        with transaction() as session:
            made = service.confirm(
                session,
                actor=current_actor(),
                now=utcnow(),
                book_id=book_id,
                version=request.form.get("version", type=int),
            )
            done = made.ready
    except Conflict as error:
        return Response(_page(book_id, error=error), status_of(error))
    flash(f"已经导入 {done} 行，账户和权限已经记入台账。")
    return redirect(url_for("oldbooks.show", book_id=book_id))


@bp.post("/old-books/<int:book_id>/withdraw")
def withdraw(book_id: int) -> AnyResponse:
    reason = request.form.get("reason", "").replace("\0", "")
    try:
        with transaction() as session:
            service.withdraw(
                session,
                actor=current_actor(),
                now=utcnow(),
                book_id=book_id,
                version=request.form.get("version", type=int),
                reason=reason,
            )
    except (BadReason, Conflict) as error:
        return Response(_page(book_id, error=error, reason=reason), status_of(error))
    flash("已经撤回，什么也没有导入；改好以后可以再上传。")
    return redirect(url_for("oldbooks.show", book_id=book_id))


def _chosen() -> RowState | None:
    word = request.args.get("rows", "")
    return RowState(word) if word in set(RowState) else None


def _list_page(refused: str = "") -> str:
    actor, cursor = current_actor(), request.args.get("cursor")
    with reading() as session:
        return render_template(
            "oldbooks/index.html",
            here="old-books",
            page=queries.list_books(session, actor, cursor=cursor),
            cursor=cursor,
            may_upload=policy.keeps(actor) is not None,
            columns=columns(),
            most=MOST_ROWS,
            refused=refused,
        )


def _page(book_id: int, *, error: AppError | None = None, reason: str = "") -> str:
    actor, cursor, chosen = current_actor(), request.args.get("cursor"), _chosen()
    with reading() as session:
        book = queries.access_book(session, book_id, actor)
        return render_template(
            "oldbooks/show.html",
            here="old-books",
            book=book,
            rows=queries.list_rows(session, book.id, chosen, cursor=cursor),
            chosen=chosen,
            cursor=cursor,
            error=error,
            wrong={one.path: one.message for one in getattr(error, "errors", ())},
            reason=reason,
            may_confirm=policy.can_confirm(
                actor, book.division_id, uploaded_by=book.uploaded_by_id
            ),
            may_withdraw=policy.can_withdraw(actor, book.division_id),
        )
