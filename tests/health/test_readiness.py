"""What the operator's eye is told: each part in one word, and 503 only for the database."""

from datetime import timedelta

import pytest

from app.audit.service import seal
from app.health import service
from app.health.service import Probes
from tests.support.office import Office


@pytest.mark.parametrize(("after", "word"), [(0, "ok"), (44, "ok"), (46, "down")])
def test_worker_is_up_as_long_as_it_answers(office: Office, after: int, word: str) -> None:
    service.beat(office.session, now=office.now)
    service.beat(office.session, now=office.now)
    found = service.readiness(
        office.session,
        Probes(broker=lambda: True, pdf=lambda: False),
        now=office.now + timedelta(seconds=after),
    )
    assert found["worker"] == found["beat"] == word
    assert (found["broker"], found["pdf"], found["timers"]) == ("ok", "down", "ok")


def test_never_seen_is_down(office: Office) -> None:
    probes = Probes(broker=lambda: False, pdf=lambda: True)
    found = service.readiness(office.session, probes, now=office.now)
    assert (found["worker"], found["broker"], found["pdf"]) == ("down", "down", "ok")


def test_what_waits_too_long_is_late(office: Office) -> None:
    office.walk(office.start())
    office.session.flush()
    probes = Probes(broker=lambda: True, pdf=lambda: True)
    found = service.readiness(office.session, probes, now=office.now + timedelta(days=1))
    assert found["outbox"] == "late"


def test_an_event_that_waits_for_its_seal_is_late(office: Office) -> None:
    """S63: the age of the last seal, and of the oldest row that waits to be sent."""
    probes = Probes(broker=lambda: True, pdf=lambda: True)
    session = office.session
    office.walk(office.start())
    session.flush()
    later = office.now + timedelta(minutes=6)
    assert service.readiness(session, probes, now=later)["seal"] == "late"
    assert service.ages(session, now=later)["seal_age"] is None
    seal(session, now=later)
    session.flush()
    assert service.readiness(session, probes, now=later)["seal"] == "ok"
    found = service.ages(session, now=later + timedelta(minutes=5))
    assert found["seal_age"] == 300
    assert found["outbox_age"] is not None
    assert found["outbox_age"] > 300
    # Nothing happened since: a quiet hour is no fault.
    quiet = later + timedelta(minutes=50)
    assert service.readiness(session, probes, now=quiet)["seal"] == "ok"
