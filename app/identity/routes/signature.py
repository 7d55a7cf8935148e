"""我的签名: the signature that somebody keeps here to sign with, by his own hand alone."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.identity import queries, service, signatures
from app.identity.routes.base import bp
from app.identity.signatures import BadSignature, Signing
from app.web.actor import current_actor
from app.web.links import local_path


@bp.get("/signature")
def own_signature() -> str:
    return _page()


@bp.post("/signature")
def keep_signature() -> Response | tuple[str, int]:
    """Drawn on the page, or a picture of one."""
    try:
        png = _sent()
    except BadSignature as error:
        return _page(str(error)), 422
    with transaction() as session:
        service.store_signature(session, actor=current_actor(), png=png, now=utcnow())
    flash("签名已经存好，办理时选“用备案签名”就盖上它。以前签过的不变。")
    return redirect(_way() or url_for("identity.own_signature"))


@bp.post("/signature/remove")
def remove_signature() -> Response:
    with transaction() as session:
        service.drop_signature(session, actor=current_actor(), now=utcnow())
    flash("备案签名已经删除。以前签过的不变，再要签名时现场手写。")
    return redirect(url_for("identity.own_signature"))


def _sent() -> bytes:
    """Raises: BadSignature."""
    file = request.files.get("file")
    if file is not None and file.filename:
        return signatures.plain(file.read(signatures.MAX_BYTES + 1))
    return signatures.picture(Signing("drawn", request.form.get("own-signature", "")))


def _way() -> str:
    """Back to where it was missed; nothing where the page was opened by itself."""
    asked = request.values.get("next", "")
    return local_path(asked) if asked else ""


def _page(error: str = "") -> str:
    with reading() as session:
        stored = queries.stored_signature(session, current_actor().person_id)
    return render_template(
        "identity/signature.html",
        stored=signatures.for_screen(stored) if stored else "",
        error=error,
        next=_way(),
    )
