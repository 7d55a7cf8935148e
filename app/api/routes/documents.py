"""Printed forms, and the check of a file somebody was given."""

from typing import Literal

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, Pdf, Query
from app.api.shapes.documents import DocumentShape, PdfUpload, SignatureShape, VerifyAnswer
from app.api.types import NoPart
from app.core.crypto import digest
from app.documents import queries, service
from app.documents.queries import document_by_hash
from app.tasks.queries import takes_part
from app.tickets import policy
from app.tickets.models import Ticket
from app.tickets.queries import access_ticket

api = Registrar("打印件")


class PrintQuery(Query):
    mode: str = ""


@api.get("/tickets/<number>/documents", "一件的打印件", 401, 404)
def list_documents(act: Act, number: str) -> Items[DocumentShape]:
    ticket = access_ticket(act.session, number, act.actor, policy.can_view)
    rows = queries.list_documents(act.session, ticket)
    return Items(items=[DocumentShape.of(row) for row in rows])


@api.get(
    "/tickets/<number>/documents/<name>.pdf",
    "正式件；办结前是带“草稿”的预览，mode=wet 供手签",
    *(400, 401, 403, 404, 409, 503),
)
def download(act: Act, number: str, name: str, query: PrintQuery) -> Pdf:
    ticket = access_ticket(act.session, number, act.actor, policy.can_view)
    if not _has_part(act, ticket):
        raise NoPart
    data, kind = service.printable(act.session, ticket, name, query.mode, now=act.now)
    return Pdf(data, f"{number}-{name}-{kind}.pdf", digest(data))


@api.post("/verify", "这份 PDF 是不是原件", 413, 415, is_public=True, writes=False)
def verify(act: Act, body: PdfUpload) -> VerifyAnswer:
    original, document, found = service.check(act.session, body.data)
    return VerifyAnswer(
        original=original,
        state=document.state.value if document else _stranger(act, found.original_hash),
        signatures=[
            SignatureShape(
                signer=one.signer,
                valid=one.valid,
                covers_whole_file=one.covers_whole_file,
                signed_at=one.signed_at,
                reason=one.reason,
            )
            for one in found.signatures
        ],
        changes=list(found.changes),
    )


def _stranger(act: Act, original_hash: str) -> Literal["changed", "unknown"]:
    """Not ours byte for byte; perhaps ours before somebody added to it."""
    return "changed" if document_by_hash(act.session, original_hash) else "unknown"


def _has_part(act: Act, ticket: Ticket) -> bool:
    """Prints carry whole ID numbers; answers are masked for everybody else (S43)."""
    if ticket.requester_id == act.actor.person_id:
        return True
    return takes_part(act.session, act.actor, ticket.instance_id)
