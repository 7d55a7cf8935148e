"""R14: a confidential ticket is missing for everybody who has no part in it, at every address."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Account
from app.core import crypto
from app.identity.types import Position
from app.processes.service import publishing
from app.tasks.queries import tasks_of
from app.tickets import service as tickets
from scripts.process import ROOT
from tests.rights.counties import County
from tests.rights.crawler import Target, Walker, lists, objects, plain, whole
from tests.support.office import Office

pytestmark = pytest.mark.committed

CLEANUP = "account-cleanup"
# What counts everything there is, whoever asked: the seals cover the chain of a secret too.
WHOLE = frozenset({"api.verify_events", "api.list_events", "audit.index"})
PUBLIC = ("/healthz", "/readyz", "/metrics", "/verify")


def strangers(county: County) -> list[str]:
    clerk, head, _, admin, _ = county.place.holders
    named = (Position.AUDITOR, Position.SYSTEM_ADMIN, Position.BUREAU_LEADER)
    return [clerk, head, admin, *(county.place.username(one) for one in named)]


def publish(session: Session) -> None:
    bundle = publishing.Bundle.read(ROOT, CLEANUP)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    version = publishing.deploy(session, now=now, bundle=bundle)
    publishing.publish(session, now=now, key=version.key, number=version.number)
    session.commit()


def secret_of(session: Session, county: County) -> tuple[str, int]:
    """About somebody with an account, signed by the leader; the granter has it before him."""
    office = Office(session)
    _, _, leader, _, granter = county.place.holders
    answers = office.answers(1)
    answers["people"][0] |= {"kind": "close", "cause": "other"}
    del answers["people"][0]["post"]
    answers |= {"nature": "inquiry", "event_date": "2026-11-20"}
    answers["people"][0] |= accounts_of(session, county)
    made = tickets.create_draft(
        session, actor=office.actor(granter), now=office.tick(), process=CLEANUP, answers=answers
    )
    tickets.submit(session, actor=office.actor(granter), now=office.tick(), number=made.number)
    assert made.is_confidential
    session.commit()
    task = next(one for one in tasks_of(session, made.instance_id) if one.is_active)
    assert task.assignee_id == office.actor(leader).person_id
    return made.number, task.id


def accounts_of(session: Session, county: County) -> dict[str, str]:
    """Somebody of the county whose account the closed ticket opened."""
    found = session.scalars(select(Account).where(Account.ticket == county.closed)).first()
    assert found is not None
    return {"name": found.name, "id_number": crypto.unseal(found.id_number).decode()}


def shown(walker: Walker, targets: list[Target]) -> dict[str, object]:
    found = {}
    for target in targets:
        answer = walker.ask(target)
        found[target.path] = plain(target, answer)
    return found


def looks(app: Flask, county: County) -> list[Target]:
    return [
        one
        for one in lists(app, county)
        if one.endpoint not in WHOLE and not one.path.startswith(PUBLIC) and one.method == "GET"
    ]


def test_nobody_else_finds_a_confidential_ticket(
    app: Flask, session: Session, both: tuple[County, County]
) -> None:
    """Every address answers like a missing one, and no list and no count shows a difference."""
    county = both[0]
    publish(session)
    walkers = [Walker(app, one) for one in strangers(county)]
    targets = looks(app, county)
    for walker in walkers:
        shown(walker, targets)  # what a first look writes down is there
    before = {walker.name: shown(walker, targets) for walker in walkers}
    number, task_id = secret_of(session, county)
    hidden = replace(county, closed=number, running=number, draft=number, tasks=(task_id, task_id))
    wrong = []
    for walker in walkers:
        after = shown(walker, targets)
        for path, told in after.items():
            if told != before[walker.name][path]:
                wrong.append(f"{walker.name}: {path} shows a difference")
        for there, missing in objects(app, hidden):
            if number not in there.path and f"/{task_id}" not in there.path:
                continue
            answer = walker.ask(there)
            told = plain(there, answer)
            if answer.status_code not in (403, 404) or told != plain(missing, walker.ask(missing)):
                wrong.append(f"{walker.name}: {there} is no missing one: {answer.status}")
        assert number not in "".join(whole(walker.ask(one)) for one in looks(app, county))
    assert wrong == []
