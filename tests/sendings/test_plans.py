"""Lists of messages ask no more often with many rows than with few, and come by their indexes."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from app.core.search import MANY
from app.sendings.models import Sending
from bench.reads.explain import Plan
from bench.reads.pages import HTML, REST, Page
from bench.reads.visiting import Visitor, enter, plans
from tests.sendings.office import CLERK, Desk
from tests.sendings.test_submitting import run

REVIEWER = "songhaiyan"
GROWING = frozenset(
    {
        *("sending_delivery", "sending_reply", "sending_receipt", "recipient", "list_finding"),
        *("number_block", "event"),
    }
)
ROWS = 3_000
# As many more of each as a large sending has of them, all of the first number.
MORE = """
INSERT INTO recipient (list_id, n, phone, phone_ref, area, values_sealed, segments)
SELECT list_id, g, phone, sha256(g::text::bytea), area, values_sealed, segments
FROM recipient, generate_series(101, :rows) g WHERE list_id = :list_id AND n = 1;
INSERT INTO sending_delivery (sending_id, n, phone_ref, bound, segments, state, gateway_id)
SELECT sending_id, g, sha256(g::text::bytea), bound, segments,
    CASE WHEN g % 3 = 0 THEN 'delivered' ELSE 'submitted' END, 'gw-' || g
FROM sending_delivery, generate_series(101, :rows) g WHERE sending_id = :id AND n = 1;
INSERT INTO sending_reply (gateway, gateway_id, phone, text_sealed, is_refusal, sending_id, unit_id,
    at, got_at)
SELECT 'mas', 'r' || g, phone, values_sealed, false, :id, :unit_id, now(), now()
FROM recipient, generate_series(3, :rows) g WHERE list_id = :list_id AND n = 1;
INSERT INTO number_block (phone_ref, phone, kind, source, since)
SELECT sha256(g::text::bytea), phone, 'refused', '本人来电', now()
FROM recipient, generate_series(3, :rows) g WHERE list_id = :list_id AND n = 1;
INSERT INTO list_finding (list_id, n, "row", column_title, code, message)
SELECT :list_id, g, g, '手机号', 'duplicate', '重复' FROM generate_series(3, :rows) g;
"""
FEW = """
INSERT INTO sending_reply (gateway, gateway_id, phone, text_sealed, is_refusal, sending_id, unit_id,
    at, got_at)
SELECT 'mas', 'r' || n, phone, values_sealed, false, :id, :unit_id, now(), now()
FROM recipient WHERE list_id = :list_id AND n < 3;
INSERT INTO number_block (phone_ref, phone, kind, source, since)
SELECT sha256(n::text::bytea), phone, 'refused', '本人来电', now()
FROM recipient WHERE list_id = :list_id AND n < 3;
INSERT INTO list_finding (list_id, n, "row", column_title, code, message)
SELECT :list_id, g, g, '手机号', 'duplicate', '重复' FROM generate_series(1, 2) g;
"""


def shown(sending: Sending) -> list[Page]:
    campaign, listed = f"/campaigns/{sending.id}", f"/recipient-lists/{sending.list_id}"
    found = [
        Page("sendings", CLERK, "/sendings"),
        Page("sending", CLERK, f"/sendings/{sending.id}"),
        Page("of a state", CLERK, f"/sendings/{sending.id}", {"state": "delivered"}),
        Page("replies", CLERK, "/sendings/replies"),
        Page("replies of one", CLERK, "/sendings/replies", {"sending": sending.id}),
        Page("replies of all", REVIEWER, "/sendings/replies"),
        Page("lists", CLERK, "/lists"),
        Page("list", CLERK, f"/lists/{sending.list_id}"),
        Page("people", CLERK, f"/lists/{sending.list_id}/people"),
        Page("blocks", REVIEWER, "/blocks"),
    ]
    rest = [
        Page("campaigns", CLERK, "/campaigns"),
        Page("campaign", CLERK, campaign),
        Page("deliveries", CLERK, f"{campaign}/deliveries"),
        Page("deliveries of a state", CLERK, f"{campaign}/deliveries", {"state": "submitted"}),
        Page("replies", CLERK, "/replies"),
        Page("lists", CLERK, "/recipient-lists"),
        Page("people", CLERK, f"{listed}/recipients"),
        Page("findings", CLERK, f"{listed}/findings"),
        Page("blocks", REVIEWER, "/number-blocks"),
        Page("blocks of a kind", REVIEWER, "/number-blocks", {"kind": "refused"}),
    ]
    return [*found, *(replace(one, kind=REST) for one in rest)]


class Looker:
    def __init__(self, app: Flask, bind: Connection) -> None:
        self.app, self.bind = app, bind
        self.visitors: dict[str, Visitor] = {}

    def plans(self, page: Page) -> list[Plan]:
        visitor = self.visitors.get(page.who)
        if visitor is None:
            visitor = self.visitors[page.who] = enter(self.app, page.who)
        return plans(self.bind, visitor, page)


def fill(desk: Desk, sending: Sending, statements: str) -> None:
    given = {"id": sending.id, "list_id": sending.list_id, "unit_id": sending.unit_id, "rows": ROWS}
    for one in statements.split(";"):
        used = {name: value for name, value in given.items() if f":{name}" in one}
        if one.strip():
            desk.session.execute(text(one), used)
    desk.session.commit()


@pytest.fixture
def sent(desk: Desk) -> Sending:
    desk.open(3)
    sending = desk.open(100)
    run(desk)
    fill(desk, sending, FEW)
    desk.opened.clear()  # what is filled in below is nobody's
    return sending


def test_many_rows_ask_no_more_often_and_none_is_walked(
    app: Flask, bind: Connection, desk: Desk, sent: Sending
) -> None:
    looker = Looker(app, bind)
    few = {(page.kind, page.name): len(looker.plans(page)) for page in shown(sent)}
    fill(desk, sent, MORE)
    for n in range(5):
        desk.open(2 + n)
    desk.opened.clear()
    bind.execute(text("ANALYZE"))
    bind.execute(text("SET LOCAL enable_seqscan = off"))
    faults = []
    for page in shown(sent):
        found = looker.plans(page)
        if len(found) > few[page.kind, page.name]:
            faults.append(f"{page.kind} {page.name}: {few[page.kind, page.name]} → {len(found)}")
        for plan in found:
            for node in plan.nodes:
                walks = node.kind == "Seq Scan" and node.relation in GROWING
                if walks or (node.kind == "Sort" and node.rows > MANY):
                    faults.append(f"{page.kind} {page.name}: {node} in {plan.said.text[-300:]}")
                if plan.is_list and node.relation in GROWING and node.rows > MANY:
                    faults.append(f"{page.kind} {page.name}: reads {node.rows} of {node}")
    assert not faults, "\n".join(faults)
    assert {kind for kind, _ in few} == {HTML, REST}
