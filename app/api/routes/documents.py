"""Printed forms, and the check of a file somebody was given."""

from typing import Literal

from app.api.registrar import Act, Registrar
from app.api.shapes.attachments import FileUpload
from app.api.shapes.base import Items, Pdf, Query
from app.api.shapes.documents import DocumentShape, PdfUpload, SignatureShape, VerifyAnswer
from app.core.crypto import digest
from app.documents import queries, records, service
from app.documents.queries import document_by_hash
from app.tickets import policy
from app.tickets.queries import access_ticket
from pdf.sign import Verification

api = Registrar("打印件")


class PrintQuery(Query):
    mode: Literal["", "draft", "wet", "final"] = ""


@api.get("/tickets/<number>/documents", "一件的打印件", 401, 404)
def list_documents(act: Act, number: str) -> Items[DocumentShape]:
    ticket = access_ticket(act.session, number, act.actor, policy.can_view)
    rows = queries.list_documents(act.session, ticket, act.actor)
    return Items(items=[DocumentShape.of(row) for row in rows])


@api.get(
    "/tickets/<number>/documents/<name>.pdf",
    "正式件；办结前是带“草稿”的预览，mode=wet 供手签",
    *(400, 401, 403, 404, 409, 503),
    writes=True,
)
def download(act: Act, number: str, name: str, query: PrintQuery) -> Pdf:
    ticket = queries.access_print(act.session, number, act.actor)
    printed = service.printable(act.session, ticket, name, query.mode, now=act.now)
    service.note_print(
        act.session, actor=act.actor, now=act.now, number=number, name=name, printed=printed
    )
    return Pdf(printed.data, f"{number}-{name}-{printed.kind}.pdf", digest(printed.data))


@api.get(
    "/tickets/<number>/record.pdf",
    "全程记录：申请、各步办理、全过程、附件、台账和审计链，号码隐去中间",
    *(401, 404, 409, 503),
    writes=True,
)
def download_record(act: Act, number: str) -> Pdf:
    data = records.print_record(act.session, actor=act.actor, now=act.now, number=number)
    records.note_record(act.session, actor=act.actor, now=act.now, number=number, data=data)
    return Pdf(data, f"{number}-record.pdf", digest(data))


@api.post(
    "/tickets/<number>/documents/<name>/scan",
    "签字盖章后的扫描件（PDF、PNG、JPG）",
    *(400, 401, 403, 404, 413, 415, 422, 429, 503),
    status=201,
)
def create_scan(act: Act, number: str, name: str, body: FileUpload) -> DocumentShape:
    ticket = service.add_scan(
        act.session,
        actor=act.actor,
        now=act.now,
        number=number,
        name=name,
        accepted=body.accepted,
    )
    rows = queries.list_documents(act.session, ticket, act.actor)
    return DocumentShape.of(next(row for row in rows if row.name == name))


@api.post("/verify", "这份 PDF 是不是原件", 413, 415, is_public=True, writes=False)
def verify(act: Act, body: PdfUpload) -> VerifyAnswer:
    original, document, found = service.check(act.session, body.data)
    return VerifyAnswer(
        original=original,
        state=document.state.value if document else _stranger(act, found),
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


def _stranger(act: Act, found: Verification) -> Literal["changed", "unknown"]:
    """Not ours byte for byte; perhaps ours before somebody added to it or touched a byte."""
    is_ours = document_by_hash(act.session, found.original_hash) or any(
        not one.valid and queries.is_seal(act.session, one.signer) for one in found.signatures
    )
    return "changed" if is_ours else "unknown"
