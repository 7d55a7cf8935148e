"""我的签名: kept, replaced and dropped by its owner; what was signed stays as it was."""

import base64
import io
from collections.abc import Callable

import pytest
from PIL import Image
from sqlalchemy import select

from app.audit.models import Event
from app.identity import service
from app.identity.queries import stored_signature
from app.identity.signatures import MAX_BYTES, BadSignature, Signing, plain
from tests.support.office import Browser, Office, drawing

HEAD = "qinyongan"
KINDS = ("person.signature", "person.signature_dropped")


def png(*size: int) -> bytes:
    return base64.b64decode(drawing(size or (120, 50)))  # type: ignore[arg-type]


def on_file(office: Office, who: str = HEAD) -> bytes | None:
    office.session.expire_all()
    return stored_signature(office.session, office.actor(who).person_id)


def kinds(office: Office) -> list[str]:
    found = select(Event.kind).where(Event.kind.in_(KINDS)).order_by(Event.id)
    return list(office.session.scalars(found))


def test_drawn_it_is_kept_and_offered(office: Office, browser: Callable[[str], Browser]) -> None:
    before = on_file(office)
    head = browser(HEAD)
    answer = head.post("/signature", **{"own-signature": drawing((200, 60))})
    assert answer.status_code == 302
    kept = on_file(office)
    assert kept
    assert kept != before
    assert "您的备案签名" in head.get("/signature").text
    assert "我的签名" in head.get("/tasks").text
    assert kinds(office) == ["person.signature"]


def test_the_same_picture_twice_is_kept_once(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    head = browser(HEAD)
    for _ in range(2):
        head.post("/signature", **{"own-signature": drawing((210, 60))})
    assert kinds(office) == ["person.signature"]


def test_a_picture_is_taken_and_the_way_back_is_kept(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    ticket = office.start()
    office.session.commit()
    way = f"/tickets/{ticket.number}"
    sent = (io.BytesIO(png(300, 90)), "签名.png")
    answer = browser(HEAD).post("/signature", file=sent, next=way)
    assert answer.location == way
    outside = browser(HEAD).post(
        "/signature", file=(io.BytesIO(png(300, 91)), "a.png"), next="//elsewhere.invalid"
    )
    assert outside.location == "/"


def _jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (50, 50), "red").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        _jpeg(),
        png(2001, 20),
        base64.b64decode(drawing(blank=True)),
        b"\x89PNG\r\n\x1a\n" + bytes(MAX_BYTES),
    ],
    ids=["nothing", "text", "jpeg", "too wide", "blank", "too many bytes"],
)
def test_what_is_no_signature_is_refused_with_a_reason(
    office: Office, browser: Callable[[str], Browser], data: bytes
) -> None:
    before = on_file(office)
    answer = browser(HEAD).post("/signature", file=(io.BytesIO(data), "签名.png"))
    assert answer.status_code == 422
    assert "签名" in answer.text
    assert on_file(office) == before
    assert kinds(office) == []


def test_nothing_else_travels_in_the_file() -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    image.putpixel((3, 3), (0, 0, 0, 255))
    out = io.BytesIO()
    image.save(out, "PNG", exif=b"Exif\x00\x00hidden words")
    assert b"hidden" not in plain(out.getvalue() + b"hidden behind")
    with pytest.raises(BadSignature):
        plain(b"")


def test_dropped_twice_is_dropped_once(office: Office, browser: Callable[[str], Browser]) -> None:
    head = browser(HEAD)
    for _ in range(2):
        assert head.post("/signature/remove").status_code == 302
    assert on_file(office) is None
    assert kinds(office).count("person.signature_dropped") <= 1
    assert "还没有存" in head.get("/signature").text


def test_what_was_signed_keeps_its_picture(office: Office) -> None:
    """It is copied into the task: replacing or dropping the one on file touches nothing."""
    actor = office.actor(HEAD)
    service.store_signature(office.session, actor=actor, png=png(100, 40), now=office.tick())
    ticket = office.start()
    task = office.decide(ticket, signing=Signing("stored"))
    assert task.signature == png(100, 40)
    service.store_signature(office.session, actor=actor, png=png(140, 44), now=office.tick())
    service.drop_signature(office.session, actor=actor, now=office.tick())
    office.session.expire_all()
    assert office.tasks(ticket)[0].signature == png(100, 40)


def test_the_panel_leads_there_as_long_as_there_is_none(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    service.drop_signature(office.session, actor=office.actor(HEAD), now=office.tick())
    ticket = office.start()
    office.session.commit()
    page = browser(HEAD).get(f"/tickets/{ticket.number}").text
    assert f"/signature?next=/tickets/{ticket.number}" in page
    service.store_signature(office.session, actor=office.actor(HEAD), png=png(), now=office.tick())
    office.session.commit()
    assert "/signature?next=" not in browser(HEAD).get(f"/tickets/{ticket.number}").text


def test_it_is_of_nobody_else(office: Office, browser: Callable[[str], Browser]) -> None:
    """The address names no person: everybody keeps his own."""
    before = on_file(office)
    browser("qutianyu").post("/signature", **{"own-signature": drawing((222, 60))})
    assert on_file(office) == before
    assert on_file(office, "qutianyu") != before
