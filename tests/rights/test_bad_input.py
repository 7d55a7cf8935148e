"""Bad input against every write of the site: one table, each case with a real request.

A refusal leaves every row of the database as it was, and says in Chinese how to mend it.
"""

import json
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from types import UnionType
from typing import Any, get_args
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.api.routes import ROUTES
from app.api.shapes.base import Body
from app.audit.models import Event
from app.demo import people as invented
from app.identity import service as identity
from app.identity.models import Login, LoginSession, Person
from app.identity.queries import token_hash
from app.identity.types import Position, SessionKind
from app.processes.models import Submission
from app.rights import TABLE
from tests.rights.counties import FAR, token
from tests.rights.crawler import API, TRAIL, Walker, state_of
from tests.rights.writes import REPAIRER, WORDS, WRITES, Asked, Case, Write, fields, too_many
from tests.support.office import NOW, PROCESS, Office

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CHINESE = re.compile("[\u4e00-\u9fff].*[。；：？]", re.DOTALL)
FIVE_MB = 5_000_000
# Written ahead: to quote so long a text anew for each address took longer than all else.
LONG = "长".encode() * (FIVE_MB // 3)
LONG_IN_A_FORM = b"%E9%95%BF" * (FIVE_MB // 3)
FORM = "application/x-www-form-urlencoded"
BODIES = {f"api.{route.name}": route.body for route in ROUTES}
every = pytest.mark.parametrize("endpoint", sorted(WRITES))


def writing(app: Flask) -> dict[str, Rule]:
    return {
        rule.endpoint: rule for rule in app.url_map.iter_rules() if UNSAFE & (rule.methods or set())
    }


def test_every_write_has_its_row(app: Flask) -> None:
    """A new address that writes is listed in app/rights/, and here with its bad input."""
    assert set(writing(app)) == set(WRITES)
    assert set(WRITES) <= set(TABLE)


def test_a_case_that_is_left_out_says_why() -> None:
    for name, write in WRITES.items():
        assert all(len(reason) > 5 for reason in write.why.values()), name


def test_a_change_is_seen_in_the_state(session: Session, office: Office) -> None:
    """The comparison that all cases below stand on: of what was written before, and of the rest."""
    first = state_of(session)
    person = office.actor(REPAIRER).person_id
    renamed = session.get_one(Person, person)
    for name in ("改了名", "又改了名"):
        before = state_of(session)
        renamed.name = name
        session.commit()
        after = state_of(session)
        assert {table for table in after if after[table] != before[table]} == {"person"}
    assert {table for table in after if after[table] != first[table]} == {"person"}


class Sender:
    """Somebody who sends one write, in the ways that the cases want."""

    def __init__(self, app: Flask, session: Session, endpoint: str) -> None:
        self.app, self.session, self.endpoint = app, session, endpoint
        self.write: Write = WRITES[endpoint]
        self.rule = writing(app)[endpoint]
        self.is_rest = self.rule.rule.startswith(API)
        self.method = next(iter(UNSAFE & (self.rule.methods or set())))

    def path(self, asked: Asked) -> str:
        with self.app.test_request_context():
            bound = self.app.url_map.bind("localhost")
            return bound.build(self.endpoint, asked.values, self.method)

    def send(self, walker: Walker, asked: Asked, **more: Any) -> TestResponse:
        if self.is_rest:
            headers = walker.headers | more.pop("headers", {})
            content = {} if BODIES[self.endpoint] is None else {"json": asked.sent}
            if asked.files:
                content = {} if {"json", "data"} & set(more) else {"data": self.fields(asked)}
            return walker.rest.open(
                self.path(asked), method=self.method, headers=headers, **(content | more)
            )
        sent = {"csrf_token": walker.csrf, **self.fields(asked)}
        return walker.browser.open(self.path(asked), method=self.method, **({"data": sent} | more))

    @staticmethod
    def fields(asked: Asked) -> dict[str, Any]:
        """What a form sends. A file is read once, so each request gets its own."""
        files = {key: (BytesIO(data), name) for key, (data, name) in asked.files.items()}
        return {**asked.sent, **files}

    @property
    def state(self) -> dict[str, str | None]:
        """Hashes of all tables; of the trail the number of acts: a refusal may leave its event."""
        acts = select(func.count()).where(Event.kind.not_in(("access.refused", "login.failed")))
        tables = state_of(self.session, but=TRAIL)
        return tables | {"event": str(self.session.scalar(acts))}


@pytest.fixture
def make(app: Flask, session: Session, office: Office) -> Callable[[str], tuple[Sender, Asked]]:
    office.seeds = iter(range(8000, 9000))

    def prepared(endpoint: str) -> tuple[Sender, Asked]:
        sender = Sender(app, session, endpoint)
        asked = sender.write.prepare(office)
        session.commit()
        return sender, asked

    return prepared


Make = Callable[[str], tuple[Sender, Asked]]


def told(answer: TestResponse) -> str:
    """A refusal speaks Chinese, in whole sentences."""
    text = answer.text if answer.mimetype == "text/html" else (answer.json or {}).get("detail", "")
    assert CHINESE.search(text), answer.text
    return answer.text


# ── refused before anything is read: nothing changes, whoever asks ──


@every
def test_refused_at_the_door(make: Make, endpoint: str) -> None:
    """Strangers, wrong types, sizes and tokens, sessions that are over, people who left."""
    sender, asked = make(endpoint)
    runs = {
        Case.STRANGER: _stranger,
        Case.NO_TOKEN: _no_token,
        Case.TYPE: _type,
        Case.SIZE: _size,
        Case.LIST: _list,
        Case.UNKNOWN: _unknown,
        Case.LOGGED_OUT: _logged_out,
        Case.OVERNIGHT: _overnight,
        Case.DISABLED: _disabled,
    }
    wrong = []
    for case, run in runs.items():
        if case in sender.write.why or (case is Case.UNKNOWN and sender.write.answers == ""):
            continue
        for answer, allowed, before in run(sender, asked):
            if answer.status_code not in allowed:
                wrong.append(f"{case}: {answer.status}, not {allowed}: {answer.text[:300]}")
            if sender.state != before:
                wrong.append(f"{case}: something was changed")
            told(answer)
    assert wrong == []


Found = Iterator[tuple[TestResponse, set[int], dict[str, str | None]]]


def _stranger(sender: Sender, asked: Asked) -> Found:
    before = sender.state
    yield sender.send(Walker(sender.app, sender.write.stranger), asked), {404}, before


def _no_token(sender: Sender, asked: Asked) -> Found:
    walker, before = Walker(sender.app, sender.write.by), sender.state
    if sender.is_rest:
        browser = walker.browser.open(sender.path(asked), method=sender.method, json=asked.sent)
        yield browser, {401}, before
        return
    for given in ({}, {"csrf_token": "forged"}):
        answer = walker.browser.open(
            sender.path(asked), method=sender.method, data={**sender.fields(asked), **given}
        )
        yield answer, {400}, before
        if WORDS in asked.sent.values():
            assert WORDS in answer.text  # nothing typed is lost
    foreign = sender.send(walker, asked, headers={"Origin": "https://evil.example"})
    yield foreign, {403}, before


def _type(sender: Sender, asked: Asked) -> Found:
    walker, before = Walker(sender.app, sender.write.by), sender.state
    if sender.is_rest:
        yield sender.send(walker, asked, json=None, data={"a": "b"}), {415}, before
        yield (
            sender.send(walker, asked, json=None, data=b"{}", content_type="text/plain"),
            {415},
            before,
        )
    else:
        yield sender.send(walker, asked, data=None, json=asked.sent), {400}, before


def _size(sender: Sender, asked: Asked) -> Found:
    walker, before = Walker(sender.app, sender.write.by), sender.state
    short = {key: value for key, value in asked.sent.items() if key != "reason"} | {"reason": ""}
    if not sender.is_rest:
        fields = urlencode({"csrf_token": walker.csrf, **short}, doseq=True)
        sent = fields.encode() + LONG_IN_A_FORM
        yield sender.send(walker, asked, data=sent, content_type=FORM), {413}, before
    elif _takes_json(sender):
        whole = json.dumps(short).encode()
        sent = whole.removesuffix(b'"}') + LONG + b'"}'
        kind = "application/json"
        yield sender.send(walker, asked, json=None, data=sent, content_type=kind), {413}, before
        raw = b'{"reason": "' + b"x" * FIVE_MB + b'"}'
        yield sender.send(walker, asked, json=None, data=raw), {413, 415}, before
    else:  # a bundle, a PDF, a file of another size: tests/api, documents, attachments
        raw = b"x" * (FIVE_MB * 20)
        kind = "multipart/form-data; boundary=x"
        yield sender.send(walker, asked, json=None, data=raw, content_type=kind), {413, 415}, before


def _list(sender: Sender, asked: Asked) -> Found:
    walker, before = Walker(sender.app, sender.write.by), sender.state
    body = BODIES[sender.endpoint]
    assert body is not None
    assert issubclass(body, Body)
    texts = [
        name
        for name, known in body.model_fields.items()
        if known.annotation is str
        or (isinstance(known.annotation, UnionType) and str in get_args(known.annotation))
    ] or ["answers"]
    for name in texts:
        answer = sender.send(walker, asked, json={**asked.sent, name: ["文字"]})
        yield answer, {422}, before
        assert name in {error["path"] for error in (answer.json or {})["errors"]}


def _unknown(sender: Sender, asked: Asked) -> Found:
    walker, before = Walker(sender.app, sender.write.by), sender.state
    answer = sender.send(walker, asked, json={**asked.sent, "role": "system_admin"})
    yield answer, {422}, before
    assert ("role", "unknown_field") in {(e["path"], e["code"]) for e in answer.json["errors"]}


def _logged_out(sender: Sender, asked: Asked) -> Found:
    """The same cookie, or token, a moment after its owner left."""
    walker = _walker(sender, "out")
    csrf = "" if sender.is_rest else walker.csrf
    if sender.is_rest:
        assert walker.rest.delete("/api/v1/tokens/current", headers=walker.headers).status_code in (
            200,
            204,
        )
    else:
        assert walker.browser.post("/logout", data={"csrf_token": csrf}).status_code == 302
        walker.browser.set_cookie("session", _secret(sender, "out"))
        csrf = _fresh_csrf(walker.browser)
    before = sender.state
    yield _closed(sender, walker, asked, csrf), {401}, before


def _overnight(sender: Sender, asked: Asked) -> Found:
    """The page is still open in the morning, its session is over; what was typed is shown."""
    walker = _walker(sender, "night")
    csrf = "" if sender.is_rest else walker.csrf
    sender.session.rollback()
    row = sender.session.scalars(
        select(LoginSession).where(LoginSession.token_hash == token_hash(_secret(sender, "night")))
    ).one()
    row.expires_at = NOW
    sender.session.commit()
    before = sender.state
    answer = _closed(sender, walker, asked, csrf)
    yield answer, {401}, before
    if not sender.is_rest and WORDS in asked.sent.values():
        assert WORDS in answer.text


def _disabled(sender: Sender, asked: Asked) -> Found:
    """Somebody disables the login while its owner has the page open."""
    walker = _walker(sender, "disabled")
    csrf = "" if sender.is_rest else walker.csrf
    sender.session.rollback()
    if sender.write.by == REPAIRER:  # the last one of a county cannot be disabled
        Office(sender.session).appoint("huangxuelian", Position.SYSTEM_ADMIN, "422826-rsj")
    identity.disable_login(sender.session, actor=None, username=sender.write.by, now=NOW)
    sender.session.commit()
    before = sender.state
    yield _closed(sender, walker, asked, csrf), {401}, before


def _closed(sender: Sender, walker: Walker, asked: Asked, csrf: str) -> TestResponse:
    if sender.is_rest:
        return sender.send(walker, asked)
    return sender.send(walker, asked, data={"csrf_token": csrf, **sender.fields(asked)})


def _fresh_csrf(client: FlaskClient) -> str:
    page = client.get("/login").text
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def _secret(sender: Sender, name: str) -> str:
    return f"{name}-session-of-{sender.write.by}-for-one-test"


def _walker(sender: Sender, name: str) -> Walker:
    """A session of its own, so that its end does not end the others."""
    kind = SessionKind.TOKEN if sender.is_rest else SessionKind.BROWSER
    secret = _secret(sender, name)
    sender.session.rollback()
    login = sender.session.scalars(select(Login).where(Login.username == sender.write.by)).one()
    sender.session.add(
        LoginSession(
            login_id=login.id,
            kind=kind,
            token_hash=token_hash(secret),
            created_at=NOW,
            seen_at=FAR,
            proved_at=FAR,
            idle_minutes=None,
            expires_at=FAR,
            ip="127.0.0.1",
            user_agent="",
        )
    )
    sender.session.commit()
    walker = Walker(sender.app, sender.write.by)
    walker.browser.set_cookie("session", secret)
    if sender.is_rest:
        walker.headers = {"Authorization": f"Bearer {secret}"}
    return walker


def _takes_json(sender: Sender) -> bool:
    body = BODIES[sender.endpoint]
    return body is not None and issubclass(body, Body)


# ── too late, or twice ──


def _with(case: Case) -> list[str]:
    return [name for name, write in sorted(WRITES.items()) if case not in write.why]


@pytest.mark.parametrize("endpoint", _with(Case.DOUBLE))
def test_double_click_is_one_act(make: Make, endpoint: str) -> None:
    """The second of two equal requests changes nothing: the same answer, or a refusal."""
    sender, asked = make(endpoint)
    walker = Walker(sender.app, sender.write.by)
    more = {"headers": {"Idempotency-Key": "one-click"}} if sender.is_rest else {}
    first = sender.send(walker, asked, **more)
    assert first.status_code < 400, first.text
    before = sender.state
    second = sender.send(walker, asked, **more)
    assert sender.state == before
    if sender.write.again == "same":
        assert (second.status_code, second.location) == (first.status_code, first.location)
        assert not sender.is_rest or second.data == first.data
    else:
        assert second.status_code == 409
        told(second)


@pytest.mark.parametrize("endpoint", _with(Case.STALE))
def test_stale_page_decides_nothing(make: Make, endpoint: str) -> None:
    sender, asked = make(endpoint)
    seen = sender.write.seen
    stale = Asked(asked.values, asked.sent | {seen: asked.sent[seen] - 1})
    before = sender.state
    answer = sender.send(Walker(sender.app, sender.write.by), stale)
    assert answer.status_code == 409
    assert sender.state == before
    text = told(answer)
    if WORDS in asked.sent.values() and not sender.is_rest:
        assert WORDS in text


@pytest.mark.parametrize("endpoint", _with(Case.SECOND))
def test_second_person_comes_too_late(make: Make, endpoint: str) -> None:
    """Both have the page open and may do it: the slower one is told, and changes nothing."""
    sender, asked = make(endpoint)
    slower = Walker(sender.app, _appointed(sender))
    if not sender.is_rest:
        assert slower.csrf
    assert sender.send(Walker(sender.app, sender.write.by), asked).status_code < 400
    before = sender.state
    answer = sender.send(slower, asked)
    assert answer.status_code == 409, answer.text
    assert sender.state == before
    told(answer)


def _appointed(sender: Sender) -> str:
    """The second candidate gets sessions like everybody of the two counties."""
    name = sender.write.second
    sender.session.rollback()
    login = sender.session.scalars(select(Login).where(Login.username == name)).one()
    for kind in SessionKind:
        sender.session.add(
            LoginSession(
                login_id=login.id,
                kind=kind,
                token_hash=token_hash(token(name, kind)),
                created_at=NOW,
                seen_at=FAR,
                proved_at=FAR,
                idle_minutes=None,
                expires_at=FAR,
                ip="127.0.0.1",
                user_agent="",
            )
        )
    sender.session.commit()
    return name


# ── answers of a form ──

ANSWERS = [name for name, write in sorted(WRITES.items()) if write.answers is not None]


def spoiled(case: Case, answers: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The answers with one thing wrong, and the path that the refusal must name."""
    row = answers["people"][0]
    thirteen = row["id_number"][:10] + "13" + row["id_number"][12:]
    return {
        Case.UNKNOWN: (answers | {"people": [row | {"role": "admin"}]}, "people.0.role"),
        Case.READ_ONLY: (answers | {"department": "别的部门"}, "department"),
        Case.MONTH: (answers | {"people": [row | {"id_number": thirteen}]}, "people.0.id_number"),
        Case.ROWS: (answers | {"people": too_many()}, "people"),
    }[case]


@pytest.mark.parametrize("case", [Case.UNKNOWN, Case.READ_ONLY, Case.MONTH, Case.ROWS])
@pytest.mark.parametrize("endpoint", ANSWERS)
def test_wrong_answers_are_refused_and_kept(
    make: Make, office: Office, endpoint: str, case: Case
) -> None:
    """Nothing is submitted; each error names its place; a page shows again what was typed."""
    sender, asked = make(endpoint)
    answers, path = spoiled(case, office.answers() | {"contact_phone": "0718-8209876"})
    sent = dict(asked.sent)
    if sender.is_rest:
        sent["answers"] = answers
    else:
        sent = {k: v for k, v in sent.items() if not k.startswith("people-")} | fields(answers)
    before = sender.session.scalar(select(func.count()).select_from(Submission))
    answer = sender.send(Walker(sender.app, sender.write.by), Asked(asked.values, sent))
    sender.session.rollback()
    assert sender.session.scalar(select(func.count()).select_from(Submission)) == before
    assert answer.status_code == 422, answer.text
    if sender.is_rest:
        found = {error["path"]: error["message"] for error in (answer.json or {})["errors"]}
        assert path in found
        assert all(CHINESE.search(message) or message for message in found.values())
    else:
        assert "0718-8209876" in answer.text
        assert "data-errors" in answer.text
        assert case is Case.UNKNOWN or f"#{path.replace('.', '-')}" in answer.text


def test_an_export_of_month_13_is_told(make: Make) -> None:
    sender, asked = make("ledgers.export")
    before = sender.state
    wrong = Asked(asked.values, asked.sent | {"from": "2026-13-01"})
    answer = sender.send(Walker(sender.app, sender.write.by), wrong)
    assert answer.status_code == 400
    assert "2026-11-21" in told(answer)
    assert sender.state == before


@pytest.mark.parametrize(
    "dot",
    "\u00b7\u2022\u30fb\uff65\u1427\u2027\u2219\u22c5\u16eb",
    ids=lambda dot: f"{ord(dot):04x}",
)
def test_what_people_type_is_brought_into_one_form(make: Make, office: Office, dot: str) -> None:
    """Full-width digits, a small x, +86 and every dot of an input method: accepted, one form."""
    sender, _ = make("api.create_ticket")
    row = _with_an_x()
    name = dot.join(["阿卜杜热合曼" * 4, "麦麦提依明" * 5])
    assert len(name) == 50
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    typed = row | {
        "name": name,
        "id_number": row["id_number"].translate(wide).lower(),
        "phone": f"+86 {row['phone']}".translate(wide),
    }
    body = {"process": PROCESS, "answers": office.answers() | {"people": [typed]}, "draft": False}
    answer = sender.send(Walker(sender.app, sender.write.by), Asked({}, body))
    assert answer.status_code == 201, answer.text
    (kept,) = (answer.json or {})["answers"]["people"]
    assert kept["name"] == name.replace(dot, "·")
    sender.session.rollback()
    stored = sender.session.scalars(select(Submission).order_by(Submission.id.desc())).first()
    assert stored is not None
    (clear,) = stored.answers["people"]
    assert (clear["id_number"], clear["phone"]) == (row["id_number"], row["phone"])


def _with_an_x() -> dict[str, str]:
    return next(
        row
        for n in range(9000, 9200)
        if (row := invented.row(n, post="review"))["id_number"].endswith("X")
    )
