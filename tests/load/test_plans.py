"""How pages are read: by an index, a page at a time, with no more statements than now."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from app.core.search import MANY
from bench.reads.explain import Plan
from bench.reads.pages import HTML, LEADER, REST, Page, Visitor, enter, pages, plans, samples

GROWING = frozenset(
    {
        *("ticket", "instance", "instance_words", "submission", "ticket_person", "node_log"),
        *("visit", "task", "account", "grant", "event", "ledger_row", "outbox", "document"),
    }
)
# What each page asks of the database, who is there and what may be counted in the menu included.
# Fewer is welcome; more wants a reason: lists offer the processes they can be narrowed to and what
# somebody keeps of them, a ticket tells of others about the same people, a book shows its months
# with those that are frozen and lies beside the books that processes describe, the audit shows the
# last seal, a search asks first how common its words are.
STATEMENTS = {
    (HTML, "inbox"): 5,
    (HTML, "inbox, late"): 5,
    (HTML, "inbox, of a process"): 6,
    (HTML, "inbox, of a day"): 5,
    (HTML, "inbox, by number"): 7,
    (HTML, "inbox, of a person"): 7,
    (HTML, "inbox, of a unit"): 6,
    (HTML, "inbox, to claim"): 5,
    (HTML, "done"): 6,
    (HTML, "done, of a process"): 7,
    (HTML, "done, of a day"): 6,
    (HTML, "done, by number"): 8,
    (HTML, "done, by name"): 8,
    (HTML, "done, by all"): 11,
    (HTML, "my tickets"): 7,
    (HTML, "drafts"): 6,
    (HTML, "tickets of the unit"): 8,
    (HTML, "all tickets"): 10,
    (HTML, "search by number"): 8,
    (HTML, "search by name"): 8,
    (HTML, "search by a common word"): 9,
    (HTML, "search by a word of some"): 9,
    (HTML, "tickets of a day"): 7,
    (HTML, "tickets of a process"): 7,
    (HTML, "tickets of a state"): 7,
    (HTML, "closed tickets"): 6,
    (HTML, "tickets of a person"): 9,
    (HTML, "tickets that are late"): 12,
    (HTML, "tickets of another unit"): 12,
    (HTML, "tickets, by all"): 11,
    (HTML, "ticket"): 15,
    (HTML, "ticket, to decide"): 29,
    (HTML, "ticket, log"): 13,
    (HTML, "ticket, print"): 13,
    (HTML, "ticket, diagram"): 16,
    (HTML, "ledgers"): 9,  # two of them for each of three books
    (HTML, "ledger"): 11,
    (HTML, "ledger, deep"): 11,
    (HTML, "ledger, of a unit"): 13,
    (HTML, "ledger, of a day"): 11,
    (HTML, "ledger, by number"): 13,
    (HTML, "ledger, by name"): 13,
    (HTML, "ledger, own unit"): 10,
    (HTML, "audit"): 8,
    (HTML, "audit, of a ticket"): 8,
    (HTML, "audit, of a person"): 9,
    (HTML, "audit, of a day"): 8,
    (HTML, "incidents"): 14,
    (HTML, "outbox"): 13,
    (REST, "tasks"): 2,
    (REST, "tickets"): 4,
    (REST, "tasks, by all"): 7,
    (REST, "ticket"): 13,
    (REST, "ticket log"): 3,
    (REST, "ledger"): 4,
    (REST, "events"): 5,
    (REST, "incidents"): 4,
}
# By which index a list is walked, from its cursor on.
ORDERED = {
    (HTML, "inbox"): "ix_task_todo",
    (HTML, "inbox, late"): "ix_task_todo",
    (HTML, "inbox, of a process"): "ix_task_todo",
    (HTML, "inbox, of a day"): "ix_task_todo",
    (HTML, "done"): "ix_task_done",
    (HTML, "done, of a process"): "ix_task_done",
    (HTML, "done, of a day"): "ix_task_done",
    (HTML, "my tickets"): "ix_ticket_requester",
    (HTML, "tickets of a process"): "ix_ticket_requester",
    (HTML, "tickets of a state"): "ix_ticket_requester_state",
    (HTML, "closed tickets"): "ix_ticket_requester_state",
    (HTML, "ledger, of a day"): "ix_ledger_row_at",
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
    assert not more, repr(more)
    assert asked.keys() == STATEMENTS.keys()


def test_lists_come_in_the_order_of_their_index(
    shown: dict[tuple[str, str], Page], look: Looked, bind: Connection
) -> None:
    """However many there are, only those of the page are read; small heaps may be sorted else."""
    bind.execute(text("SET LOCAL enable_sort = off"))
    for key, index in ORDERED.items():
        (found,) = [plan for plan in look(shown[key]) if plan.is_list]
        read = {node.index for node in found.nodes}
        kinds = {node.kind for node in found.nodes}
        assert index in read, f"{key}: {read}"
        assert not kinds & {"Sort", "Incremental Sort"}, f"{key}: {kinds}"


def test_a_ticket_is_looked_up_by_indexes_without_depth(
    shown: dict[tuple[str, str], Page], look: Looked
) -> None:
    """A tree is a level deeper among a million rows, and a ticket is found in four of them."""
    read = {node.index for plan in look(shown[HTML, "ticket"]) for node in plan.nodes}
    without = {"ix_ticket_number", "ix_instance_id", "ix_task_instance", "ix_submission_instance"}
    assert without <= read


def test_no_page_of_a_book_counts_its_rows(
    shown: dict[tuple[str, str], Page], look: Looked
) -> None:
    """Months and totals come from tallies; of the rows only those of the page are read."""
    for key in ((HTML, "ledgers"), (HTML, "ledger"), (HTML, "ledger, own unit")):
        reading = [
            plan
            for plan in look(shown[key])
            if any(node.relation == "ledger_row" and node.rows for node in plan.nodes)
        ]
        assert all(plan.is_list for plan in reading), f"{key}: {[one.said for one in reading]}"


def test_what_nearly_all_have_is_not_looked_up(look: Looked) -> None:
    """An index of words would name them all, page after page, to say that there are too many."""
    for asked, is_common in (("账户权限申请", True), ("2026-00001", False)):
        named = [
            node.rows
            for plan in look(Page("", LEADER, "/tickets", {"q": asked, "box": "all"}))
            for node in plan.nodes
            if "_words" in node.index
        ]
        assert (sum(named) == 0) is is_common, asked


def test_tasks_are_vacuumed_as_often_as_they_move(bind: Connection) -> None:
    """Else the index of what waits would name, among millions, what was claimed long ago."""
    options = bind.scalar(text("SELECT reloptions FROM pg_class WHERE oid = 'task'::regclass"))
    assert {"autovacuum_vacuum_scale_factor=0", "vacuum_index_cleanup=on"} <= set(options)
