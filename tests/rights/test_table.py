"""S18: the rights table against the site itself, both ways, with real requests."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.config import Settings
from app.identity.types import Position
from app.rights import TABLE, Scope, Who, as_markdown
from app.web.actor import is_public
from app.wiring import create_app
from scripts.process import ROOT
from tests.rights.counties import EVERYTHING_ELSE, NAMED, UNNAMED, County
from tests.rights.crawler import NO_TASK, PROCESS, Target, Walker, rules, target_of

REFUSED = (401, 403, 404)
ABSENT = 404
# They refuse a wrong password or code, whoever asks: tests/identity.
ASK_FOR_PROOF = {
    "identity.prove",
    "identity.begin_second_factor",
    "identity.confirm_second_factor",
    "identity.remove_second_factor",
}
NAMES_OF_OBJECTS = {
    *("number", "task_id", "attachment_id", "batch_id", "migration_id"),
    *("absence_id", "mandate_id", "pair_id", "task_batch_id", "filter_id"),
    *("person_id", "import_id", "unit_id", "unit", "username", "notice_id"),
    "outage_id",
    *("event_id", "sheet_id"),
    *("account_id", "hint_id", "push_id", "book_id"),
    *("rule_id", "change_id", "pattern_id", "number_id"),
    "plan_id",
    "supervision_id",
    "notification_id",
    *("webhook_id", "delivery_id"),
    *("dispatch_id", "channel_id"),
    *("template_id", "list_id", "block_id", "sending_id"),
    *("entry_id", "phone_import_id"),
}
# Who used them is out, or what they are about is gone.
LAST = ("api.delete_recipient_list", "api.delete_token", "identity.end_other_sessions")
STRANGER = "clerk"  # holds a position in the same county and has no part in any ticket


@pytest.fixture
def home(both: tuple[County, County]) -> County:
    return both[0]


def test_every_address_is_in_the_table(app: Flask) -> None:
    """A new endpoint gets its line in app/rights/, else nobody may use it."""
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(TABLE)


def test_the_table_and_the_routes_agree_on_what_is_public(app: Flask) -> None:
    listed = {endpoint for endpoint, right in TABLE.items() if right.who is Who.ANYBODY}
    assert listed == {name for name in app.view_functions if is_public(app, name)}


def test_docs_show_the_table(app: Flask) -> None:
    """Print it anew with `flask --app wsgi rights`."""
    assert as_markdown(app) in (ROOT / "docs" / "rights.md").read_text(encoding="utf-8")


def test_what_is_not_listed_is_refused(joined: Settings, bind: Engine, home: County) -> None:
    app = create_app(joined, bind=bind)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = Walker(app, home.place.username("auditor")).browser.get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_without_a_login_only_public_addresses_answer(app: Flask, home: County) -> None:
    for rule in rules(app):
        for target in _targets(app, rule.endpoint, home):
            status = app.test_client().open(target.path, method=target.method).status_code
            is_closed = TABLE[rule.endpoint].who is not Who.ANYBODY
            # A visit is led to the login page, a form without a token is not read at all.
            assert (status in (302, 400, 401)) or not is_closed, target


def test_positions_that_one_person_stands_for_are_alike() -> None:
    assert all(UNNAMED & set(one.positions) in (set(), UNNAMED) for one in TABLE.values())


@pytest.mark.parametrize("position", [*sorted(NAMED), EVERYTHING_ELSE])
def test_positions_open_what_the_table_says(app: Flask, home: County, position: str) -> None:
    """Every address without an object: who holds the position may, who does not may not."""
    walker = Walker(app, home.place.username(position))
    held = UNNAMED if position == EVERYTHING_ELSE else {position}
    wrong = []
    for endpoint, right in sorted(TABLE.items(), key=lambda item: _rank(item[0])):
        if endpoint in ASK_FOR_PROOF or (
            right.who not in (Who.SIGNED_IN, Who.POSITION, Who.STARTER)
        ):
            continue
        if right.who is Who.SIGNED_IN and _names_an_object(app, endpoint):
            continue
        may = {
            Who.SIGNED_IN: True,
            Who.POSITION: bool(held & set(right.positions)),
            Who.STARTER: position == Position.CLERK,  # as operator-account's start event says
        }[right.who]
        if position == Position.COMPANY_MANAGER and right.scope is Scope.BOOKS:
            may = right.who is Who.SIGNED_IN  # the books of this county do not name it (ADR 147)
        for target in _targets(app, endpoint, home):
            answer = walker.ask(target)
            if (answer.status_code not in REFUSED) is not may:
                wrong.append(f"{target} answers {answer.status}, allowed: {may}")
    assert wrong == []


@pytest.mark.parametrize(
    "endpoint", [name for name, right in TABLE.items() if right.who is not Who.ANYBODY]
)
def test_objects_open_to_whom_the_table_says(
    app: Flask, both: tuple[County, County], endpoint: str
) -> None:
    """Requester, whose turn it is, who had a part, who is near, who is far: each as listed."""
    home, away = both
    if not _names_an_object(app, endpoint):
        return
    right = TABLE[endpoint]
    requester, head, _, turn, _ = home.place.holders
    near, far = home.place.username(STRANGER), away.place.username("account_admin")
    allowed = {
        Who.SIGNED_IN: {requester, head, turn, near},
        Who.PART: {requester, head, turn},
        Who.FILE: {requester, head, turn, near},
        Who.REQUESTER: {requester},
        Who.TURN: {turn},
        Who.HOLDER: {turn},
        Who.DECIDER: {head},
        Who.OWNER: {requester},
        Who.ASKER: {requester, head},
        Who.WRITER: {head},
        Who.LEADER: {head},
        Who.LINKER: {requester},
        Who.AWAY: {requester, head},
        Who.COLLEAGUE: {requester, head, turn, near},
        Who.PRINCIPAL: {requester},
        Who.OTHER: set[str](),
        Who.PROPOSER: set[str](),
        Who.CONFIRMER: set[str](),
        Who.POSITION: set[str](),
    }[right.who]
    if right.who is Who.POSITION:  # whoever may not there hears so of everything
        far = away.place.username(min(right.positions))
        allowed |= {turn} if Position.ACCOUNT_ADMIN in right.positions else set()
    if right.scope is Scope.PART:
        allowed -= {near}
    people = [far, near, head, turn, requester]
    for position in right.positions:
        allowed |= {home.place.username(position)}
        people.append(home.place.username(position))
    if right.who is Who.HOLDER:
        (claim,) = _targets(app, "api.claim", home)
        assert Walker(app, turn).ask(claim).status_code == 200
    wrong = []
    for target in _targets(app, endpoint, home):
        for username in people:
            status = Walker(app, username).ask(target).status_code
            # Without the position one is told so, whatever there is: that gives nothing away.
            is_far = username == far and right.who is not Who.POSITION
            hidden = is_far or (right.scope is Scope.PART and username == near)
            if (status not in REFUSED) is not (username in allowed):
                wrong.append(f"{username}: {target} answers {status}")
            if hidden and status != ABSENT:
                wrong.append(f"{username}: {target} answers {status}, not as if it were missing")
    assert wrong == []


def _rank(endpoint: str) -> int:
    return LAST.index(endpoint) if endpoint in LAST else -1


def _names_an_object(app: Flask, endpoint: str) -> bool:
    return any(
        rule.arguments & NAMES_OF_OBJECTS and "key" not in rule.arguments
        for rule in app.url_map.iter_rules(endpoint)
    )


def _targets(app: Flask, endpoint: str, county: County) -> Iterator[Target]:
    """The address as a request for what this county has; decisions ask for the open task.

    Only who has decided one may take it back: there the task is one that is done.
    """
    is_done = TABLE[endpoint].who is Who.DECIDER
    values = {
        "number": county.closed,
        "task_id": county.tasks[0 if is_done else 1] if county.tasks else NO_TASK,
        "process": PROCESS,
        "listed": "people",
        "key": PROCESS,
        "code": county.check_code,
        "incident_id": county.incidents[0],
        "row_id": county.deliveries[0],
        "name": county.document if "ledger" not in endpoint else county.ledger[0],
        "filename": "nothing",
        "attachment_id": county.files[0],
        "batch_id": county.batch,
        "migration_id": county.migration,
        "comment_id": county.comment,
        "link_id": county.link,
        "person_id": county.person,
        "appointment_id": county.appointment,
        "import_id": county.sheet,
        "unit_id": county.unit,
        "unit": f"{county.place.code}-new",
        "kind": "people",
        "task_batch_id": county.acts,
        "filter_id": county.kept,
        "absence_id": county.absence,
        "mandate_id": county.mandate,
        "pair_id": county.pair,
        "notice_id": county.notice,
        "outage_id": county.outage,
        "template_id": county.template,
        # What a page takes away REST does not find: each has its own.
        "list_id": county.spare if endpoint == "recipients.delete" else county.listed,
        "sending_id": county.sending,
        "entry_id": county.entry,
        "phone_import_id": county.phone_import,
        "gateway": "mas",
        "block_id": county.blocked if endpoint == "recipients.lift" else county.block,
        "event_id": county.event,
        "sheet_id": county.event_sheet,
        "account_id": county.account,
        "hint_id": county.hint,
        "push_id": county.push,
        "system": "labour-platform",
        "book_id": county.old_book,
        "plan_id": county.plan,
        "rule_id": county.rule,
        "parameter": "leader_signing",
        "change_id": county.change,
        "pattern_id": county.pattern,
        "number_id": county.taken,
        "supervision_id": county.supervision,
        "notification_id": county.notification,
        "webhook_id": county.webhook,
        "delivery_id": county.sent,
        "dispatch_id": county.dispatch,
        "channel_id": county.channel,
        "username": county.place.holders[0],
        "month": "2026-10",
    }
    for rule in app.url_map.iter_rules(endpoint):
        if "session_id" in rule.arguments:
            continue  # one's own sessions: tests/identity
        given = {name: values[name] for name in rule.arguments}
        if "key" in given and "number" in given:
            given["number"] = 1
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield target_of(app, rule, method, given, county)
