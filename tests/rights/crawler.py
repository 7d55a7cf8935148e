"""Somebody of one county walking over every address the site has."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.core.db import Base
from app.identity.types import SessionKind
from tests.attachments import samples
from tests.rights.counties import County, token

API = "/api/"
COLORS = (f"#{n:06x}" for n in count(1))
# What these take is a file.
UPLOADS = frozenset(
    {
        *("attachments.upload", "documents.scan", "api.create_attachment", "api.create_scan"),
        *("administration.upload", "api.create_import", "api.add_rows"),
        *("personnel.upload", "api.import_person_events", "api.import_last_logins"),
        *("oldbooks.upload", "api.import_old_book"),
        *("recipients.make", "api.create_recipient_list"),
        *("phonebook.upload", "api.import_phone_entries"),
    }
)
NO_TASK = NO_INCIDENT = NO_ROW = NO_FILTER = 779_999
OBJECTS = (
    *(
        "number",
        "task_id",
        "comment_id",
        "link_id",
        "incident_id",
        "row_id",
        "attachment_id",
        "batch_id",
    ),
    *("migration_id", "person_id", "appointment_id", "import_id", "unit_id", "unit"),
    *("migration_id", "task_batch_id", "filter_id"),
    *("migration_id", "absence_id", "mandate_id", "pair_id", "username", "notice_id"),
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
)
# Headers and words that differ from one request to the next by themselves.
PASSING_HEADERS = frozenset({"X-Request-ID", "Set-Cookie", "Content-Length", "ETag"})
PASSING = (
    re.compile(r'name="csrf_token" value="[^"]*"'),
    re.compile(r'"request_id":\s*"[^"]*"'),
    re.compile(r"\b[0-9a-f]{32}\b"),
)
PROCESS = "operator-account"
PLAN_OVER_REST = {
    "kind": "rename",
    "name": "新名称局",
    "day": "2099-01-01",
    "document": "某编办〔2026〕1号",
    "reason": "机构改革。",
}
PHONE_ENTRY = {
    "kind": "person",
    "name": "毕淑芬",
    "phone": "15400000009",
    "source": "hall",
    "collected_on": "2026-01-05",
}
RULE = {
    "key": "some-rules",
    "unit": "422826",
    "name": "试行办法",
    "valid_from": "2026-01-01",
}
WEBHOOK = {"name": "试", "url": "https://example.com/x", "kinds": ["task.opened"]}
NOTICE = {"unit": "422826", "year": 2026, "number": "试1号", "title": "试", "days": []}
OUTAGE = {
    "unit": "422826",
    "from": "2099-01-01T08:00:00+08:00",
    "to": "2099-01-01T09:00:00+08:00",
    "reason": "停电",
}
# What a write must bring to get as far as the object itself.
BODIES: dict[str, dict[str, Any]] = {
    "api.supervise": {"demand": "请尽快。", "answer_by": "2026-12-01"},
    "api.answer_supervision": {"version": 1, "text": "明天。"},
    "api.close_supervision": {"version": 1},
    "api.create_ticket": {"process": PROCESS},
    "api.complete": {"version": 1, "outcome": "approve", "opinion": "同意"},
    "api.return_task": {"version": 1, "reason": "请补充。"},
    "api.claim": {"version": 1},
    "api.release": {"version": 1},
    "api.withdraw_task": {"version": 1},
    "api.transfer": {"version": 1, "to": "tanguifang"},
    "api.delegate": {"version": 1, "to": "tanguifang"},
    "api.add_signers": {"version": 1, "to": "tanguifang"},
    "api.remove_signer": {"version": 1, "to": "tanguifang"},
    "api.withdraw": {"reason": "不办了。"},
    "api.cancel": {"reason": "不办了。"},
    "api.reveal": {"row": 1, "field": "id_number", "reason": "电话核实本人"},
    "api.comment": {"text": "请看。"},
    "api.copy": {"to": ["nobody"]},
    "api.link": {"to": "QX-CZY-2026-88888", "kind": "related"},
    "api.suspend": {"reason": "先停一停。"},
    "api.resume": {"reason": "查清了。"},
    "api.move": {"to": "leader_approval", "reason": "走错了。"},
    "api.edit_variables": {"changes": {"n": 1}, "reason": "写错了。"},
    "api.migrate": {"version": 1},
    "api.create_migration": {"version": 1},
    "api.end_absence": {"version": 1},
    **{f"api.{act}_mandate": {"version": 1} for act in ("end", "revoke")},
    **{f"api.change_{one}": {"version": 1, "to": "2099-01-01"} for one in ("absence", "mandate")},
    "api.end_pair": {"version": 1},
    "api.create_notice": NOTICE,
    "api.retry_push": {"retries": 1},
    "api.push_by_hand": {"why": "在系统里办了。"},
    "api.confirm_old_book": {"version": 1},
    "api.withdraw_old_book": {"version": 1, "reason": "传错了。"},
    "api.sign_hint": {"version": 1},
    "api.handle_hint": {"version": 1, "verdict": "mended", "text": "已改。"},
    "api.find_account": {"id_number": "422899199001012385"},
    "api.create_outage": OUTAGE,
    "api.withdraw_outage": {"version": 1, "reason": "录错了。"},
    "api.find_phone_entries": {"phone": "15400000009"},
    "api.create_phone_entry": PHONE_ENTRY,
    "api.change_phone_entry": {**PHONE_ENTRY, "version": 1},
    "api.mark_phone_entry": {"version": 1, "state": "stopped", "reason": "本人不再使用"},
    "api.create_number_block": {
        "phone": "15400000009",
        "kind": "refused",
        "source": "本人来电",
    },
    "api.pause_campaign": {"version": 1, "reason": "再核对一下。"},
    "api.resume_campaign": {"version": 1},
    "api.look_up_campaign": {"version": 1},
    "api.stop_campaign": {"version": 1, "reason": "不发了。"},
    "api.lift_number_block": {"reason": "本人来电恢复"},
    "api.enter_words": {"words": ["试用词"], "reason": "试一试。", "version": 0},
    "api.check_words": {"words": ["试用词"]},
    "api.create_person_event": {
        "kind": "retirement",
        "date": "2099-01-01",
        "id_number": "422899195001010013",
    },
    "api.cancel_person_event": {"version": 1, "reason": "录错了。"},
    "api.read_notifications": {"until": 1},
    "api.withdraw_notice": {"version": 1, "reason": "录错了。"},
    "api.create_rule": RULE,
    "api.withdraw_rule": {"version": 1, "reason": "录错了。"},
    "api.propose_parameter": {
        "unit": "422826",
        "value": 5,
        "since": "2099-01-01",
        "reason": "人手不够。",
    },
    "api.create_pattern": {
        "name": "some-numbers",
        "title": "试编号",
        "unit": "422826",
        "pattern": "SHI-{serial:3}",
        "since": "2099-01-01",
    },
    "api.withdraw_pattern": {"version": 1},
    "api.void_number": {"version": 1, "reason": "录错了。"},
    **{f"api.{act}_parameter": {"version": 1} for act in ("confirm", "withdraw")},
    "api.create_webhook": {**WEBHOOK, "unit": "422826"},
    "api.change_webhook": {**WEBHOOK, "version": 2},
    **{f"api.{act}_webhook": {"version": 2} for act in ("switch_on", "switch_off", "rotate")},
    "api.send_signal": {"name": "go"},
    "api.create_urges": {"tickets": ["没有这件"]},
    "api.create_task_batch": {"act": "claim", "items": [{"id": NO_TASK, "version": 1}]},
    "api.send_message": {"name": "go"},
    "api.create_staff": {"name": "某人", "unit": "422826-rsj", "username": "somebody"},
    **{
        f"api.{act}": {"version": 1}
        for act in (
            *("disable_login", "enable_login", "limit_login", "send_code"),
            *("take_position", "close_unit", "reopen_unit"),
        )
    },
    "api.create_reorganisation": {"version": 1, **PLAN_OVER_REST},
    "api.confirm_reorganisation": {"version": 1, "seen": "1"},
    "api.withdraw_reorganisation": {"version": 1},
    "api.change_staff": {"version": 1, "name": "某人", "unit": "422826-rsj"},
    "api.open_login": {"version": 1, "username": "somebody"},
    "api.give_position": {"version": 1, "position": "clerk", "unit": "422826-rsj"},
    "api.create_unit": {"version": 1, "code": "422826-b", "name": "试设股", "kind": "section"},
    "api.rename_unit": {"version": 1, "name": "试设股"},
    **{f"api.{act}_process": {"version": 1, "process": PROCESS} for act in ("hide", "restore")},
}
BATCH = {"act": "claim", "item": f"{NO_TASK}:1", "client_key": "k" * 32}
PAGE = {"draft-page": "a" * 32, "draft-turn": "1"}
FIELDS: dict[str, dict[str, str]] = {
    "tickets.withdraw": {"reason": "不办了。"},
    "supervision.open_one": {"demand": "请尽快。", "answer_by": "2026-12-01"},
    "supervision.answer": {"version": "1", "text": "明天。"},
    "supervision.close": {"version": "1"},
    "tickets.comment": {"text": "请看。"},
    "tickets.copy": {"to": "nobody"},
    "tickets.link": {"to": "QX-CZY-2026-88888", "kind": "related"},
    "repairs.suspend": {"reason": "先停一停。", "rev": "1"},
    "repairs.resume": {"reason": "查清了。", "rev": "1"},
    "repairs.cancel": {"reason": "重复了。", "rev": "1"},
    "repairs.move": {"target": "leader_approval", "reason": "走错了。", "rev": "1", "step": "do"},
    "repairs.edit": {"name": "n", "value": "1", "reason": "写错了。", "rev": "1"},
    "repairs.migrate": {"version": "1", "reason": "写错了。", "rev": "1", "step": "do"},
    "repairs.create_migration": {"version": "1", "client_key": "k" * 32},
    "tickets.reveal": {"what": "id_number:1", "reason": "电话核实本人"},
    "tickets.update": {"act": "submit"},
    "tickets.keep_new": PAGE,
    "tickets.keep": PAGE,
    "tickets.decide": {"act": "complete:approve", "version": "1", "own-opinion": "同意"},
    "tasks.release": {"version": "1"},
    "tickets.hand": {"act": "transfer", "version": "1", "own-to": "tanguifang"},
    "tickets.remove_signer": {"version": "1", "own-to": "tanguifang"},
    "saved.keep": {"list": "todo", "name": "急件", "q": "QX"},
    "saved.rename": {"name": "急件"},
    "tasks.create_batch": BATCH,
    "tickets.urge_several": {"number": "没有这件", "step": "do", "client_key": "k" * 32},
    "tasks.withdraw": {"version": "1"},
    "repairs.retry": {"tries": "0"},
    "repairs.retry_row": {"retries": "0"},
    "administration.change": {"rev": "1"},
    "administration.open_login": {"rev": "1", "username": "somebody"},
    "administration.disable": {"rev": "1"},
    "administration.enable": {"rev": "1"},
    "administration.send_code": {"rev": "1"},
    "administration.limit": {"rev": "1"},
    "administration.give": {"rev": "1"},
    "administration.take": {"rev": "1"},
    "administration.hide_process": {"rev": "1", "key": PROCESS},
    "administration.show_process": {"rev": "1", "key": PROCESS},
    "administration.add_unit": {"rev": "1"},
    "administration.rename_unit": {"rev": "1"},
    "administration.close_unit": {"rev": "1"},
    "administration.reopen_unit": {"rev": "1"},
    "administration.propose": {"rev": "1", "step": "propose", "plan_kind": "rename"},
    "administration.confirm_plan": {"version": "1", "seen": "1"},
    "administration.retract": {"version": "1"},
    "notifications.read_all": {"until": "1"},
    "notifications.choose": {"rev": "1"},
    "notifications.write_address": {"address": "a@office.example"},
    "notifications.send_again": {"retries": "0"},
    "notifications.close_channel": {"version": "1"},
    "managed.retry": {"retries": "1"},
    "managed.by_hand": {"why": "在系统里办了。"},
    "oldbooks.confirm": {"version": "1"},
    "oldbooks.withdraw": {"version": "1", "reason": "传错了。"},
    "hints.sign": {"version": "1"},
    "hints.handle": {"version": "1", "verdict": "mended", "text": "已改。"},
    "holdings.find": {"id_number": "422899199001012385"},
    "outages.withdraw": {"version": "1", "reason": "录错了。"},
    "sendings.pause": {"version": "1", "reason": "再核对一下。"},
    "sendings.resume": {"version": "1"},
    "sendings.look_up": {"version": "1"},
    "sendings.stop": {"version": "1", "reason": "不发了。"},
    "phonebook.find": {"phone": "15400000009"},
    "phonebook.mark": {"version": "1", "state": "stopped", "reason": "本人不再使用"},
    "recipients.lift": {"reason": "本人来电恢复"},
    "personnel.cancel": {"version": "1", "reason": "录错了。"},
    "calendar.withdraw": {"version": "1", "reason": "录错了。"},
    "rules.withdraw": {"version": "1", "reason": "录错了。"},
    **{
        f"rules.{act}": {"version": "1"}
        for act in ("confirm", "withdraw_change", "withdraw_pattern")
    },
    "rules.void_number": {"version": "1", "reason": "录错了。"},
    "webhooks.add": {"unit": "422826"},
    "webhooks.change": {
        "name": "试",
        "url": "https://example.com/x",
        "kind": "task.opened",
        "version": "2",
    },
    **{f"webhooks.{act}": {"version": "2"} for act in ("switch_on", "switch_off", "rotate")},
    "repairs.discard_row": {"reason": "已当面告知。", "state": "dead"},
}


@dataclass(frozen=True)
class Target:
    """One address as a crawler asks for it: of things that are there, or of things that are not."""

    method: str
    path: str
    endpoint: str
    names: tuple[str, ...] = ()  # the words of this target, which its answer may repeat

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Walker:
    """One person with a browser session and a REST token."""

    def __init__(self, app: Flask, username: str) -> None:
        self.name = username
        self.browser: FlaskClient = app.test_client()
        self.browser.set_cookie("session", token(username, SessionKind.BROWSER))
        self.rest: FlaskClient = app.test_client()
        self.headers = {"Authorization": f"Bearer {token(username, SessionKind.TOKEN)}"}
        self._csrf = ""

    def ask(self, target: Target) -> TestResponse:
        if target.endpoint in UPLOADS:
            return self._send(target)
        if target.path.startswith(API):
            body = BODIES.get(target.endpoint, {})
            return self.rest.open(
                target.path,
                method=target.method,
                headers=self.headers,
                json=None if target.method == "GET" else body,
            )
        if target.method == "GET":
            return self.browser.get(target.path)
        fields = {"csrf_token": self.csrf, **FIELDS.get(target.endpoint, {})}
        return self.browser.open(target.path, method=target.method, data=fields)

    def _send(self, target: Target) -> TestResponse:
        # A new picture each time: the same scan twice is one.
        sent = {"file": (BytesIO(samples.png(color=next(COLORS))), "扫描.png")}
        if target.path.startswith(API):
            return self.rest.open(
                target.path, method=target.method, headers=self.headers, data=sent
            )
        return self.browser.open(
            target.path, method=target.method, data={"csrf_token": self.csrf, **sent}
        )

    @property
    def csrf(self) -> str:
        if not self._csrf:
            page = self.browser.get("/keys").text  # the smallest page
            self._csrf = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
        return self._csrf


def plain(target: Target, answer: TestResponse) -> tuple[int, dict[str, str], str]:
    """An answer without what the asker said himself and what passes."""
    text = answer.get_data(as_text=False).decode("utf-8", "replace")
    headers = {k: v for k, v in answer.headers if k not in PASSING_HEADERS}
    for name in target.names:
        text = text.replace(name, "…")
        headers = {k: v.replace(name, "…") for k, v in headers.items()}
    for pattern in PASSING:
        text = pattern.sub("…", text)
    return answer.status_code, headers, text


def whole(answer: TestResponse) -> str:
    """Everything that left: status line, headers, body."""
    body = answer.get_data(as_text=False).decode("utf-8", "replace")
    return "\n".join([answer.status, *(f"{k}: {v}" for k, v in answer.headers), body])


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def objects(app: Flask, county: County) -> Iterator[tuple[Target, Target]]:
    """Every address that names an object: the county's own, and beside it one that is missing."""
    for rule in rules(app):
        for method in sorted(rule.methods & {"GET", "POST", "DELETE", "PUT", "PATCH"}):
            for there, missing in _values(rule.arguments, county):
                yield (
                    target_of(app, rule, method, there, county),
                    target_of(app, rule, method, missing, county),
                )


