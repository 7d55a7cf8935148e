"""How pages are read: by an index, a page at a time, with no more statements than now."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from app.core.search import MANY
from app.tasks.queries import lock_offered
from bench.reads.explain import Plan, explain, listening
from bench.reads.pages import HTML, LEADER, REST, Page, pages
from bench.reads.samples import asked, samples, tell
from bench.reads.visiting import Visitor, enter, plans

GROWING = frozenset(
    {
        *("ticket", "instance", "instance_words", "submission", "ticket_person", "node_log"),
        *("visit", "task", "account", "grant", "event", "ledger_row", "outbox", "document"),
        "notification",
    }
)
# What each page asks of the database, who is there and what may be counted in the menu included.
# Fewer is welcome; more wants a reason: lists offer the processes they can be narrowed to and what
# somebody keeps of them, a ticket tells of others about the same people, what of it was pushed to
# managed systems and, to decide, who gets it next, its log how each deadline was found, a book
# shows its months with those that are frozen and lies beside the books that processes describe, the
# audit shows the last seal, lists of tasks name their processes once a page and ask for the days
# around now, the menu asks which rooms there are, a search asks first how common its words are, and
# then a few records for their tags.
STATEMENTS = {
    (HTML, "inbox"): 8,
    (HTML, "inbox, late"): 8,
    (HTML, "inbox, of a process"): 9,
    (HTML, "inbox, of a day"): 8,
    (HTML, "inbox, by number"): 9,
    (HTML, "inbox, of a person"): 9,
    (HTML, "inbox, of a unit"): 9,
    (HTML, "inbox, to claim"): 8,
    (HTML, "copied"): 9,
    (HTML, "copied, of a process"): 10,
    (HTML, "done"): 9,
    (HTML, "done, of a process"): 10,
    (HTML, "done, of a day"): 9,
    (HTML, "done, by number"): 10,
    (HTML, "done, by name"): 11,
    (HTML, "done, of a person"): 11,
    (HTML, "done, by all"): 13,
    (HTML, "batches of tasks"): 4,
    (HTML, "kept filters"): 3,
    (HTML, "notifications"): 4,
    (HTML, "my day"): 7,
    (HTML, "my tickets"): 7,
    (HTML, "drafts"): 6,
    (HTML, "tickets of the unit"): 8,
    (HTML, "all tickets"): 10,
    (HTML, "search by number"): 8,
    (HTML, "search by name"): 8,
    (HTML, "search by a common word"): 10,
    (HTML, "search by a word of some"): 10,
    (HTML, "tickets of a day"): 7,
    (HTML, "tickets of a process"): 7,
    (HTML, "tickets of a state"): 7,
    (HTML, "closed tickets"): 6,
    (HTML, "tickets of a person"): 9,
    (HTML, "tickets of the unit, by name"): 10,
    (HTML, "all tickets, by name"): 12,
    (HTML, "all tickets, of a person"): 12,
    (HTML, "tickets that are late"): 12,
    (HTML, "tickets of another unit"): 12,
    (HTML, "tickets, by all"): 11,
    (HTML, "ticket"): 16,
    (HTML, "ticket, to decide"): 32,
    (HTML, "ticket, log"): 15,
    (HTML, "ticket, print"): 14,
    (HTML, "ticket, diagram"): 17,
    (HTML, "ticket, whom to tell"): 5,
    (HTML, "batches of prints"): 3,
    (HTML, "idle accounts"): 12,
    (HTML, "what to begin"): 7,
    (HTML, "ledgers"): 9,  # two of them for each of three books
    (HTML, "ledger"): 11,
    (HTML, "ledger, deep"): 11,
    (HTML, "ledger, of a unit"): 13,
    (HTML, "ledger, of a day"): 11,
    (HTML, "ledger, by number"): 13,
    (HTML, "ledger, by name"): 13,
    (HTML, "ledger, own unit"): 10,
    (HTML, "people"): 12,
    (HTML, "people, by name"): 12,
    (HTML, "person"): 18,
    (HTML, "units"): 11,
    (HTML, "unit"): 17,
    (HTML, "what a unit begins"): 18,
    (HTML, "imports"): 9,
    (HTML, "old books"): 5,
    (HTML, "dormant logins"): 11,
    (HTML, "handover"): 17,
    (HTML, "absences"): 12,
    (HTML, "mandates"): 13,
    (HTML, "pairs"): 13,
    (HTML, "own sessions"): 11,
    (HTML, "calendar"): 16,
    (HTML, "notices of days off"): 13,
    (HTML, "audit"): 8,
    (HTML, "audit, of a ticket"): 8,
    (HTML, "audit, of a person"): 9,
    (HTML, "audit, of a day"): 8,
    (HTML, "what is over"): 12,
    (HTML, "what is due"): 12,
    (HTML, "what was asked for"): 12,
    (HTML, "figures of a unit"): 18,  # eleven of them are the administrator's menu and reach
    (HTML, "timeliness"): 15,
    (HTML, "incidents"): 14,
    (HTML, "outbox"): 13,
    (HTML, "processes"): 11,
    (HTML, "process"): 13,
    (REST, "tasks"): 4,
    (REST, "tasks to claim"): 4,
    (REST, "tasks done"): 3,
    (REST, "tasks copied"): 4,
    (REST, "tasks, by all"): 8,
    (REST, "batches of tasks"): 3,
    (REST, "tickets"): 4,
    (REST, "tickets of the unit"): 5,
    (REST, "all tickets"): 6,
    (REST, "ticket"): 13,
    (REST, "ticket log"): 3,
    (REST, "ticket documents"): 5,
    (REST, "idle accounts"): 5,
    (REST, "ledgers"): 6,
    (REST, "ledger"): 4,
    (REST, "ledger months"): 6,
    (REST, "events"): 5,
    (REST, "incidents"): 4,
    (REST, "incident counts"): 6,
    (REST, "people"): 4,
    (REST, "units"): 4,
    (REST, "absences"): 4,
    (REST, "mandates"): 4,
    (REST, "pairs"): 4,
    (REST, "notices of days off"): 5,
    (REST, "days"): 6,
    (REST, "processes"): 3,
    (REST, "notifications"): 2,
    (REST, "my day"): 6,
    (REST, "figures of a unit"): 10,
    (REST, "timeliness"): 7,
}
# By which index a list is walked, from its cursor on.
ORDERED = {
    (HTML, "inbox"): "ix_task_todo",
    (HTML, "inbox, late"): "ix_task_todo",
    (HTML, "inbox, of a process"): "ix_task_todo",
    (HTML, "inbox, of a day"): "ix_task_todo",
    (HTML, "what is due"): "ix_visit_due_at",
    (HTML, "done"): "ix_task_done",
    (HTML, "done, of a process"): "ix_task_done",
    (HTML, "done, of a day"): "ix_task_done",
    (HTML, "my tickets"): "ix_ticket_requester",
    (HTML, "tickets of a process"): "ix_ticket_requester",
    (HTML, "tickets of a state"): "ix_ticket_requester_state",
    (HTML, "closed tickets"): "ix_ticket_requester_state",
    (HTML, "ledger, of a day"): "ix_ledger_row_at",
    (REST, "idle accounts"): "ix_account_unit",
}
Looked = Callable[[Page], list[Plan]]


@pytest.fixture
def shown(session: Session) -> dict[tuple[str, str], Page]:
    who = samples(session)
    tell(session, who)
    return {(page.kind, page.name): page for page in pages(who, asked(session, who))}


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
    for typed, is_common in (("账户权限申请", True), ("2026-00001", False)):
        named = [
            node.rows
            for plan in look(Page("", LEADER, "/tickets", {"q": typed, "box": "all"}))
            for node in plan.nodes
            if "_words" in node.index
        ]
        assert (sum(named) == 0) is is_common, typed


def test_tasks_are_vacuumed_as_often_as_they_move(bind: Connection) -> None:
    """Else the index of what waits would name, among millions, what was claimed long ago."""
    options = bind.scalar(text("SELECT reloptions FROM pg_class WHERE oid = 'task'::regclass"))
    assert {"autovacuum_vacuum_scale_factor=0", "vacuum_index_cleanup=on"} <= set(options)


def test_words_are_entered_at_once(bind: Connection) -> None:
    """Else every search reads all that was written since the last vacuum, besides its words."""
    late = bind.scalars(
        text(
            """
            SELECT relname FROM pg_class JOIN pg_am ON pg_am.oid = relam
            WHERE amname = 'gin' AND NOT coalesce(reloptions, '{}') @> '{fastupdate=off}'
            """
        )
    )
    assert late.all() == []


def test_a_name_and_a_number_are_looked_up_at_once(
    shown: dict[tuple[str, str], Page], look: Looked
) -> None:
    """Of many namesakes only those are met that hold the number, too."""
    for key in ((HTML, "done, by all"), (REST, "tasks, by all"), (HTML, "tickets, by all")):
        found = [
            plan
            for plan in look(shown[key])
            if any(node.relation == "instance_words" for node in plan.nodes)
        ]
        assert [plan.rows for plan in found] == [1], key


def test_who_loses_a_position_is_no_reason_to_walk_all_tasks(
    session: Session, bind: Connection
) -> None:
    bind.execute(text("SET LOCAL enable_seqscan = off"))
    with listening(bind.engine) as heard:
        lock_offered(session, 1, ["clerk:422826-rsj"])
    (said,) = heard.statements
    unlocked = replace(said, text=said.text.partition(" FOR UPDATE")[0])
    read = {(node.kind, node.relation) for node in explain(bind, unlocked).nodes}
    assert ("Seq Scan", "task") not in read


def test_months_and_running_tickets_are_counted_in_an_index(
    shown: dict[tuple[str, str], Page], look: Looked, bind: Connection
) -> None:
    """A month of a book is counted, not believed, since it is going to be frozen."""
    bind.execute(text("SET LOCAL enable_bitmapscan = off"))
    for key, index in (
        ((REST, "ledger months"), "ix_ledger_row_stand"),
        ((HTML, "processes"), "ix_instance_running"),
    ):
        read = {(node.kind, node.index) for plan in look(shown[key]) for node in plan.nodes}
        assert ("Index Only Scan", index) in read, key
