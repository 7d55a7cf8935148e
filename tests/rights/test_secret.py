"""R14: of an investigation only its leader and its permission administrator know anything."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import local, utcnow
from app.core.db import transaction
from app.core.sheets import XLSX
from app.identity.queries import actor_of, get_login
from app.identity.types import Position
from app.personnel import service as personnel
from app.personnel.types import Draft, EventKind
from app.processes.service import publishing
from app.tasks.queries import active_tasks
from app.tickets.models import Ticket
from scripts.process import ROOT
from tests.rights.counties import County
from tests.rights.crawler import Target, Walker, lists, plain
from tests.rights.test_crawl import READS_ARE_EVENTS

pytestmark = pytest.mark.committed

# Of those who see most of a county: who executes, audits, administers.
STRANGERS = (Position.ACCOUNT_ADMIN, Position.AUDITOR, Position.SYSTEM_ADMIN)
MARK = "只有两个人知道"
# What tells about the server, not about the county.
OF_THE_SERVER = frozenset({"health.metrics", "health.readyz", "web.alive"})
OF_THE_SECOND = re.compile(r'"at":\s*"[^"]*"')

Answers = dict[tuple[str, str], tuple[int, dict[str, str], str]]


@pytest.fixture
def secret(app: Flask, session: Session, both: tuple[County, County]) -> "Secret":  # noqa: ARG001
    now = datetime(2020, 1, 1, tzinfo=UTC)
    with transaction() as writing:
        bundle = publishing.Bundle.read(ROOT, "account-cleanup")
        version = publishing.deploy(writing, now=now, bundle=bundle)
        publishing.publish(writing, now=now, key=version.key, number=version.number)
    return Secret(app, both[0])


class Secret:
    """An investigation of somebody with an account, and what strangers of his county see."""

    def __init__(self, app: Flask, county: County) -> None:
        self.app, self.county = app, county
        self.strangers = [Walker(app, county.place.username(one)) for one in STRANGERS]

    def looks(self) -> Answers:
        found: Answers = {}
        asked = {one.path: one for one in lists(self.app, self.county)}.values()
        for walker in self.strangers:
            for target in asked:
                if target.endpoint in READS_ARE_EVENTS | OF_THE_SERVER:
                    continue
                answer = walker.ask(target)
                if answer.mimetype != XLSX:  # the templates of sheets, made anew each second
                    status, headers, text = plain(target, answer)
                    said = status, headers, OF_THE_SECOND.sub("…", text)
                    found[walker.name, target.path] = said
        return found

    def open(self) -> tuple[str, int, list[int]]:
        """Number of the ticket, the event, the tasks."""
        now = utcnow()
        with transaction() as session:
            knowing = get_login(session, self.county.place.holders[4])
            event = personnel.enter(
                session,
                actor=actor_of(session, knowing.person_id, now),
                now=now,
                draft=Draft(
                    EventKind.INVESTIGATION,
                    local(now).date(),
                    id_number=self.county.numbers[0],
                    note=MARK,
                ),
            )
            ticket = session.scalars(select(Ticket).where(Ticket.is_confidential)).one()
            return (
                ticket.number,
                event.id,
                [one.id for one in active_tasks(session, ticket.instance_id)],
            )


def test_nothing_that_a_stranger_asks_for_changes(secret: Secret) -> None:
    """No list, count, badge or file reads otherwise once there is an investigation."""
    before = secret.looks()
    number, event, tasks = secret.open()
    after = secret.looks()
    assert [one for one in before if before[one] != after[one]] == []
    assert len(before) > 100 * len(STRANGERS)
    for walker in secret.strangers:
        for there, missing in (
            (f"/tickets/{number}", "/tickets/QX-QL-2026-88888"),
            (f"/api/v1/tickets/{number}", "/api/v1/tickets/QX-QL-2026-88888"),
            (f"/api/v1/person-events/{event}", "/api/v1/person-events/779999"),
            *((f"/api/v1/tasks/{one}", "/api/v1/tasks/779999") for one in tasks),
        ):
            names = (number, "QX-QL-2026-88888", str(event), "779999", *map(str, tasks))
            told = [
                plain(target, walker.ask(target))
                for target in (Target("GET", path, "", names) for path in (there, missing))
            ]
            assert told[0] == told[1], f"{walker.name}: {there}"
            assert told[0][0] in (403, 404)
