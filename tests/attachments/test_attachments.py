"""POST and GET /attachments: who may bring and see files, once and only once, sealed on disk."""

import os
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.attachments import queries, service, store
from app.attachments.models import Attachment, Binding
from app.attachments.types import MAX_BYTES, MAX_LOOSE_COUNT
from app.core import crypto
from app.core.db import transaction
from tests.attachments import samples
from tests.attachments.conftest import Rest
from tests.support import servers
from tests.support.office import NOW, Browser, Office

PDF = samples.pdf()
FAR = "qutianyu"  # a clerk of another county


def rows(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Attachment)) or 0


def test_a_file_comes_back_as_it_went(clerk: Rest, folder: Path) -> None:
    """Sealed on disk with mode 0600, sent as a download that no browser renders."""
    answer = clerk.send("证明 1.PDF", PDF)
    assert answer.status_code == 201
    told = answer.json
    assert told.keys() == {"id", "name", "size", "media_type", "sha256", "created_at"}
    assert (told["name"], told["size"], told["media_type"]) == (
        "证明 1.pdf",
        len(PDF),
        "application/pdf",
    )
    (path,) = folder.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"%PDF" not in path.read_bytes()
    back = clerk.get(f"/attachments/{told['id']}")
    assert back.data == PDF
    assert back.headers["Content-Disposition"].startswith("attachment")
    assert back.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in back.headers["Content-Security-Policy"]
    assert back.headers["Cache-Control"] == "no-store"
    assert back.mimetype == "application/pdf"


def test_a_name_cannot_leave_its_header(clerk: Rest) -> None:
    one = clerk.keep('a"\r\nSet-Cookie: b=c; x.pdf', PDF)
    headers = clerk.get(f"/attachments/{one}").headers
    assert "Set-Cookie" not in headers
    assert "\n" not in headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("大.pdf", b"%PDF-" + bytes(MAX_BYTES - 4), 413),
        ("更大.pdf", bytes(MAX_BYTES + 200_000), 413),
        ("空.pdf", b"", 422),
        ("证明.exe", b"MZ" + bytes(99), 422),
        ("证明.png", PDF, 422),
    ],
)
def test_what_is_refused_leaves_nothing(
    clerk: Rest, session: Session, folder: Path, name: str, data: bytes, status: int
) -> None:
    answer = clerk.send(name, data)
    assert answer.status_code == status
    assert answer.json["detail"].endswith("。")
    assert rows(session) == 0
    assert not folder.exists() or not list(folder.iterdir())


