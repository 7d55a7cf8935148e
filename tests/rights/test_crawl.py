"""S18, S19, S39, S43: who crawls the whole site finds nothing of another county, and changes
nothing by looking.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.audit.models import Event
from app.core.sheets import XLSX
from app.identity.types import Position
from scripts.process import ROOT
from tests.rights.counties import CRAWLERS, UNNAMED, County
from tests.rights.crawler import (
    TRAIL,
    Target,
    Walker,
    lists,
    objects,
    plain,
    state_of,
    whole,
)

# What a look may leave behind, and why: that the auditor looked is itself an event (S26), that a
# form with whole numbers was opened too (S44), and that a report was taken.
READS_ARE_EVENTS = {
    *("api.list_events", "api.verify_events", "audit.index"),
    *("api.download", "documents.pdf", "oldbooks.report", "phonebook.export"),
    "api.show_progress",  # counted, so that nobody guesses on
}

pytestmark = pytest.mark.committed  # a crawl is thousands of transactions

CLOSED = (401, 403, 404)  # 401: a door for machines, which asks for a signature

Ways = tuple[County, County]
# Who goes the other way round as well: who asks for most, and who sees most.
BOTH_WAYS = (Position.CLERK, Position.AUDITOR, Position.SYSTEM_ADMIN)
CRAWLS = [
    *(("home", crawler) for crawler in CRAWLERS),
    *(("away", crawler) for crawler in BOTH_WAYS),
]


@pytest.fixture
def ways(request: pytest.FixtureRequest, both: Ways) -> Ways:
    """(whose people crawl, whose things they must not find)."""
    return both if request.param == "home" else (both[1], both[0])


@pytest.mark.parametrize(("ways", "crawler"), CRAWLS, indirect=["ways"])
def test_no_position_finds_what_another_county_has(
    app: Flask,
    session: Session,
    ways: Ways,
    crawler: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No name, number, opinion or byte of the other county leaves, and what is foreign answers
    like what is missing: same status, headers, words. Nobody learns what exists elsewhere.

    GET leaves every row as it was, whoever asks and for whatever; refusals are on record.
    """
    own, foreign = ways
    walker = Walker(app, own.place.username(crawler))
    wrong = []
    missing_answers: dict[tuple[str, str], object] = {}
    for is_look in (True, False):
        with unchanged(session) if is_look else nullcontext():
            for targets in _reads(app, own, foreign):
                if _is_look(targets[0]) is is_look:
                    answer = walker.ask(targets[0])
                    for target in targets:
                        wrong += _canaries(walker, target, answer, foreign)
            for there, missing in objects(app, foreign):
                if _is_look(there) is is_look:
                    answer = walker.ask(there)
                    wrong += _canaries(walker, there, answer, foreign)
                    place = (there.method, missing.path)
                    if place not in missing_answers:
                        missing_answers[place] = plain(missing, walker.ask(missing))
                    told = plain(there, answer)
                    if answer.status_code not in CLOSED or told != missing_answers[place]:
                        wrong.append(f"{walker.name}: {there} is no missing one: {answer.status}")
    lines = capsys.readouterr().err
    wrong += [
        f"a log line shows {one}" for one in (*foreign.canaries, *own.canaries) if one in lines
    ]
    assert wrong == []
    assert "route=" in lines


def _is_look(target: Target) -> bool:
    return target.method == "GET" and target.endpoint not in READS_ARE_EVENTS


def _reads(app: Flask, own: County, foreign: County) -> Iterable[list[Target]]:
    """Every list, asked for what each county has, and the own things. Those of one address go
    together: it is asked once.
    """
    found: dict[str, list[Target]] = {}
    things = (there for there, _ in objects(app, own) if there.method == "GET")
    for target in (*lists(app, foreign), *lists(app, own), *things):
        found.setdefault(target.path, []).append(target)
    return found.values()


@contextmanager
def unchanged(session: Session) -> Iterator[None]:
    """Every row stays as it was, and the trail tells of refusals alone."""
    before = state_of(session, but=TRAIL)
    newest = session.scalar(select(func.max(Event.id))) or 0
    yield
    after = state_of(session, but=TRAIL)
    assert [name for name in after if after[name] != before[name]] == []
    kinds = select(Event.kind).where(Event.id > newest).distinct()
    assert session.scalars(kinds).all() == ["access.refused"]


def test_a_position_that_a_rule_names_is_tried_by_itself() -> None:
    """A rule or a diagram that names one more: take it out of UNNAMED in counties.py."""
    assert frozenset[Position]().union(*CRAWLERS.values()) == frozenset(Position)
    rules = [*Path(ROOT, "app").rglob("*.py"), *Path(ROOT, "bpmn", "processes").glob("*.bpmn")]
    elsewhere = [one for one in rules if not {"identity", "demo"} & set(one.parts)]
    own_rules = [*Path(ROOT, "app", "identity").rglob("policy.py")]
    text = "\n".join(one.read_text() for one in (*elsewhere, *own_rules))
    words = set(re.findall(r"[\":,]([a-z_]+)[\"@,]", text)) | {
        name.lower() for name in re.findall(r"Position\.([A-Z_]+)", text)
    }
    assert sorted(UNNAMED & words) == []


@pytest.mark.parametrize("ways", ["home", "away"], indirect=True)
def test_no_file_of_a_ledger_holds_what_is_foreign(app: Flask, ways: Ways) -> None:
    """Over REST and from the page, whoever asks, and also if asked for what is foreign."""
    own, foreign = ways
    wrong = []
    for crawler in CRAWLERS:
        walker = Walker(app, own.place.username(crawler))
        for name in own.ledger:
            for wish in ({}, {"unit": foreign.place.code}, {"q": foreign.place.mark}):
                rest = walker.rest.get(
                    f"/api/v1/ledgers/{name}",
                    query_string=wish,
                    headers=walker.headers | {"Accept": XLSX},
                )
                sent = {"csrf_token": walker.csrf, **wish}
                page = walker.browser.post(f"/ledgers/{name}/export", data=sent)
                for answer in (rest, page):
                    inside = _inside(answer).replace(wish.get("q", "\0"), "")
                    wrong += [f"{crawler}: {one}" for one in foreign.canaries if one in inside]
    assert wrong == []


def _inside(answer: TestResponse) -> str:
    if answer.mimetype != XLSX:
        return whole(answer)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


def test_the_crawl_would_see_a_leak(app: Flask, both: Ways) -> None:
    """The same walk over one's own county meets its marks, numbers and bytes."""
    own = both[0]
    seen = "\n".join(
        whole(walker.ask(target))
        for walker in map(
            partial(Walker, app), (own.place.username("auditor"), own.place.holders[0])
        )
        for target in [*lists(app, own), *(there for there, _ in objects(app, own))]
        if target.method == "GET"
    )
    mark = own.place.mark
    for wanted in (
        f"{mark}意见1",
        f"{mark}办理结果4",
        f"{mark}要求",
        f"{mark}的留言",
        f"%PDF-1.7 {mark}",
        f"{mark}的附件ticket",
        f"{mark}的附件scan",
        own.closed,
    ):
        assert wanted in seen


def _canaries(
    walker: Walker, target: Target, answer: TestResponse, foreign: County
) -> Iterator[str]:
    """What an answer shows of the other county, beside the words of the question itself."""
    text = whole(answer)
    for name in target.names:
        text = text.replace(name, "")
    for canary in foreign.canaries:
        if canary in text:
            yield f"{walker.name}: {target} shows {canary}"
