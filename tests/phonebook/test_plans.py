"""A book of 150,000 is read as one of a hundred is: by its indexes, a page at a time."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from app.core.clock import utcnow
from app.core.search import MANY
from bench.reads.pages import HTML, REST, Page
from tests.phonebook.test_book import CITY, COUNTY
from tests.sendings.test_plans import Looker
from tests.support.phonebook import imported, written
from tests.weihai.lists import FIRST, numbers, person

GROWING = frozenset({"phone_entry", "phone_finding", "phone_import", "event"})
ROWS = 150_000
# As many again of the first number, in groups and states, with names of one beginning.
MORE = """
INSERT INTO phone_entry (kind, name, phone, phone_ref, area_id, source, collected_on, verification,
    group_name, state, made_by_id, made_at, import_id)
SELECT 'person', CASE WHEN g % 10 = 0 THEN '王' ELSE '毕' END || g, phone, sha256(g::text::bytea),
    area_id, 'hall', '2026-01-05', CASE WHEN g % 3 = 0 THEN 'called' ELSE 'none' END,
    '第' || g % 40 || '组', CASE WHEN g % 500 = 0 THEN 'wrong' ELSE 'active' END,
    made_by_id, made_at, import_id
FROM (SELECT * FROM phone_entry ORDER BY id LIMIT 1) one, generate_series(1, :rows) g
"""
FINDINGS = """
INSERT INTO phone_finding (import_id, n, "row", column_title, code, message)
SELECT id, g, g, '手机号', 'there', '重复' FROM phone_import, generate_series(10, 3000) g
"""


def shown(import_id: int) -> list[Page]:
    found = [
        Page("book", COUNTY, "/phonebook"),
        Page("book of the city", CITY, "/phonebook"),
        Page("of a state", COUNTY, "/phonebook", {"state": "wrong"}),
        Page("of a group", COUNTY, "/phonebook", {"group": "第7组"}),
        Page("verified", COUNTY, "/phonebook", {"verification": "verified"}),
        Page("by name", COUNTY, "/phonebook", {"name": "王"}),
        Page("imports", COUNTY, "/phonebook/imports"),
    ]
    rest = [replace(one, kind=REST) for one in found]
    findings = f"/phonebook/imports/{import_id}/findings"
    report = Page("findings", COUNTY, f"/phonebook/imports/{import_id}")
    return [*found, *rest, report, Page("findings", COUNTY, findings, kind=REST)]


@pytest.fixture
def import_id(session: Session) -> int:
    clerk = person(session, COUNTY, utcnow())
    rows = [written(one, group_name="求职登记") for one in numbers(3)]
    rows += [
        written(str(FIRST + 9), name="王德成", group_name="第7组"),
        written(str(FIRST + 10), verification="当面核实", verified_on="2026-01-05"),
    ]
    made = imported(session, clerk, utcnow(), *rows, written("123"))
    session.execute(text("UPDATE phone_entry SET state = 'wrong' WHERE group_name = '第7组'"))
    session.commit()
    return made.id


def test_many_entries_ask_no_more_often_and_none_is_walked(
    app: Flask, bind: Connection, session: Session, import_id: int
) -> None:
    looker = Looker(app, bind)
    few = {(page.kind, page.name): len(looker.plans(page)) for page in shown(import_id)}
    session.execute(text(MORE), {"rows": ROWS})
    session.execute(text(FINDINGS))
    session.commit()
    bind.execute(text("ANALYZE"))
    bind.execute(text("SET LOCAL enable_seqscan = off"))
    faults = []
    for page in shown(import_id):
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