def test_twenty_megabytes_are_taken(clerk: Rest) -> None:
    text = b"a line of text\n" * (MAX_BYTES // 15)
    assert clerk.keep("说明.txt", text.ljust(MAX_BYTES, b"."))


def test_elsewhere_the_limit_stands(clerk: Rest) -> None:
    big = "x" * 1_100_000
    assert clerk.post("/tickets", {"process": big}).status_code == 413


def test_only_one_file_and_nothing_else(clerk: Rest) -> None:
    assert clerk.post("/attachments", {"file": "x"}).status_code == 415
    both = {"file": (BytesIO(PDF), "a.pdf"), "more": (BytesIO(PDF), "b.pdf")}
    answer = clerk.client.post("/api/v1/attachments", data=both, headers=clerk._headers())
    assert answer.status_code == 422


def test_the_same_key_keeps_one_file(clerk: Rest, session: Session, folder: Path) -> None:
    """A double click answers alike; the same key with another file is refused."""
    first, second = (clerk.send("证明.pdf", PDF, key="k1") for _ in range(2))
    assert first.json == second.json
    assert rows(session) == 1
    assert len(list(folder.iterdir())) == 1
    assert clerk.send("证明.pdf", samples.pdf() + b"\n", key="k1").status_code == 422


def test_nobody_else_sees_a_loose_file(
    clerk: Rest, login: Callable[[str], Rest], browser: Callable[[str], Browser]
) -> None:
    """Foreign answers like missing, for a colleague and for another county alike."""
    one = clerk.keep("证明.pdf", PDF)
    missing = clerk.get("/attachments/nothing-like-this")
    assert missing.status_code == 404
    for username in ("qinyongan", FAR):
        answer = login(username).get(f"/attachments/{one}")
        assert answer.status_code == 404
        assert {**answer.json, "request_id": ""} == {**missing.json, "request_id": ""}
        for path in (f"/attachments/{one}", f"/attachments/{one}/preview"):
            assert browser(username).get(path).status_code == 404
    assert Rest(clerk.client).get(f"/attachments/{one}").status_code == 401


def test_in_the_browser_files_are_sandboxed(browser: Callable[[str], Browser]) -> None:
    clerk = browser("yaohaiyang")
    picture, text = samples.png(), "说明".encode()
    made = clerk.post("/attachments", file=(BytesIO(picture), "照片.png"))
    assert made.status_code == 201
    look = clerk.get(f"/attachments/{made.json['id']}/preview")
    assert (look.status_code, look.data) == (200, picture)
    assert look.headers["Content-Disposition"].startswith("inline")
    assert "sandbox" in look.headers["Content-Security-Policy"]
    assert "script" not in look.headers["Content-Security-Policy"]
    plain = clerk.post("/attachments", file=(BytesIO(text), "说明.txt")).json["id"]
    assert clerk.get(f"/attachments/{plain}/preview").status_code == 404
    load = clerk.get(f"/attachments/{plain}")
    assert load.headers["Content-Disposition"].startswith("attachment")
    assert clerk.post("/attachments", file=(BytesIO(b""), "空.png")).status_code == 422
    bare = clerk.client.post("/attachments", data={"file": (BytesIO(picture), "照片.png")})
    assert bare.status_code == 400  # without the page's token


def test_too_many_loose_files_wait(
    clerk: Rest, session: Session, login: Callable[[str], Rest]
) -> None:
    """One person's heap stops growing; another's begins with nothing."""
    for _ in range(MAX_LOOSE_COUNT):
        clerk.keep("说明.txt", b"a")
    answer = clerk.send("说明.txt", b"a")
    assert answer.status_code == 429
    assert "明天" in answer.json["detail"]
    assert login("qinyongan").send("说明.txt", b"a").status_code == 201
    assert rows(session) == MAX_LOOSE_COUNT + 1


def test_names_are_sealed_and_found_again(clerk: Rest, session: Session) -> None:
    clerk.keep("422899199001011234.pdf", PDF)
    session.rollback()
    (row,) = session.scalars(select(Attachment))
    assert b"4228" not in row.name_sealed
    assert row.name == "422899199001011234.pdf"


def test_a_swapped_file_is_not_sent(clerk: Rest, session: Session, folder: Path) -> None:
    """Every hash matches, or the file is called damaged: both by GET and by verify (I9)."""
    one, other = clerk.keep("证明.pdf", PDF), clerk.keep("照片.png", samples.png())
    session.rollback()
    files = {row.id: row.file for row in session.scalars(select(Attachment))}
    assert list(service.verify(session)) == []
    (folder / files[one]).write_bytes((folder / files[other]).read_bytes())
    assert clerk.get(f"/attachments/{one}").status_code == 503
    assert clerk.get(f"/attachments/{one}").json["code"] == "file_damaged"
    (folder / files[other]).unlink()
    assert len(list(service.verify(session))) == 2


def _age(path: Path, days: float) -> None:
    then = time.time() - days * 86_400
    os.utime(path, (then, then))


def test_what_nobody_used_is_swept(
    office: Office, session: Session, folder: Path, clerk: Rest
) -> None:
    """A loose row goes after a day, its bytes a day later; a bound one stays."""
    loose, bound = clerk.keep("一.txt", b"1"), clerk.keep("二.txt", b"2")
    session.rollback()
    for row in session.scalars(select(Attachment)):
        row.created_at = NOW
    ticket = office.start()
    actor = office.requester(ticket)
    service.bind(
        session,
        actor=actor,
        now=NOW,
        ids=[("x", bound)],
        kind="ticket",
        instance_id=ticket.instance_id,
        place="general",
    )
    later = NOW.replace(day=22)
    assert service.sweep_rows(session, now=NOW) == 0
    assert service.sweep_rows(session, now=later) == 1
    assert session.scalars(select(Attachment.id)).all() == [bound]
    assert loose
    assert service.sweep_files(session) == 0  # a backup may be copying it
    for path in folder.iterdir():
        _age(path, 1.5)
    assert len(list(service.verify(session))) == 0
    assert service.sweep_files(session) == 1
    assert len(list(folder.iterdir())) == 1
    assert list(service.verify(session)) == []


class Killed(BaseException):
    """The process ends here."""


def test_a_kill_between_file_and_commit_leaves_no_orphan(
    office: Office, session: Session, folder: Path
) -> None:
    """The file is there before its row; without the row the sweep finds it."""
    actor = office.actor("yaohaiyang")
    accepted = service.check("证明.pdf", PDF)

    def upload() -> None:
        with transaction() as act:
            service.keep(act, actor=actor, now=NOW, accepted=accepted)
            raise Killed

    with pytest.raises(Killed):
        upload()
    assert rows(session) == 0
    (path,) = folder.iterdir()
    assert service.sweep_files(session) == 0  # its row may be about to commit
    _age(path, 3)
    assert len(list(service.verify(session))) == 1
    half = folder / f"{store.HALF}x"
    half.write_bytes(b"half")
    _age(half, 3)
    assert service.sweep_files(session) == 2
    assert list(service.verify(session)) == []


def test_keys_are_changed_on_line(clerk: Rest, session: Session, folder: Path) -> None:
    """Every file is sealed anew under a new name; the old one is swept a day later."""
    one = clerk.keep("证明.pdf", PDF)
    crypto.configure({"t2": bytes(range(32, 64)), "t1": servers.FIELD_KEY})
    assert service.count_under_old_keys(session) == 1
    with transaction() as act:
        assert service.reseal_batch(act, limit=10) == 1
        assert service.reseal_batch(act, limit=10) == 0
    assert service.count_under_old_keys(session) == 0
    assert clerk.get(f"/attachments/{one}").data == PDF
    assert len(list(folder.iterdir())) == 2
    crypto.configure({"t1": servers.FIELD_KEY})


def test_a_file_of_one_ticket_serves_no_other(
    office: Office, session: Session, clerk: Rest
) -> None:
    one = clerk.keep("证明.pdf", PDF)
    ticket, other = office.start(), office.start()
    actor = office.requester(ticket)
    service.bind(
        session,
        actor=actor,
        now=NOW,
        ids=[("a", one)],
        kind="ticket",
        instance_id=ticket.instance_id,
        place="general",
    )
    assert queries.is_usable(session, one, actor, "ticket", ticket.instance_id)
    assert not queries.is_usable(session, one, actor, "ticket", other.instance_id)
    assert not queries.is_usable(session, one, office.actor(FAR), "ticket", None)
    assert not queries.is_usable(session, one, actor, "scan", ticket.instance_id)
    assert session.scalar(select(func.count()).select_from(Binding)) == 1


def test_commands(app: Flask, clerk: Rest, session: Session, folder: Path) -> None:
    clerk.keep("证明.pdf", PDF)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["attachments", "verify"]).exit_code == 0
    assert runner.invoke(args=["attachments", "sweep"]).exit_code == 0
    session.rollback()
    for path in folder.iterdir():
        path.unlink()
    done = runner.invoke(args=["attachments", "verify"])
    assert done.exit_code == 1
    assert "丢失" in done.output
