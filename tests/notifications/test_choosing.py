"""What somebody chooses, the mailbox he shows to be his own, the log, and chats of units."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sqlalchemy import select, text

from app.config import BadSetting, Settings, SmtpServer
from app.core.clock import utcnow
from app.core.crypto import seal
from app.identity.models import Person
from app.identity.queries import unit_by_code
from app.notifications import chat, outside, service
from app.notifications.models import Channel, Delivery, Preference
from app.notifications.types import DeliveryState
from app.notifications.working import send_next
from tests.support.office import Browser, Office
from tests.support.smtp import MailServer, mail_server, words_of

HEAD, CLERK, KEEPER, COUNTY_KEEPER = "qinyongan", "yaohaiyang", "duanshiyu", "tanlihua"
OTHER_COUNTY = "422825"
ADDRESS = "qin.yongan@office.example"
SMTP = SmtpServer("127.0.0.1", 1, "smtp", "banjian@office.example")


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def reach(server: MailServer) -> None:
    smtp = SmtpServer("127.0.0.1", server.port, "smtp", "banjian@office.example")
    outside.configure(outside.Outside(smtp, {}, "https://banjian.example"))


def tell(office: Office, who: str, key: str) -> None:
    service.notify(
        office.session,
        kind="ticket.closed",
        people=[office.actor(who).person_id],
        key=key,
        facts={"process": "试"},
        now=utcnow(),
        ticket="X-1",
    )
    office.session.commit()


def send(office: Office) -> None:
    office.session.commit()
    while send_next():
        pass
    office.session.expire_all()


def test_mail_goes_only_where_somebody_has_shown_that_he_reads(
    office: Office, browser: Callable[[str], Browser], mailbox: MailServer
) -> None:
    office.session.commit()
    head = browser(HEAD)
    reach(mailbox)  # the site has joined its own settings
    for wrong in (
        "a@b.example\r\nBcc: c@d.example",
        "nobody",
        "a b@c.example",
        "x@y",
        "@",
        "é@c.de",
    ):
        answer = head.post("/notifications/address", address=wrong)
        assert answer.status_code == 422, wrong
        assert "请填一个邮箱地址" in answer.text
    for _ in range(2):  # a double click asks once
        assert head.post("/notifications/address", address=ADDRESS).status_code == 302
    send(office)
    tell(office, HEAD, "before")
    send(office)
    (asked,) = mailbox.taken
    code = re.search(r"确认码：([0-9]{6})", words_of(asked))
    assert code is not None
    page = head.get("/notifications").text
    assert "请确认您的邮箱" in page
    assert code[1] not in page
    other = f"{(int(code[1]) + 1) % 10**6:06d}"
    assert head.post("/notifications/address/confirm", code=other).status_code == 422
    assert head.post("/notifications/address/confirm", code=code[1]).status_code == 302
    assert head.post("/notifications/address/confirm", code=code[1]).status_code == 302
    tell(office, HEAD, "after")
    send(office)
    assert [one["To"] for one in mailbox.taken] == [ADDRESS, ADDRESS]
    kept = office.session.scalars(select(Preference)).one()
    assert ADDRESS.encode() not in (kept.address_sealed or b"")
    assert ADDRESS in head.get("/notifications/settings").text
    assert head.post("/notifications/address", address="").status_code == 302
    tell(office, HEAD, "none")
    send(office)
    assert len(mailbox.taken) == 2


def test_a_code_cannot_be_guessed_and_nobody_is_flooded(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    office.session.commit()
    head = browser(HEAD)
    outside.configure(outside.Outside(SMTP, {}, ""))
    head.post("/notifications/address", address=ADDRESS)
    for _ in range(5):
        assert head.post("/notifications/address/confirm", code="x").status_code == 422
    assert head.post("/notifications/address/confirm", code="x").status_code == 409
    answers = [
        head.post("/notifications/address", address=f"n{n}@office.example").status_code
        for n in range(5)
    ]
    assert answers == [302, 302, 302, 302, 429]


def test_choices_are_kept_as_a_whole_and_an_old_page_is_refused(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    office.session.commit()
    head = browser(HEAD)
    given: dict[str, Any] = {"rev": 1, "mail-task.offered": "digest", "page-ticket.closed": "1"}
    assert head.post("/notifications/settings", **given).status_code == 302
    assert head.post("/notifications/settings", **given).status_code == 302  # the same again
    assert head.post("/notifications/settings", rev=1).status_code == 409
    row = office.session.scalars(select(Preference)).one()
    assert row.choices["task.offered"] == {"page": True, "mail": "digest", "chat": "never"}
    assert row.choices["ticket.copied"]["page"] is False
    # There is no mail server yet, so the page did not ask: nobody has said that he wants none.
    assert row.choices["task.returned"]["mail"] == "once"
    for wrong, said in (
        ({"quiet_from": "18:00", "quiet_until": "18:00"}, "等于全天都不发"),
        ({"quiet_from": "18:00"}, "要一起填"),
        ({"digest_at": "25:00"}, "时间要写成"),
        ({"mail-task.offered": "hourly"}, ""),
        ({"channel": "1"}, ""),
        ({"channel": "x" * 30}, ""),
    ):
        answer = head.post("/notifications/settings", rev=row.rev, **wrong)
        assert answer.status_code == 422
        assert said in answer.text
    tell(office, HEAD, "shown")
    facts = {"process": "试", "person": "甲"}
    people = [office.actor(HEAD).person_id]
    given = {"kind": "ticket.copied", "people": people, "key": "hidden", "facts": facts}
    service.notify(office.session, now=utcnow(), ticket="X-2", **given)
    office.session.commit()
    page = head.get("/notifications").text
    assert "办结：试" in page
    assert "抄送：试" not in page


def test_the_log_is_for_who_looks_after_these_people(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    outside.configure(outside.Outside(SMTP, {}, ""))
    person = office.actor(HEAD)
    office.session.add(
        Preference(
            person_id=person.person_id,
            address_sealed=seal(ADDRESS),
            confirmed_at=utcnow(),
            choices={},
        )
    )
    office.session.flush()
    tell(office, HEAD, "k")
    row = office.session.scalars(select(Delivery)).one()
    row.state, row.error = DeliveryState.FAILED, "550 不收"
    office.session.commit()
    keeper = browser(KEEPER)
    outside.configure(outside.Outside(SMTP, {}, ""))
    page = keeper.get("/notifications/deliveries", state="failed", person=HEAD, way="mail").text
    assert "550 不收" in page
    assert ADDRESS not in page
    assert "550" not in keeper.get("/notifications/deliveries", day="2020-01-01").text
    assert "550" not in keeper.get("/notifications/deliveries", way="chat").text
    assert keeper.get("/notifications/deliveries", state="eaten").status_code == 400
    again = f"/notifications/deliveries/{row.id}/retry"
    assert browser(CLERK).post(again, retries=0).status_code == 403
    assert keeper.post(again, retries=0).status_code == 302
    assert keeper.post(again, retries=0).status_code == 409  # a double click, an old page
    office.session.expire_all()
    assert (row.state, row.retries, row.attempts) == (DeliveryState.WAITING, 1, 0)
    kinds = text("SELECT kind FROM event WHERE kind = 'delivery.retried'")
    assert len(office.session.scalars(kinds).all()) == 1


@pytest.fixture
def robot() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """A chat that takes JSON, as robots of groups do."""
    heard: list[dict[str, Any]] = []

    class Robot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Robot)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_address[1], heard
    server.shutdown()
    server.server_close()


def test_a_chat_of_the_unit_is_told_by_name(
    office: Office,
    browser: Callable[[str], Browser],
    robot: tuple[int, list[dict[str, Any]]],
) -> None:
    port, heard = robot
    office.session.commit()
    keeper, head = browser(KEEPER), browser(HEAD)
    ways = outside.Outside(None, {"json": frozenset({f"127.0.0.1:{port}"})}, "https://b.example")
    outside.configure(ways)
    new = {"unit": "422826", "name": "咸丰工作群", "url": f"json://127.0.0.1:{port}/robot"}
    for wrong in (
        f"json://127.0.0.1:{port + 1}/",
        f"json://127.0.0.1:{port}/?:redirect=yes",
        "file:///etc/passwd",
        "wecombot://key",
        "json://127.0.0.1:x@evil.example/",
        f"json://127.0.0.1:{port}@evil.example/",
        f"json://a:b@evil.example@127.0.0.1:{port}/",  # read otherwise by who sends it
    ):
        answer = keeper.post("/notifications/channels", **{**new, "url": wrong})
        assert answer.status_code == 422, wrong
        assert wrong not in answer.text
    assert keeper.post("/notifications/channels", **{**new, "unit": "4\0"}).status_code == 422
    assert browser(CLERK).post("/notifications/channels", **new).status_code == 403
    outside.configure(ways)
    assert keeper.post("/notifications/channels", **new).status_code == 302
    channel = office.session.scalars(select(Channel)).one()
    assert channel.unit_id == unit_by_code(office.session, "422826").id
    chosen = {"rev": 1, "channel": str(channel.id), "chat-ticket.closed": "once"}
    assert head.post("/notifications/settings", **chosen).status_code == 302
    tell(office, HEAD, "k")
    send(office)
    assert [one["message"].splitlines()[0] for one in heard] == ["秦永安：办结：试"]
    person = office.session.get_one(Person, office.actor(HEAD).person_id)
    home, person.unit_id = person.unit_id, unit_by_code(office.session, OTHER_COUNTY).id
    office.session.commit()
    tell(office, HEAD, "moved")  # what he does there is nothing for the chat of his old county
    send(office)
    person.unit_id = home
    office.session.commit()
    here = f"/notifications/channels/{channel.id}/close"
    assert keeper.post(here, version=1).status_code == 302
    assert keeper.post(here, version=1).status_code == 409
    tell(office, HEAD, "l")
    send(office)
    states = office.session.scalars(select(Delivery.state).order_by(Delivery.id)).all()
    assert states == [DeliveryState.SENT, DeliveryState.DROPPED, DeliveryState.DROPPED]
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "http://mail.example"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail:99999999"),
        ("SMTP_URL", "smtp://[::1"),
        ("SMTP_URL", "smtps://user:12#34@mail.example"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a@b.example\nBcc: c@d.example"),
        ("CHAT_SERVICES", "json"),
        ("CHAT_SERVICES", "json:a b"),
    ],
)
def test_settings_that_mean_nothing_are_refused(
    environment: dict[str, str], name: str, value: str
) -> None:
    given = {**environment, "SMTP_URL": "smtp://mail", "MAIL_FROM": "a@b.example", name: value}
    with pytest.raises(BadSetting):
        Settings.from_env(given)


def test_settings_of_mail_and_chats(environment: dict[str, str]) -> None:
    found = Settings.from_env(
        {
            **environment,
            "SMTP_URL": "smtp+starttls://u:p%40@mail.example",
            "MAIL_FROM": "a@b.example",
            "CHAT_SERVICES": "wecombot, jsons:a.example, jsons:b.example:8443",
        }
    )
    assert found.smtp == SmtpServer("mail.example", 587, "starttls", "a@b.example", "u", "p@")
    hosts = frozenset({"a.example", "b.example:8443"})
    assert found.chats == {"wecombot": frozenset(), "jsons": hosts}
    assert chat.fault_of("wecombot://0123456789abcdef", found.chats) is None