def lists(app: Flask, county: County) -> Iterator[Target]:
    """Every address that names none, plain and asked for what the county has."""
    for rule in rules(app):
        if rule.arguments - {"process", "key", "name"} or "GET" not in rule.methods:
            continue
        for ledger in county.ledger if "name" in rule.arguments else ("",):
            values = {"process": PROCESS, "key": PROCESS, "name": ledger}
            given = {key: values[key] for key in rule.arguments}
            for query in ("", *_questions(rule.endpoint, county)):
                target = target_of(app, rule, "GET", given, county)
                yield replace(target, path=f"{target.path}?{query}") if query else target


def _questions(endpoint: str, county: County) -> Iterator[str]:
    subject = endpoint.rpartition(".")[2]
    if endpoint == "tickets.index" or subject == "list_tickets":
        yield from (f"box={box}&q={county.running}" for box in ("mine", "unit", "all"))
        yield from ("box=unit", "box=all")
    elif endpoint == "tasks.inbox" or subject == "list_tasks":
        yield from ("box=claimable", "box=done", "box=copied", f"box=todo&q={county.running}")
    elif endpoint == "ledgers.show" or subject == "show_ledger":
        yield from (f"unit={county.place.code}", f"unit={county.place.holders_unit}", "limit=200")
    elif endpoint == "holdings.index" or subject in ("list_accounts", "list_administrators"):
        yield from (f"unit={county.place.code}", "limit=200", "kind=account_admin")
    elif endpoint == "audit.index":
        yield from (f"object={county.running}", f"actor={county.place.holders[0]}")
    elif subject == "list_events":
        yield from (f"object=ticket:{county.running}", f"actor={county.place.holders[0]}")
        yield "limit=200"
    elif endpoint == "supervision.index" or subject == "list_dues":
        yield from (
            "light=all",
            "of=whole&light=all",
            f"person={county.place.holders[0]}&light=all",
        )
    elif subject == "verify_events":
        yield f"chain=ticket:{county.running}"
    elif endpoint == "repairs.index" or subject == "list_incidents":
        yield from ("state=all", "state=resolved")
    elif endpoint == "repairs.outbox":
        yield from (f"state={state}" for state in ("dead", "held", "waiting", "done", "discarded"))
    elif subject in ("list_people", "list_units", "list_staff"):
        yield from ("limit=200", f"q={county.place.holders[0]}", f"q={county.place.code}")


