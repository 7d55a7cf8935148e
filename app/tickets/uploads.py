"""Files in a posted form: each is kept at once, so that none is lost when another field is refused.

The page then names them by their ids, as if they had been there before.
"""

from dataclasses import dataclass, field

from flask import g, request
from werkzeug.datastructures import MultiDict

from app.attachments import service
from app.attachments.names import tidy
from app.attachments.types import MAX_BYTES, FileRefused, ScannerSilent, TooManyFiles
from app.core.clock import utcnow
from app.core.db import transaction
from app.core.errors import Fault
from app.web.actor import current_actor

PREFIX = "upload-"
MOST = 20
BODY_LIMIT = 64 * 2**20  # three of the largest; the form page's script sends them one by one


@dataclass(frozen=True)
class Sent:
    """The fields of the form with the ids of the files that came along, and what was refused."""

    fields: MultiDict[str, str]
    errors: list[Fault] = field(default_factory=list)


def sent() -> Sent:
    """What this request brought; asked for again, it keeps nothing twice."""
    if "sent" not in g:
        g.sent = _receive()
    found: Sent = g.sent
    return found


def _receive() -> Sent:
    received = Sent(MultiDict(request.form))
    brought = [
        (name.removeprefix(PREFIX), file)
        for name, file in request.files.items(multi=True)
        if name.startswith(PREFIX) and file.filename
    ]
    for name, file in brought[:MOST]:
        path, shown = name.replace("-", "."), ".".join(filter(None, tidy(file.filename or "")))
        try:
            accepted = service.check(file.filename or "", file.read(MAX_BYTES + 1))
            with transaction() as session:
                kept = service.keep(session, actor=current_actor(), now=utcnow(), accepted=accepted)
            received.fields.add(name, kept.id)
        except (FileRefused, TooManyFiles, ScannerSilent) as error:
            received.errors.append(Fault(path, error.code, f"“{shown[:60]}”：{error.text}"))
    if len(brought) > MOST:
        told = f"一次最多上传 {MOST} 个文件，后面的没有收，请再选一次。"
        received.errors.append(Fault(brought[MOST][0].replace("-", "."), "too_many_files", told))
    return received
