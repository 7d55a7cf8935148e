"""Files in the browser: upload by a script of the form page, download, sandboxed look."""

from flask import Blueprint, Response, jsonify, request

from app.attachments import service
from app.attachments.queries import access_attachment
from app.attachments.types import MAX_BYTES, FileRefused, FileTooLarge
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import NotFound, TooLarge
from app.web.actor import current_actor

bp = Blueprint("attachments", __name__)
# Whatever slipped through the checks finds no origin, no script and no address to call.
CLOSED = "default-src 'none'; sandbox"
PICTURE = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox"


@bp.post("/attachments")
def upload() -> Response:
    """What the form page's script sends as soon as a file is chosen."""
    actor, files = current_actor(), request.files.getlist("file")
    if len(files) != 1:
        raise FileRefused("required", "请选择一个文件。")
    try:
        accepted = service.check(files[0].filename or "", files[0].read(MAX_BYTES + 1))
    except FileTooLarge as error:
        raise TooLarge(error.text) from error
    with transaction() as session:
        made = service.keep(session, actor=actor, now=utcnow(), accepted=accepted)
        answer = {"id": made.id, "name": made.name, "size": made.size}
    response = jsonify(answer)
    response.status_code = 201
    return response


@bp.get("/attachments/<attachment_id>")
def download(attachment_id: str) -> Response:
    data, name, media_type = _bytes(attachment_id)
    response = Response(data, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = CLOSED
    return response


@bp.get("/attachments/<attachment_id>/preview")
def preview(attachment_id: str) -> Response:
    """Pictures and PDF beside the page; everything else is downloaded."""
    data, name, media_type = _bytes(attachment_id, shown=True)
    response = Response(data, mimetype=media_type)
    response.headers.set("Content-Disposition", "inline", filename=name)
    response.headers["Content-Security-Policy"] = PICTURE
    return response


def _bytes(attachment_id: str, *, shown: bool = False) -> tuple[bytes, str, str]:
    with reading() as session:
        found = access_attachment(session, attachment_id, current_actor())
        if shown and not found.is_shown:
            raise NotFound("这种文件不能在网页里看，请下载后打开。")
        return service.read(found), found.name, found.media_type
