"""Beside a ticket over REST: who gets it next, and which others it has to do with."""

from collections.abc import Callable

from tests.api.conftest import PROCESS, Rest, answers_for

Login = Callable[[str], Rest]


def started(clerk: Rest, first: int = 1) -> str:
    made = clerk.post("/tickets", {"process": PROCESS, "answers": answers_for(clerk, 1, first)})
    number: str = made.json["number"]
    return number


def test_a_task_says_who_gets_it_after_each_outcome(login: Login) -> None:
    clerk, head = login("yaohaiyang"), login("qinyongan")
    ticket = clerk.get(f"/tickets/{started(clerk)}").json
    (brief,) = ticket["tasks"]
    said = {
        one["value"]: one["ahead"] for one in head.get(f"/tasks/{brief['id']}").json["outcomes"]
    }
    assert "彭秀英" in said["approve"]
    assert "终止" in said["reject"]
    # Whose turn it is not is told nothing.
    told = clerk.get(f"/tasks/{brief['id']}").json["outcomes"]
    assert {one["ahead"] for one in told} == {""}


def test_tickets_are_linked_shown_on_both_and_parted(login: Login) -> None:
    clerk, far = login("yaohaiyang"), login("qutianyu")
    one, other = started(clerk, 2), started(clerk, 3)
    body = {"to": other, "kind": "previous"}
    made = clerk.post(f"/tickets/{one}/links", body)
    assert made.status_code == 200, made.text
    (link,) = made.json["links"]
    assert (link["ticket"], link["label"], link["turned"]) == (other, "前一件", False)
    (back,) = clerk.get(f"/tickets/{other}").json["links"]
    assert (back["ticket"], back["label"], back["turned"]) == (one, "后一件", True)
    assert clerk.post(f"/tickets/{one}/links", body).json["links"] == [link]
    assert clerk.post(f"/tickets/{one}/links", {"to": one}).status_code == 422
    assert far.post(f"/tickets/{one}/links", body).status_code == 404
    assert far.delete(f"/tickets/{one}/links/{link['id']}").status_code == 404
    for _ in range(2):
        parted = clerk.delete(f"/tickets/{other}/links/{link['id']}")
        assert (parted.status_code, parted.json["links"]) == (200, [])
