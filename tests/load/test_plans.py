"""How pages are read: by an index, a page at a time, with no more statements than now."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from app.core.search import MANY
from bench.reads.explain import Plan
from bench.reads.pages import HTML, REST, Page, Visitor, enter, pages, plans, samples

GROWING = frozenset(
    {
        *("ticket", "instance", "instance_words", "submission", "ticket_person", "node_log"),
        *("visit", "task", "account", "grant", "event", "ledger_row", "outbox", "document"),
    }
)
# What each page asks of the database, who is there and what may be counted in the menu included.
# Fewer is welcome; more wants a reason.
STATEMENTS = {
    (HTML, "inbox"): 6,
    (HTML, "inbox, to claim"): 6,
    (HTML, "done"): 6,
    (HTML, "done, by number"): 7,
    (HTML, "my tickets"): 5,
    (HTML, "drafts"): 4,
    (HTML, "tickets of the unit"): 6,
    (HTML, "all tickets"): 8,
    (HTML, "search by number"): 5,
    (HTML, "search by name"): 5,
    (HTML, "search by a common word"): 6,
    (HTML, "tickets of a day"): 5,
    (HTML, "ticket"): 16,
    (HTML, "ticket, log"): 16,
    (HTML, "ticket, print"): 16,
    (HTML, "ticket, diagram"): 16,
    (HTML, "ledgers"): 6,
    (HTML, "ledger"): 6,
    (HTML, "ledger, deep"): 6,
    (HTML, "ledger, of a unit"): 8,
    (HTML, "ledger, of a day"): 6,
    (HTML, "ledger, by number"): 7,
    (HTML, "ledger, by name"): 7,
    (HTML, "ledger, own unit"): 5,
    (HTML, "audit"): 7,
    (HTML, "audit, of a ticket"): 7,
    (HTML, "audit, of a person"): 8,
    (HTML, "audit, of a day"): 7,
    (HTML, "incidents"): 15,
    (HTML, "outbox"): 15,
    (REST, "tasks"): 2,
    (REST, "tickets"): 4,
    (REST, "ticket"): 13,
    (REST, "ticket log"): 3,
    (REST, "ledger"): 4,
    (REST, "events"): 5,
    (REST, "incidents"): 4,
}
Looked = Callable[[Page], list[Plan]]


@pytest.fixture
def shown(session: Session) -> dict[tuple[str, str], Page]:
    return {(page.kind, page.name): page for page in pages(session, samples(session))}


@pytest.fixture
def look(app: Flask, bind: Connection) -> Looked:
    """With thousands of rows PostgreSQL may still walk a table; here it does so only where it has
    to, as it would with millions.
    """
    bind.execute(text("SET LOCAL enable_seqscan = off"))
    visitors: dict[str, Visitor] = {}

    def plans_of(page: Page) -> list[Plan]:
        visitor = visitors.get(page.who) or visitors.setdefault(page.who, enter(app, page.who))
        return plans(bind, visitor, page)

    return plans_of


def test_no_page_walks_a_table_that_grows(shown: dict[tuple[str, str], Page], look: Looked) -> None:
    """Every row comes by an index, and nothing is sorted but what a page or a search holds."""
    faults = []
    for page in shown.values():
        for plan in look(page):
            for node in plan.nodes:
                walks = node.kind == "Seq Scan" and node.relation in GROWING
                sorts = node.kind == "Sort" and node.rows > MANY
                if walks or sorts:
                    faults.append(f"{page.kind} {page.name}: {node} in {plan.said.text[-300:]}")
    assert not faults, "\n".join(faults)


def test_pages_ask_no_more_often(shown: dict[tuple[str, str], Page], look: Looked) -> None:
    asked = {key: len(look(page)) for key, page in shown.items()}
    more = {key: count for key, count in asked.items() if count > STATEMENTS.get(key, 0)}
    assert not more, asked
    assert asked.keys() == STATEMENTS.keys()