def target_of(
    app: Flask, rule: Rule, method: str, values: dict[str, Any], county: County
) -> Target:
    with app.test_request_context():
        path = app.url_map.bind("localhost").build(rule.endpoint, values, method)
    own = {str(value) for key, value in values.items() if key in OBJECTS}
    asked = own or {county.running, county.place.holders[0]}
    return Target(method, path, rule.endpoint, tuple(sorted(asked)))


def _values(arguments: set[str], county: County) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    if "task_id" in arguments:
        for task in county.tasks:
            yield {"task_id": task}, {"task_id": NO_TASK}
    elif "incident_id" in arguments:
        for incident in county.incidents:
            yield {"incident_id": incident}, {"incident_id": NO_INCIDENT}
    elif "row_id" in arguments:
        for row in county.deliveries:
            yield {"row_id": row}, {"row_id": NO_ROW}
    elif "attachment_id" in arguments:
        for one in county.files:
            yield {"attachment_id": one}, {"attachment_id": "not-there"}
    elif "person_id" in arguments:
        held = {"appointment_id": county.appointment} if "appointment_id" in arguments else {}
        yield {"person_id": county.person, **held}, {"person_id": NO_ROW, **held}
    elif "unit_id" in arguments:
        yield {"unit_id": county.unit}, {"unit_id": NO_ROW}
    elif "unit" in arguments:
        yield {"unit": f"{county.place.code}-new"}, {"unit": "not-there"}
    elif "import_id" in arguments:
        yield {"import_id": county.sheet}, {"import_id": "not-there"}
    elif "migration_id" in arguments:
        yield {"migration_id": county.migration}, {"migration_id": "not-there"}
    elif "filter_id" in arguments:
        yield {"filter_id": county.kept}, {"filter_id": NO_FILTER}
    elif "task_batch_id" in arguments:
        yield {"task_batch_id": county.acts}, {"task_batch_id": "not-there"}
    elif "username" in arguments:
        yield {"username": county.place.holders[0]}, {"username": "not-there"}
    elif "plan_id" in arguments:
        yield {"plan_id": county.plan}, {"plan_id": NO_ROW}
    elif "supervision_id" in arguments:
        yield {"supervision_id": county.supervision}, {"supervision_id": NO_ROW}
    elif "notification_id" in arguments:
        yield {"notification_id": county.notification}, {"notification_id": NO_ROW}
    elif "delivery_id" in arguments:
        here = {"webhook_id": county.webhook}
        yield {**here, "delivery_id": county.sent}, {"webhook_id": NO_ROW, "delivery_id": NO_ROW}
    elif "webhook_id" in arguments:
        yield {"webhook_id": county.webhook}, {"webhook_id": NO_ROW}
    elif told := arguments & {"dispatch_id", "channel_id"}:
        (name,) = told
        yield {name: getattr(county, name.removesuffix("_id"))}, {name: NO_ROW}
    elif "notice_id" in arguments:
        yield {"notice_id": county.notice}, {"notice_id": NO_ROW}
    elif "hint_id" in arguments:
        yield {"hint_id": county.hint}, {"hint_id": NO_ROW}
    elif "push_id" in arguments:
        yield {"push_id": county.push}, {"push_id": NO_ROW}
    elif "book_id" in arguments:
        yield {"book_id": county.old_book}, {"book_id": NO_ROW}
    elif "account_id" in arguments:
        yield {"account_id": county.account}, {"account_id": NO_ROW}
    elif "outage_id" in arguments:
        yield {"outage_id": county.outage}, {"outage_id": NO_ROW}
    elif "template_id" in arguments:
        yield {"template_id": county.template}, {"template_id": NO_ROW}
    elif "list_id" in arguments:
        yield {"list_id": county.listed}, {"list_id": NO_ROW}
    elif "sending_id" in arguments:
        yield {"sending_id": county.sending}, {"sending_id": NO_ROW}
    elif "entry_id" in arguments:
        yield {"entry_id": county.entry}, {"entry_id": NO_ROW}
    elif "phone_import_id" in arguments:
        yield {"phone_import_id": county.phone_import}, {"phone_import_id": NO_ROW}
    elif "gateway" in arguments:
        yield {"gateway": "mas"}, {"gateway": "not-there"}
    elif "block_id" in arguments:
        yield {"block_id": county.block}, {"block_id": NO_ROW}
    elif "event_id" in arguments:
        yield {"event_id": county.event}, {"event_id": NO_ROW}
    elif "sheet_id" in arguments:
        yield {"sheet_id": county.event_sheet}, {"sheet_id": "not-there"}
    elif "rule_id" in arguments:
        yield {"rule_id": county.rule}, {"rule_id": NO_ROW}
    elif "pattern_id" in arguments:
        yield {"pattern_id": county.pattern}, {"pattern_id": NO_ROW}
    elif "number_id" in arguments:
        yield {"number_id": county.taken}, {"number_id": NO_ROW}
    elif "change_id" in arguments:
        yield {"change_id": county.change}, {"change_id": NO_ROW}
    elif cover := arguments & {"absence_id", "mandate_id", "pair_id"}:
        (name,) = cover
        yield {name: getattr(county, name.removesuffix("_id"))}, {name: NO_ROW}
    elif "batch_id" in arguments:
        yield {"batch_id": county.batch}, {"batch_id": "not-there"}
    elif "link_id" in arguments:
        yield (
            {"number": county.closed, "link_id": county.link},
            {"number": county.closed, "link_id": NO_TASK},
        )
    elif "comment_id" in arguments:
        yield (
            {"number": county.closed, "comment_id": county.comment},
            {"number": county.closed, "comment_id": NO_TASK},
        )
    elif "number" in arguments and "key" not in arguments:
        name = {"name": county.document} if "name" in arguments else {}
        for number in county.tickets:
            missing = re.sub(r"\d{5}$", "99999", number)
            yield {"number": number, **name}, {"number": missing, **name}


