"""Mail at the real protocol: each notification is seen once by its reader, whatever dies."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import cycle, islice

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.config import SmtpServer
from app.core.crypto import seal
from app.identity.models import Login
from app.identity.types import LoginState
from app.notifications import mail, outside, service
from app.notifications.choosing import after_quiet
from app.notifications.models import Delivery, Line, Preference
from app.notifications.service import sending
from app.notifications.service.queueing import digest_moment
from app.notifications.types import MOST_TRIES, DeliveryState, Parcel
from app.notifications.working import send_next
from tests.support.office import Office
from tests.support.smtp import STAGES, MailServer, mail_server, words_of

HEAD, LEADER, CLERK = "qinyongan", "pengxiuying", "yaohaiyang"
# A Friday, 09:00 in the office.
NINE = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
KILLS = int(os.environ.get("BANJIAN_KILLS", "8"))
NUMBER = re.compile(r"X-[0-9]+")


@dataclass
class Post:
    """People with mailboxes, a mail server, and a clock that stands until it is moved."""

    office: Office
    server: MailServer
    now: datetime = NINE
    sent: int = field(default=0)

    def prefer(self, who: str, **chosen: object) -> None:
        address = seal(f"{who}@office.example")
        given = {"address_sealed": address, "confirmed_at": NINE, "choices": {}, **chosen}
        self.office.session.add(Preference(person_id=self.office.actor(who).person_id, **given))
        self.office.session.commit()

    def tell(self, who: str, number: int, kind: str = "task.offered") -> None:
        service.notify(
            self.office.session,
            kind=kind,
            people=[self.office.actor(who).person_id],
            key=f"{kind}{number}",
            facts={"process": "试", "node": "审核", "person": "姚海洋"},
            now=self.now,
            ticket=f"X-{number}",
        )
        self.office.session.commit()

    def turn(self, later: timedelta = timedelta(0)) -> int:
        """What the worker does once it is so much later: how many messages it tried."""
        self.now += later
        tried = 0
        while send_next(lambda: self.now):
            tried += 1
        self.office.session.expire_all()
        return tried

    def states(self) -> list[DeliveryState]:
        return list(self.office.session.scalars(select(Delivery.state).order_by(Delivery.id)))

    def seen(self) -> list[str]:
        """The tickets that the readers see: one Message-ID is one message."""
        found = [NUMBER.findall(words_of(one)) for one in self.server.by_id.values()]
        return sorted(number for numbers in found for number in dict.fromkeys(numbers))


@pytest.fixture
def post(office: Office) -> Iterator[Post]:
    with mail_server() as server:
        smtp = SmtpServer("127.0.0.1", server.port, "smtp", "banjian@office.example")
        outside.configure(outside.Outside(smtp, {}, "https://banjian.example"))
        yield Post(office, server)
        outside.configure(outside.Outside())


@pytest.mark.committed
def test_a_mail_says_what_it_is_about_and_where(post: Post) -> None:
    post.prefer(HEAD)
    post.tell(HEAD, 1)
    post.tell(LEADER, 2)  # who has no mailbox gets none
    assert post.turn() == 1
    (one,) = post.server.taken
    assert one["To"] == f"{HEAD}@office.example"
    assert one["Subject"] == "【办件】请您办理：试"
    assert one["Auto-Submitted"] == "auto-generated"
    assert "https://banjian.example/tickets/X-1" in words_of(one)
    assert post.states() == [DeliveryState.SENT]
    for number in range(10, 70):  # what waits for one reader goes together, fifty at most
        post.tell(HEAD, number)
    assert post.turn() == 2
    assert len(post.seen()) == 61


@pytest.mark.committed
def test_every_notification_is_seen_once_however_often_the_server_dies(post: Post) -> None:
    """At each stage in turn, and the worker with it now and then: none is lost, none seen twice.

    `BANJIAN_KILLS=50` runs it at full size.
    """
    post.prefer(HEAD)
    post.prefer(LEADER)
    told = 0
    for kill, stage in enumerate(islice(cycle(STAGES), KILLS)):
        for who in (HEAD, LEADER):
            told += 1
            post.tell(who, told)
        if kill % 3 == 2:  # the worker dies between the server's answer and its own note
            with post.office.session.begin_nested():
                parcel = sending.claim(post.office.session, post.now)
            post.office.session.commit()
            smtp = outside.current().smtp
            if parcel is not None and smtp is not None:
                mail.send(parcel, smtp)
        post.server.dies_at = stage
        assert post.turn(timedelta(minutes=11)) >= 1
        post.server.stop()
        before = post.server.connections
        assert post.turn(timedelta(seconds=1)) == 0  # down: nobody knocks
        assert post.server.connections == before
        post.server.start()
    while post.turn(timedelta(minutes=11)):
        pass
    assert post.seen() == sorted(f"X-{n}" for n in range(1, told + 1))
    assert set(post.states()) == {DeliveryState.SENT}
    assert len(post.server.taken) > len(post.server.by_id)  # some came twice, and were seen once


@pytest.mark.committed
def test_a_day_without_a_server_loses_nothing_and_does_not_hammer(post: Post) -> None:
    post.prefer(HEAD)
    post.prefer(LEADER)
    for number in range(1, 9):
        post.tell((HEAD, LEADER)[number % 2], number)
    post.server.stop()
    tried = sum(post.turn(timedelta(minutes=10)) for _ in range(24 * 6))
    assert 100 <= tried <= 145  # every ten minutes one
    line = post.office.session.get_one(Line, "mail")
    assert line.down_since == NINE + timedelta(minutes=10)
    assert set(post.states()) == {DeliveryState.WAITING}
    post.server.start()
    assert post.turn(timedelta(minutes=11)) == 2
    assert len(post.seen()) == 8
    assert post.office.session.scalars(select(Line)).all() == []


@pytest.mark.committed
def test_a_server_that_never_says_that_it_has_the_mail_gets_it_eight_times(post: Post) -> None:
    """Not for ever; and what it says when we leave changes nothing."""
    post.prefer(HEAD)
    post.server.goodbye = "500 what"
    post.tell(HEAD, 1)
    assert post.turn() == 1
    assert post.states() == [DeliveryState.SENT]
    post.server.hangs_up = True
    post.tell(HEAD, 2)
    assert sum(post.turn(timedelta(hours=2)) for _ in range(12)) == MOST_TRIES
    assert post.states() == [DeliveryState.SENT, DeliveryState.FAILED]
    assert len(post.server.by_id) == 2


@pytest.mark.committed
def test_what_ends_its_process_or_cannot_be_opened_stops_nobody(post: Post) -> None:
    """A message that kills whoever sends it is given up; an address without its key is told of."""
    session = post.office.session
    post.prefer(HEAD)
    post.tell(HEAD, 1)
    for _ in range(MOST_TRIES):
        assert sending.claim(session, post.now) is not None
        session.commit()
        post.now += timedelta(minutes=11)
    assert sending.claim(session, post.now) is None
    session.commit()
    assert post.states() == [DeliveryState.FAILED]
    post.prefer(LEADER, address_sealed=b"\x03old" + b"\0" * 40)
    post.prefer(CLERK)
    post.tell(LEADER, 2)
    post.tell(CLERK, 3)
    assert post.turn() == 1
    assert post.states()[1:] == [DeliveryState.DROPPED, DeliveryState.SENT]
    assert post.seen() == ["X-3"]


@pytest.mark.committed
def test_a_refused_reader_stops_nobody_and_is_told_of(post: Post) -> None:
    """Not there: at once. Not now: later and later, in the end not at all. Gone: no more."""
    post.prefer(HEAD)
    post.prefer(LEADER)
    post.prefer(CLERK)
    post.server.answers = {
        f"{HEAD}@office.example": "550 no such user 15400000107",
        f"{LEADER}@office.example": "451 later",
    }
    post.tell(HEAD, 1)
    post.tell(LEADER, 2)
    post.tell(CLERK, 3)
    post.turn()
    assert post.seen() == ["X-3"]
    refused, later, done = post.office.session.scalars(select(Delivery).order_by(Delivery.id))
    assert (refused.state, refused.error) == (DeliveryState.FAILED, "550 no such user 154****0107")
    assert later.due_at > post.now
    tries = sum(post.turn(timedelta(hours=2)) for _ in range(12))
    assert tries == 7  # after the first
    post.office.session.refresh(later)
    assert (later.state, later.error, later.attempts) == (DeliveryState.FAILED, "451 later", 8)
    assert done.state is DeliveryState.SENT
    post.tell(CLERK, 4)
    login = post.office.session.scalars(select(Login).where(Login.username == CLERK)).one()
    login.state = LoginState.DISABLED
    post.office.session.commit()
    assert post.turn() == 0
    assert post.states()[-1] is DeliveryState.DROPPED


@pytest.mark.committed
def test_quiet_hours_and_the_digest_wait_for_mail_alone(post: Post) -> None:
    post.prefer(HEAD, quiet_from=time(18, 0), quiet_until=time(8, 0), digest_at=time(8, 30))
    post.now = NINE + timedelta(hours=11)  # Friday 20:00
    post.tell(HEAD, 1)
    post.tell(HEAD, 2, "ticket.copied")
    assert post.turn() == 0
    assert post.turn(timedelta(hours=12, minutes=1)) == 1  # Saturday 08:01: what is no digest
    assert post.seen() == ["X-1"]
    post.tell(HEAD, 3, "ticket.copied")
    assert post.turn(timedelta(hours=24)) == 0
    assert post.turn(timedelta(hours=24, minutes=30)) == 1  # Monday 08:31
    assert post.seen() == ["X-1", "X-2", "X-3"]
    assert post.server.taken[-1]["Subject"] == "【办件】有 2 条通知"


@pytest.mark.parametrize(
    ("at", "since", "until", "ends"),
    [
        ("12:00", "18:00", "08:00", "12:00"),
        ("18:00", "18:00", "08:00", "+08:00"),
        ("23:59", "18:00", "08:00", "+08:00"),
        ("07:59", "18:00", "08:00", "08:00"),
        ("08:00", "18:00", "08:00", "08:00"),
        ("12:30", "12:00", "14:00", "14:00"),
        ("14:00", "12:00", "14:00", "14:00"),
        ("11:59", "12:00", "14:00", "11:59"),
    ],
)
def test_quiet_hours_over_midnight_and_within_a_day(
    at: str, since: str, until: str, ends: str
) -> None:
    def moment(text: str) -> datetime:
        hour = time.fromisoformat(text.removeprefix("+"))
        day = 21 if text.startswith("+") else 20
        there = datetime(2026, 11, day, hour.hour, hour.minute, tzinfo=UTC)
        return there - timedelta(hours=8)

    found = after_quiet(moment(at), time.fromisoformat(since), time.fromisoformat(until))
    assert found == moment(ends)
    assert after_quiet(moment(at), None, None) == moment(at)


def test_a_digest_comes_on_working_days_only(session: Session, office: Office) -> None:
    unit = office.actor(HEAD).unit_id
    at = time(8, 30)
    friday, holiday = NINE, datetime(2026, 9, 30, 2, 0, tzinfo=UTC)
    assert digest_moment(session, unit, friday, at).isoformat() == "2026-11-23T08:30:00+08:00"
    assert digest_moment(session, unit, holiday, at).isoformat() == "2026-10-08T08:30:00+08:00"
    early = NINE - timedelta(hours=1)
    assert digest_moment(session, unit, early, at).isoformat() == "2026-11-20T08:30:00+08:00"


def test_no_header_comes_out_of_a_text() -> None:
    parcel = Parcel("mail", "<1@x>", "a@b.example", "甲", "题\r\nBcc: c@d.example", "", NINE, (1,))
    with pytest.raises(ValueError, match="linefeed"):
        mail.message_of(parcel, "banjian@office.example")
