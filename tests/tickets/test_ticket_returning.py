"""退回 in the browser: what it undoes is read first, in the panel or on a page of its own."""

import re
from collections.abc import Callable

from app.tickets.models import Ticket
from tests.support.office import DRAWN, Browser, Office

LEADER = "pengxiuying"
MARK = re.compile(r'name="own-seen" value="(\w+)"')
Login = Callable[[str], Browser]


def waiting(office: Office) -> tuple[Ticket, dict[str, str]]:
    """At 彭秀英's, who sends it back to the head of the department."""
    ticket = office.walk(office.start(), to="leader_approval")
    task = office.task(ticket)
    office.session.commit()
    sent = {
        "path": f"/tasks/{task.id}/decide",
        "act": "return",
        "version": str(task.version),
        "own-choice": "return",
        "own-node": "department_opinion",
        "own-reason": "请核实第 1 行。",
        "own-opinion": "写了一半的意见",
        "own-signature": DRAWN.image,
    }
    return ticket, sent


def test_without_a_script_a_page_asks_first(office: Office, browser: Login) -> None:
    """Nothing is done by the first press; the second does what the page says."""
    ticket, sent = waiting(office)
    leader = browser(LEADER)
    page = leader.post(**sent)
    assert page.status_code == 200
    for words in (
        "确认退回",
        "申请部门意见",
        "秦永安",
        "已签名",
        "请核实第 1 行。",
        "写了一半的意见",
    ):
        assert words in page.text
    assert DRAWN.image not in page.text
    assert office.task(ticket).node == "leader_approval"
    mark = MARK.search(page.text)
    assert mark
    done = leader.post(**sent, **{"own-seen": mark[1]})
    assert (done.status_code, done.location) == (302, f"/tickets/{ticket.number}")
    assert office.task(ticket).node == "department_opinion"


def test_from_that_page_one_can_go_back_and_change(office: Office, browser: Login) -> None:
    ticket, sent = waiting(office)
    page = browser(LEADER).post(**{**sent, "act": "again"})
    assert page.status_code == 200
    assert "写了一半的意见" in page.text
    assert office.task(ticket).node == "leader_approval"


def test_with_a_script_the_panel_tells_it(office: Office, browser: Login) -> None:
    """The part for the panel; with its mark one press is enough."""
    ticket, sent = waiting(office)
    leader, path = browser(LEADER), sent["path"].replace("decide", "return")
    part = leader.get(path, **{"own-node": "department_opinion"})
    assert "<html" not in part.text
    assert "申请部门意见：同意（秦永安，已签名）" in part.text
    assert "own-seen" not in leader.get(path, **{"own-node": ""}).text
    assert "申请表</b>，由姚海洋改好再报" in leader.get(path).text
    mark = MARK.search(part.text)
    assert mark
    assert leader.post(**sent, **{"own-seen": mark[1]}).status_code == 302
    assert office.task(ticket).node == "department_opinion"


def test_a_mark_of_something_else_is_asked_once_more(office: Office, browser: Login) -> None:
    ticket, sent = waiting(office)
    page = browser(LEADER).post(**sent, **{"own-seen": "0" * 16})
    assert page.status_code == 409
    assert "请再看一遍" in page.text
    assert MARK.search(page.text)
    assert office.task(ticket).node == "leader_approval"


def test_no_node_chosen_is_said_beside_the_field(office: Office, browser: Login) -> None:
    ticket, sent = waiting(office)
    page = browser(LEADER).post(**{**sent, "own-node": ""})
    assert page.status_code == 422
    assert "请选择退回到哪一步。" in page.text
    assert office.task(ticket).node == "leader_approval"


def test_others_are_not_told(office: Office, browser: Login) -> None:
    _, sent = waiting(office)
    path = sent["path"].replace("decide", "return")
    assert browser("qinyongan").get(path).status_code == 403
    assert browser("longjinhua").get(path).status_code == 404
