"""Use cases of printed forms: preview, freeze with the unit's seal, check a paper."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.attachments import service as attachments
from app.attachments.queries import list_places
from app.attachments.types import SCANS, Accepted, FileRefused
from app.audit.service import note
from app.core import outbox
from app.core.actor import Actor
from app.core.crypto import digest, seal, unseal
from app.core.errors import ExternalFailure
from app.documents import copies, naming
from app.documents.models import Document, SealKey
from app.documents.queries import (
    SCAN,
    access_print,
    access_scan,
    document_by_hash,
    frozen_pdf,
    print_data,
    specimen_data,
    template_of,
    title_of,
)
from app.documents.types import CannotPrint, DocumentNotFound, DocumentState, NotFrozen, Printed
from app.identity.models import Unit
from app.identity.queries import name_then
from app.identity.types import UnitKind
from app.processes import engine
from app.processes.queries import get_instance
from app.processes.types import InstanceEnded
from app.tickets.models import Ticket
from app.tickets.policy import is_requester
from app.tickets.queries import ticket_of
from app.tickets.revealing import count_print
from pdf import house
from pdf.sign import (
    Credential,
    Signer,
    Verification,
    issue_seal,
    make_authority,
)
from pdf.sign import seal as seal_pdf
from pdf.sign import verify as verify_pdf
from pdf.types import PdfUnavailable, RenderFailed

CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that reads like something else
AUTHORITY = "办件本地签章机构（演示）"
Mode = Literal["draft", "wet", "final", "record"]


class Renderer(Protocol):
    def render(self, template: str, data: dict[str, Any], *, mode: Mode) -> bytes: ...


@dataclass(frozen=True)
class Press:
    """What printing needs from outside, handed over by the wiring."""

    renderer: Renderer
    base_url: str
    demo: bool
    edition: str = ""


_press: list[Press] = []


def configure(press: Press) -> None:
    _press[:] = [press]


def preview(
    session: Session, ticket: Ticket, name: str, mode: Mode = "draft", *, now: datetime
) -> Printed:
    """The form as it stands: `draft` watermarked, `wet` with empty lines to sign on paper.

    Raises: DocumentNotFound, CannotPrint, ExternalFailure.
    """
    template, data = _filling(session, ticket, name, check_code="", now=now)
    content = copies.content_of(_the_press().edition, template, data, mode)
    known = copies.find(session, ticket.instance_id, name, mode, content)
    if known is not None:
        return Printed(known, mode)
    loaded = engine.load(session, ticket.instance.version_id)
    return Printed(_print(template, data, mode, loaded), mode, content)


def printable(session: Session, ticket: Ticket, name: str, mode: str, *, now: datetime) -> Printed:
    """The sealed original where there is one, else a draft or the form for wet signature.

    Raises: DocumentNotFound, CannotPrint, NotFrozen.
    """
    if mode == "wet":
        return preview(session, ticket, name, "wet", now=now)
    original = frozen_pdf(session, ticket, name)
    if original is not None and mode != "draft":
        return Printed(original, "final")
    if mode == "final":
        raise NotFrozen
    return preview(session, ticket, name, "draft", now=now)


def note_print(
    session: Session, *, actor: Actor, now: datetime, number: str, name: str, printed: Printed
) -> None:
    """A form with whole numbers leaves: who took which one, before a byte of it is sent (S44).

    Printing is daily work and is not stopped; beyond the limit of a day there is an alarm. What
    was rendered anew is kept for the next who asks.
    Raises: TicketNotFound, NotYourPrint.
    """
    ticket = access_print(session, number, actor, lock=True)
    facts: dict[str, Any] = {
        "name": name,
        "kind": printed.kind,
        "sha256": digest(printed.data),
    }
    if not is_requester(actor, ticket):  # he knows the numbers: he typed them
        facts["today"], is_alarm = count_print(session, actor=actor, now=now)
        if is_alarm:
            note(session, ticket.instance, "personal.print_alarm", now=now, actor=actor, **facts)
    note(session, ticket.instance, "document.printed", now=now, actor=actor, **facts)
    if printed.content is not None:
        copies.keep(
            session,
            now=now,
            instance_id=ticket.instance_id,
            name=name,
            mode=printed.kind,
            content=printed.content,
            data=printed.data,
        )


def order_documents(session: Session, event: InstanceEnded) -> None:
    """A closed ticket gets its originals: a row now, the bytes by the outbox after the commit."""
    if event.result != "closed":
        return
    ticket = ticket_of(session, event.instance_id)
    loaded = engine.load(session, ticket.instance.version_id)
    for name in loaded.document_names:
        order(session, ticket, loaded, name, event.at)


def order(
    session: Session,
    ticket: Ticket,
    loaded: engine.Loaded,
    name: str,
    now: datetime,
    *,
    issuer: int | None = None,
) -> None:
    """The original of one form of the present submission: its row now, its bytes after the commit.

    One that is there already stays as it is. `issuer` is the unit that seals it, where it is not
    that of the ticket.
    """
    known = select(Document.id).where(
        Document.instance_id == ticket.instance_id,
        Document.name == name,
        Document.submission == ticket.submission,
    )
    if session.scalar(known) is not None:
        return
    code = "-".join("".join(secrets.choice(CODE_LETTERS) for _ in range(4)) for _ in range(3))
    session.add(
        Document(
            instance_id=ticket.instance_id,
            name=name,
            title=title_of(session, loaded, name),
            submission=ticket.submission,
            check_code=code,
            created_at=now,
        )
    )
    outbox.add(
        session,
        "documents.freeze",
        {
            "instance": ticket.instance_id,
            "name": name,
            "submission": ticket.submission,
            "issuer": issuer,
        },
        key=f"{ticket.number}:{name}:{ticket.submission}",
        now=now,
        ticket=ticket.number,
    )


def freeze(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """Render the final form, seal it, keep it; safe to run twice."""
    instance = get_instance(session, payload["instance"], lock=True)
    ticket = ticket_of(session, instance.id)
    document = session.scalars(
        select(Document).where(
            Document.instance_id == instance.id,
            Document.name == payload["name"],
            Document.submission == payload["submission"],
        )
    ).one()
    if document.state is not DocumentState.PENDING:
        return
    template, data = _filling(
        session, ticket, document.name, check_code=document.check_code, now=now
    )
    loaded = engine.load(session, instance.version_id)
    plain = _print(template, data, "final", loaded)
    original = seal_pdf(
        plain,
        _signer(session, ticket, payload.get("issuer"), now),
        reason=f"{document.title} {ticket.number}",
    )
    document.pdf = seal(original)
    document.sha256 = digest(original)
    document.template_sha256 = digest(template_of(session, ticket, document.name).encode())
    document.state, document.frozen_at = DocumentState.FROZEN, now
    facts = {"name": document.name, "sha256": document.sha256, "code": document.check_code}
    note(session, instance, "document.frozen", now=now, actor=None, **facts)


def add_scan(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    name: str,
    accepted: Accepted,
) -> Ticket:
    """Keep the scan of the signed paper beside its form; the same bytes twice are one scan.

    Raises: TicketNotFound, NotYourScan, DocumentNotFound, FileRefused, TooManyFiles.
    """
    ticket = access_scan(session, number, actor, lock=True)
    template_of(session, ticket, name)
    if accepted.media_type not in SCANS:
        raise FileRefused("not_a_scan", "扫描件只收 PDF、PNG、JPG，请扫描成其中一种再上传。")
    sha256 = digest(accepted.data)
    there = list_places(session, SCAN, ticket.instance_id)
    if any(place == name and row.sha256 == sha256 for place, row in there):
        return ticket
    kept = attachments.keep(session, actor=actor, now=now, accepted=accepted)
    attachments.bind(
        session,
        actor=actor,
        now=now,
        ids=[("file", kept.id)],
        kind=SCAN,
        instance_id=ticket.instance_id,
        place=name,
    )
    facts = {"name": name, "sha256": sha256, "size": len(accepted.data)}
    note(session, ticket.instance, "document.scanned", now=now, actor=actor, **facts)
    return ticket


def check(session: Session, data: bytes) -> tuple[bool, Document | None, Verification]:
    """Is this file one of our originals, byte for byte, and what do its signatures say?

    A file that is no PDF gives a verification without signatures.
    """
    authority = session.scalars(select(SealKey).where(SealKey.unit_id.is_(None))).first()
    document = document_by_hash(session, digest(data))
    trusted = [authority.certificate] if authority else []
    return document is not None, document, verify_pdf(data, trusted)


def specimen(
    session: Session, loaded: engine.Loaded, name: str, answers: Mapping[str, Any]
) -> bytes:
    """A form of a version with answers that belong to no ticket, watermarked.

    Raises: DocumentNotFound, CannotPrint, ExternalFailure.
    """
    if name not in loaded.documents:
        raise DocumentNotFound
    data = specimen_data(session, loaded, name, answers)
    return _print(loaded.documents[name], data, "draft", loaded)


def own_paper(name: str, data: dict[str, Any]) -> bytes:
    """A paper of the house itself, which says what was said and done.

    Raises: CannotPrint, ExternalFailure.
    """
    given = {**data, "demo": _the_press().demo}
    return _print(house.template(name), given, "record")


def _the_press() -> Press:
    if not _press:
        raise ExternalFailure("打印服务没有配置。")
    return _press[0]


def _filling(
    session: Session, ticket: Ticket, name: str, *, check_code: str, now: datetime
) -> tuple[str, dict[str, Any]]:
    """The template of a form, and what it is filled with."""
    press = _the_press()
    template = template_of(session, ticket, name)
    return template, print_data(
        session,
        ticket,
        name,
        demo=press.demo,
        check_code=check_code,
        now=now,
        verify_url=f"{press.base_url}/verify/{check_code}" if check_code else "",
    )


def _print(
    template: str, data: dict[str, Any], mode: Mode, loaded: engine.Loaded | None = None
) -> bytes:
    try:
        return _the_press().renderer.render(template, data, mode=mode)
    except RenderFailed as error:
        raise _refused(error, loaded) from error
    except PdfUnavailable as error:
        raise ExternalFailure("打印服务暂时没有应答，请稍后再试。") from error


def _signer(session: Session, ticket: Ticket, issuer: int | None, now: datetime) -> Signer:
    """The seal of 所在单位 by the name on the paper, made with the first document that needs it.

    A section (科, 股) has no seal of its own: its bureau's leader signs, its bureau seals.
    """
    authority = _key(session, None, AUTHORITY, now)
    unit = session.get_one(Unit, issuer or ticket.unit_id)
    while unit.kind is UnitKind.SECTION and unit.parent_id is not None:
        unit = session.get_one(Unit, unit.parent_id)
    own = _key(session, unit.id, name_then(session, unit, ticket.opened_at), now)
    return Signer(Credential(unseal(own.key_sealed), own.certificate), authority.certificate)


def _key(session: Session, unit_id: int | None, name: str, now: datetime) -> SealKey:
    """Made with the first document that needs it; of two who make it at once, both take one."""
    where = SealKey.unit_id.is_(None) if unit_id is None else SealKey.unit_id == unit_id
    wanted = select(SealKey).where(where, SealKey.name == name)
    if (found := session.scalars(wanted).first()) is not None:
        return found
    if unit_id is None:
        made = make_authority(name, now=now)
    else:
        authority = _key(session, None, AUTHORITY, now)
        made = issue_seal(
            Credential(unseal(authority.key_sealed), authority.certificate), name, now=now
        )
    own = insert(SealKey).values(
        unit_id=unit_id,
        name=name,
        key_sealed=seal(made.key),
        certificate=made.certificate,
        created_at=now,
    )
    session.execute(own.on_conflict_do_nothing())
    return session.scalars(wanted).one()


def _refused(error: RenderFailed, loaded: engine.Loaded | None) -> CannotPrint:
    """A character that is on no font, told at the field of the form that holds it."""
    place, label = naming.field_of(loaded, error.path) if loaded else ("", "")
    if not (error.character and label):
        return CannotPrint(error.message)
    told = f"“{label}”{error.message.removeprefix(error.path)}"
    return CannotPrint(told, path=place, character=error.character)
