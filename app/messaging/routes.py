"""不发的词 in the browser: the list in force, a new one tried before it holds, its versions."""

from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.attachments import service as attachments
from app.attachments.types import MAX_BYTES
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError, Conflict, ErrorAt
from app.core.tables import SheetRefused
from app.messaging import queries, service, wording
from app.messaging.queries import Struck
from app.messaging.types import BadWords, NotYourWords
from app.web.actor import current_actor
from app.web.errors import status_of
from app.web.security import takes_files

bp = Blueprint("messaging", __name__)
BODY_LIMIT = MAX_BYTES + 1_000_000


@bp.get("/words")
def words() -> str:
    return _page()


@bp.post("/words")
@takes_files(BODY_LIMIT)
def change_words() -> AnyResponse:
    """`act`: import a file into the box, check what is in the box, or let it hold (enter)."""
    with reading() as session:
        if not queries.may_keep_words(session, current_actor()):
            raise NotYourWords
    typed = request.form.get("words", "").replace("\0", "").splitlines()
    act = request.form.get("act", "")
    try:
        if act == "import":
            typed = [*filter(str.strip, typed), *_imported()]
        if act != "enter":
            return _answer(_page(typed, tried=True))
        with transaction() as session:
            made = service.enter_words(
                session,
                actor=current_actor(),
                now=utcnow(),
                lines=typed,
                reason=_reason(),
                version=request.form.get("version", -1, type=int),
            )
            n = made.n
    except (BadWords, Conflict, SheetRefused) as error:
        return _answer(_page(typed, error=error), status_of(error))
    flash(f"第 {n} 版已经启用，从现在起照它检查。")
    return redirect(url_for("messaging.words"))


def _imported() -> list[str]:
    """Raises: SheetRefused."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise SheetRefused(message="还没有选文件。请选一个文件，一行一个词，或者有“词”一列的表格。")
    try:
        accepted = attachments.check(file.filename, file.read(MAX_BYTES + 1))
    except AppError as error:
        raise SheetRefused(message=error.text) from error
    return wording.lines_of(accepted.name, accepted.media_type, accepted.data)


def _reason() -> str:
    return request.form.get("reason", "").replace("\0", "")


def _answer(page: str, status: int = 200) -> Response:
    return Response(page, status, mimetype="text/html")


def _page(
    typed: Sequence[str] | None = None, *, tried: bool = False, error: AppError | None = None
) -> str:
    """`typed`: lines of the box, kept as they are; `tried`: what they would strike is shown."""
    cursor, actor = request.args.get("cursor"), current_actor()
    seen = None if isinstance(error, Conflict) else request.form.get("version", type=int)
    with reading() as session:
        page = queries.list_versions_of_words(session, actor=actor, cursor=cursor)
        current = queries.current_words(session)
        faults: Sequence[ErrorAt] = error.errors if isinstance(error, BadWords) else ()
        struck: Sequence[Struck] = ()
        if tried and typed is not None:
            good, faults = wording.judged(typed)
            struck = queries.struck_by(session, good)
        return render_template(
            "messaging/words.html",
            here="words",
            page=page,
            cursor=cursor,
            current=current,
            # After a conflict that was told, the next press goes over what somebody else entered.
            version=seen if seen is not None else (current.n if current else 0),
            lines=list(current.words if current else ()) if typed is None else list(typed),
            may_keep=queries.may_keep_words(session, actor),
            tried=tried,
            struck=struck,
            error=error,
            errors=faults,
            wrong={one.path: one.message for one in faults},
            reason=_reason(),
        )
