"""What the operator's eye is told: each part in one word, and 503 only for the database."""

from datetime import timedelta

import pytest

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
