"""The pages that are measured, and who opens them: somebody with much to show at every size."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.tickets.types import TicketState
from bench.reads.samples import Asked, Samples

HTML, REST = "html", "rest"
REGION = "422800"  # whose figures are those of all units
LEADER, EVENTS, KEEPER = "qinzhiming", "humin", "duanshiyu"  # 州: accounts, auditor, administrator


@dataclass(frozen=True)
class Page:
    """`ratio`: whether it may read no more with more rows. `is_whole`: it looks at as many
    everywhere, of which it lists some: whole pages are compared.
    """

    name: str
    who: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    kind: str = HTML
    ratio: bool = True
    is_whole: bool = False


def pages(who: Samples, asked: Asked) -> list[Page]:
    """With numbers, names, days and cursors of one database."""
    return [
        *_of_tasks(who, asked),
        *_of_tickets(who, asked),
        *_of_a_ticket(who, asked),
        *_of_books(who, asked),
        *_of_people(who, asked),
        *_of_watching(who, asked),
        *_over_rest(who, asked),
    ]


def _by_all(asked: Asked, of_doer: bool) -> dict[str, str]:
    one = asked.done if of_doer else asked.own
    return {"process": one.process, "person": one.name, "unit": one.unit, "q": one.number}


def _of_tasks(who: Samples, asked: Asked) -> list[Page]:
    process, desk, doer = asked.own.process, who.executor, who.doer
    done = {"box": "done"}
    return [
        Page("inbox", desk, "/tasks"),
        Page("inbox, late", desk, "/tasks", {"due": "late"}),
        Page("inbox, of a process", desk, "/tasks", {"process": asked.waiting.process}),
        Page("inbox, of a day", desk, "/tasks", asked.days["done"]),
        Page("inbox, by number", desk, "/tasks", {"q": asked.waiting.number}),
        Page("inbox, of a person", desk, "/tasks", {"person": asked.part_waiting}, is_whole=True),
        Page("inbox, of a unit", desk, "/tasks", {"unit": asked.waiting.unit, "state": "open"}),
        Page("inbox, to claim", "tanlihua", "/tasks", {"box": "claimable"}),
        Page("copied", doer, "/tasks", {"box": "copied"}),
        Page("copied, of a process", doer, "/tasks", {"box": "copied", "process": process}),
        Page("done", doer, "/tasks", done),
        Page("done, of a process", doer, "/tasks", done | {"process": asked.done.process}),
        Page("done, of a day", doer, "/tasks", done | asked.days["done"]),
        Page("done, by number", doer, "/tasks", done | {"q": asked.done.number}),
        Page("done, by name", doer, "/tasks", done | {"q": asked.part_done}, is_whole=True),
        Page(
            "done, of a person", doer, "/tasks", done | {"person": asked.part_done}, is_whole=True
        ),
        Page("done, by all", doer, "/tasks", done | {"state": "ended"} | _by_all(asked, True)),
        Page("batches of tasks", doer, "/tasks/batches"),
        Page("kept filters", doer, "/filters"),
        Page("notifications", doer, "/notifications"),
        Page("my day", desk, "/stats/my-day"),
    ]


def _of_tickets(who: Samples, asked: Asked) -> list[Page]:
    clerk, process = who.clerk, asked.own.process
    every, unit = {"box": "all"}, {"box": "unit"}
    name, running = asked.own.name, TicketState.RUNNING.value
    return [
        Page("my tickets", clerk, "/tickets"),
        Page("drafts", clerk, "/tickets", {"box": "draft"}),
        Page("tickets of the unit", clerk, "/tickets", unit),
        Page("all tickets", LEADER, "/tickets", every),
        Page("search by number", clerk, "/tickets", {"q": asked.own.number}),
        Page("search by name", clerk, "/tickets", {"q": name}),
        Page("search by a common word", clerk, "/tickets", {"q": "账户权限申请"}),
        # Walked where many are its own, looked up where few are: no two sizes list it alike.
        Page("search by a word of some", clerk, "/tickets", {"q": "零工驿站"}, ratio=False),
        Page("tickets of a day", clerk, "/tickets", asked.days["tickets"]),
        Page("tickets of a process", clerk, "/tickets", {"process": process}),
        Page("tickets of a state", clerk, "/tickets", {"state": running}),
        # Side by side in a small table, each on a page of its own among those of a large office.
        Page("closed tickets", clerk, "/tickets", {"state": "closed"}, ratio=False),
        Page("tickets of a person", clerk, "/tickets", {"person": name}),
        Page("tickets of the unit, by name", clerk, "/tickets", unit | {"q": name}),
        Page("all tickets, by name", LEADER, "/tickets", every | {"q": asked.part}),
        Page("all tickets, of a person", LEADER, "/tickets", every | {"person": asked.part}),
        Page("tickets that are late", LEADER, "/tickets", every | {"due": "late"}),
        Page("tickets of another unit", LEADER, "/tickets", every | {"unit": who.unit}),
        Page("tickets, by all", clerk, "/tickets", {"state": "closed"} | _by_all(asked, False)),
    ]


def _of_a_ticket(who: Samples, asked: Asked) -> list[Page]:
    own, waiting = f"/tickets/{asked.own.number}", f"/tickets/{asked.waiting.number}"
    return [
        Page("ticket", who.clerk, own),
        Page("ticket, to decide", who.executor, waiting),
        Page("ticket, log", who.clerk, own, {"view": "log"}),
        Page("ticket, print", who.clerk, own, {"view": "print"}),
        Page("ticket, diagram", who.clerk, own, {"view": "flow"}),
        Page("ticket, whom to tell", who.clerk, f"{own}/people"),
        Page("batches of prints", who.clerk, "/documents/batches"),
        # Counts what lies idle in each department of the 州.
        Page("idle accounts", LEADER, "/idle-accounts", {"days": "1"}, ratio=False),
        Page("what to begin", who.clerk, "/start"),
    ]


def _of_books(who: Samples, asked: Asked) -> list[Page]:
    book = "/ledgers/accounts"
    return [
        Page("ledgers", LEADER, "/ledgers"),
        Page("ledger", LEADER, book),
        Page("ledger, deep", LEADER, book, asked.deep),
        Page("ledger, of a unit", LEADER, book, {"unit": who.unit}),
        Page("ledger, of a day", LEADER, book, asked.days["ledger"]),
        Page("ledger, by number", LEADER, book, {"q": asked.own.number}),
        Page("ledger, by name", LEADER, book, {"q": asked.part_booked}),
        Page("ledger, own unit", who.clerk, book),
    ]


def _of_people(who: Samples, asked: Asked) -> list[Page]:
    return [
        Page("people", KEEPER, "/people"),
        Page("people, by name", KEEPER, "/people", {"q": "明"}),
        Page("person", KEEPER, f"/people/{asked.doer}"),
        Page("units", KEEPER, "/units"),
        Page("unit", KEEPER, f"/units/{asked.home}"),
        Page("what a unit begins", KEEPER, f"/units/{asked.home}/processes"),
        Page("imports", KEEPER, "/people/imports"),
        Page("old books", LEADER, "/old-books"),
        Page("dormant logins", KEEPER, "/logins/dormant"),
        Page("handover", KEEPER, "/handover", {"person": who.doer}),
        Page("absences", KEEPER, "/absences"),
        Page("mandates", KEEPER, "/mandates"),
        Page("pairs", KEEPER, "/pairs"),
        Page("own sessions", KEEPER, "/sessions"),
        Page("calendar", KEEPER, "/calendar"),
        Page("notices of days off", KEEPER, "/calendar/notices"),
    ]


def _of_watching(who: Samples, asked: Asked) -> list[Page]:
    return [
        # The newest rows fill what older pages have left: at most a page each, wherever those lie.
        Page("audit", EVENTS, "/audit", ratio=False),
        Page("audit, of a ticket", EVENTS, "/audit", {"object": asked.own.number}),
        Page("audit, of a person", EVENTS, "/audit", {"actor": who.executor}),
        Page("audit, of a day", EVENTS, "/audit", asked.days["events"], ratio=False),
        Page("what is over", EVENTS, "/supervision"),
        Page("what is due", EVENTS, "/supervision", {"light": "all"}),
        Page("what was asked for", EVENTS, "/supervision", {"of": "asked"}),
        Page("figures of a unit", KEEPER, "/stats/unit", {"unit": REGION}),
        Page("timeliness", KEEPER, "/stats/timeliness", {"unit": REGION}),
        Page("incidents", KEEPER, "/incidents"),
        Page("outbox", KEEPER, "/outbox"),
        Page("processes", KEEPER, "/processes"),
        Page("process", KEEPER, f"/processes/{asked.own.process}"),
    ]


def _over_rest(who: Samples, asked: Asked) -> list[Page]:
    clerk, doer, number = who.clerk, who.doer, asked.own.number
    found = [
        Page("tasks", who.executor, "/tasks", {"box": "todo"}),
        Page("tasks to claim", "tanlihua", "/tasks", {"box": "claimable"}),
        Page("tasks done", doer, "/tasks", {"box": "done"}),
        Page("tasks copied", doer, "/tasks", {"box": "copied"}),
        Page("tasks, by all", doer, "/tasks", {"box": "done"} | _by_all(asked, True)),
        Page("batches of tasks", doer, "/tasks/batches"),
        Page("tickets", clerk, "/tickets", {"box": "mine"}),
        Page("tickets of the unit", clerk, "/tickets", {"box": "unit"}),
        Page("all tickets", LEADER, "/tickets", {"box": "all"}),
        Page("ticket", clerk, f"/tickets/{number}"),
        Page("ticket log", clerk, f"/tickets/{number}/log"),
        Page("ticket documents", clerk, f"/tickets/{number}/documents"),
        Page("idle accounts", LEADER, "/idle-accounts", {"days": "1"}),
        Page("ledgers", LEADER, "/ledgers"),
        Page("ledger", LEADER, "/ledgers/accounts"),
        # Counts the year's rows, in an index alone: what is frozen is not believed.
        Page("ledger months", LEADER, "/ledgers/accounts/months", ratio=False),
        Page("events", EVENTS, "/events", ratio=False),
        Page("incidents", KEEPER, "/incidents"),
        Page("incident counts", KEEPER, "/incidents/counts"),
        Page("people", KEEPER, "/people"),
        Page("units", KEEPER, "/units"),
        Page("absences", KEEPER, "/absences"),
        Page("mandates", KEEPER, "/mandates"),
        Page("pairs", KEEPER, "/pairs"),
        Page("notices of days off", clerk, "/calendar/notices"),
        Page("days", clerk, "/calendar/days", {"from": "2026-09-01", "to": "2026-10-31"}),
        Page("processes", clerk, "/processes"),
        Page("notifications", doer, "/notifications"),
        Page("my day", who.executor, "/stats/my-day"),
        Page("figures of a unit", KEEPER, "/stats/unit", {"unit": REGION}),
        Page("timeliness", KEEPER, "/stats/timeliness", {"unit": REGION}),
    ]
    return [replace(page, kind=REST) for page in found]