# A refusal is an event too, with its chain and its count.
TRAIL = frozenset({"chain_head", "event", "refusal_count"})


def state_of(session: Session, *, but: frozenset[str] = frozenset()) -> dict[str, str | None]:
    """For each table a hash of which version of each row stands: every write makes a new one.

    A browser session notes that it is in use; of those the words are read.
    """
    session.rollback()
    bind = session.get_bind()
    tables = sorted({*Base.metadata.tables, "alembic_version"} - but)
    if not isinstance(bind, Connection):
        return _hashes(session, tables)
    # All of this test is one transaction: what it has not written stands as the test found it.
    untouched = _UNTOUCHED.setdefault(str(bind.engine.url), {})
    written = set(session.scalars(text(_WRITTEN)))
    untouched |= _hashes(session, [one for one in tables if one not in written | set(untouched)])
    return {one: untouched[one] for one in tables if one not in written} | _hashes(
        session, [one for one in tables if one in written]
    )


# Rows written and undone again count as well.
_WRITTEN = (
    "SELECT relname FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
)
_UNTOUCHED: dict[str, dict[str, str | None]] = {}


def _hashes(session: Session, tables: Sequence[str]) -> dict[str, str | None]:
    if not tables:
        return {}
    found = session.execute(text(" UNION ALL ".join(map(_versions, tables))))
    return {row.name: row.versions for row in found}


def _versions(table: str) -> str:
    row = "to_jsonb(t) - 'seen_at'" if table == "login_session" else "(ctid, xmin)"
    rows = f'SELECT ({row})::text AS seen FROM "{table}" t'  # noqa: S608 - our own tables
    versions = "md5(string_agg(seen, ' ' ORDER BY seen))"
    return f"SELECT '{table}' AS name, {versions} AS versions FROM ({rows}) AS rows"  # noqa: S608
