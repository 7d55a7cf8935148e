"""What must agree when a walk is over: the ledgers, the views, the printed form and the log.

Read over REST by those who may, as an auditor would who lays one beside the other; the invariants
of the house are asked of the tables besides.
"""

import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from app.core import clock
from scripts.process import ROOT
from tests.walks.walk import ENDED, Json, Walk

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
STRANGER = {"enshi": "longjinhua", "weihai": "bixuemei"}


class Node(NamedTuple):
    id: str
    properties: dict[str, str]


@cache
def nodes_of(key: str) -> tuple[Node, ...]:
    """From the diagram as it ships."""
    root = ET.parse(ROOT / "bpmn" / "processes" / f"{key}.bpmn").getroot()  # noqa: S314 - our own
    return tuple(
        Node(
            one.get("id", ""),
            {each.get("name", ""): each.get("value", "") for each in one.iter(f"{SPIFF}property")},
        )
        for one in root.iter()
        if one.tag in (f"{BPMN}userTask", f"{BPMN}serviceTask")
    )


def disagreements(walk: Walk) -> list[str]:
    found = walk.site.broken()
    if walk.number:
        ticket = walk.ticket
        for check in (_views, _log, _books, _paper, _strangers):
            found += check(walk, ticket)
    return found


def _views(walk: Walk, ticket: Json) -> Iterator[str]:
    """Whoever looks, in whichever list, sees the same end; nothing waits for anybody."""
    if ticket["state"] not in ENDED:
        yield f"it is {ticket['state']}"
    requester = ticket["requester"]["username"]
    for who, box in ((walk.auditor, "all"), (requester, "mine")):
        rows = walk.see(who, "/tickets", box=box, q=walk.number)["items"]
        if [row["state"] for row in rows] != [ticket["state"]]:
            yield f"{box} of {who} says {[row['state'] for row in rows]}, not {ticket['state']}"
    for who in sorted({task["assignee"] for task in ticket["tasks"]} - {None}):
        for box in ("todo", "claimable"):
            if walk.see(who, "/tasks", box=box, q=walk.number)["items"]:
                yield f"it still waits in {box} of {who}"
    for due in walk.see(requester, f"/tickets/{walk.number}/deadlines")["items"]:
        if due["closed_at"] is None:
            yield f"the deadline of {due['what']} runs on"


def _log(walk: Walk, ticket: Json) -> Iterator[str]:
    """The audit chain is whole, and says of each task what the page says."""
    chain = f"ticket:{walk.number}"
    verdict = walk.see(walk.auditor, "/events/verify", chain=chain)
    if not verdict["whole"]:
        yield f"the chain is broken at {verdict['first_break']}"
    told = {
        int(event["data"]["task"]): event["data"]["outcome"]
        for event in _all(walk, walk.auditor, "/events", object=chain)
        if event["type"] == "task.completed"
    }
    shown = {
        task["id"]: task["outcome"]
        for task in ticket["tasks"]
        if task["state"] == "done"
        and task["kind"] != "handed"  # only shows whose it was
        and task["outcome"] not in (None, "submit", "return")
    }
    if told != shown:
        yield f"the log tells {told}, the page {shown}"


def _books(walk: Walk, ticket: Json) -> Iterator[str]:
    """A book has a line where its step was done, and the line says what stands on the form."""
    steps = walk.see(walk.auditor, f"/tickets/{walk.number}/log", limit=200)["items"]
    done = {step["node"] for step in steps if step["event"] == "completed"}
    books: dict[str, set[str]] = {}
    for node in nodes_of(walk.key):
        if node.properties.get("operation") == "ledgers.append":
            books.setdefault(node.properties["ledger"], set()).add(node.id)
    for name, nodes in books.items():
        lines = walk.see(walk.auditor, f"/ledgers/{name}", q=walk.number)["items"]
        if bool(lines) != bool(nodes & done):
            yield f"{name} has {len(lines)} lines, and of {sorted(nodes)} is done {nodes & done}"
        was_moved = any(told.startswith(f"{walk.admin} move") for told in walk.told)
        for line in lines:
            if not line["voided"]:
                yield from _line(name, line, ticket, was_moved=was_moved)


def _line(name: str, line: Json, ticket: Json, *, was_moved: bool) -> Iterator[str]:
    if line["ticket"] != ticket["number"]:
        yield f"{name} says {line['ticket']}"
    for cell in line["cells"]:
        node, _, what = cell["key"].partition(".")
        named = set(cell["value"].split("、")) - {""} if what == "signer" else set()
        # A move voids decisions; what was booked by them before stays in the book.
        if wrong := named.difference(_signers(ticket, node, or_void=was_moved)):
            yield f"{name}: {wrong} did not sign {node}"
        answer = ticket["answers"].get(cell["key"])
        if (
            isinstance(answer, int)
            and not isinstance(answer, bool)
            and cell["value"] != str(answer)
        ):
            yield f"{name}: {cell['label']} is {cell['value']}, on the form {answer}"


def _paper(walk: Walk, ticket: Json) -> Iterator[str]:
    """What is closed has its sealed papers, with the days of all that still holds."""
    is_closed, words = ticket["state"] == "closed", ""
    for document in ticket["documents"]:
        if (document["state"] == "frozen") != is_closed:
            yield f"{document['name']} is {document['state']}"
        path = f"/tickets/{walk.number}/documents/{document['name']}.pdf"
        answer = walk.site.who(ticket["requester"]["username"]).get(path)
        if answer.status_code == 200:
            words += _words(answer.data)
        else:
            yield f"{document['name']} answers {answer.status_code}"
    if words and walk.number not in words:
        yield f"{walk.number} does not stand on the paper"
    for node in nodes_of(walk.key):
        for task in _decided(ticket, node.id)[-1:]:
            day = _on_paper(task["done_at"])
            if is_closed and "box" in node.properties and day not in words:
                yield f"{task['assignee_name']} signed {node.id} on {day}: not on the paper"


def _on_paper(moment: str) -> str:
    day = clock.local(datetime.fromisoformat(moment))
    return f"{day.year}年{day.month}月{day.day}日"


def _words(pdf: bytes) -> str:
    command = ["pdftotext", "-", "-"]
    told = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    return "".join(told.decode().split())


def _strangers(walk: Walk, _ticket: Json) -> Iterator[str]:
    stranger = STRANGER[walk.play.region]
    met = any(line.startswith(f"{stranger} ") for line in walk.told)
    answer = walk.site.who(stranger).get(f"/tickets/{walk.number}")
    if answer.status_code != 404 and not met:
        yield f"{stranger} is answered {answer.status_code}"


def _decided(ticket: Json, node: str, *, or_void: bool = False) -> list[Json]:
    """Decisions of a step that were not voided, the last one last."""
    held = [
        task
        for task in ticket["tasks"]
        if task["node"] == node and task["state"] == "done" and (or_void or not task["voided"])
    ]
    return sorted(held, key=lambda one: one["done_at"])


def _signers(ticket: Json, node: str, *, or_void: bool) -> list[str]:
    return [task["assignee_name"] for task in _decided(ticket, node, or_void=or_void)]


def _all(walk: Walk, username: str, path: str, **query: Any) -> Iterator[Json]:
    cursor: str | None = ""
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        page = walk.see(username, path, limit=100, **query, **more)
        yield from page["items"]
        cursor = page["next_cursor"]
