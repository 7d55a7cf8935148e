"""One search for people, and how far it reaches: for a form, for a copy, for handing on."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import Rest

HEAD, STRANGER = "qinyongan", "longjinhua"
Login = Callable[[str], Rest]


def names(answer: Any) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {one["username"] for one in answer.json["items"]}


def test_a_copy_reaches_the_county_and_those_above(login: Login, ticket: dict[str, Any]) -> None:
    """What is found may be told, and nobody else: the act asks the same search."""
    head, number = login(HEAD), ticket["number"]
    near = names(head.get("/people", limit=200))
    told = names(head.get("/people", ticket=number, limit=200))
    assert "pengxiuying" in told & near
    assert told - near  # those of the 州, whom a county's list does not show
    assert STRANGER not in told
    found = names(head.get("/people", ticket=number, q="秀英"))
    assert found == {"pengxiuying"}
    assert head.post(f"/tickets/{number}/copy", {"to": sorted(told)[:3]}).status_code == 200
    assert head.post(f"/tickets/{number}/copy", {"to": [STRANGER]}).status_code == 422
    assert login(STRANGER).get("/people", ticket=number).status_code == 404


@pytest.mark.usefixtures("ticket")
def test_handing_on_is_found_by_any_part_of_a_name(login: Login) -> None:
    head = login(HEAD)
    (task,) = head.get("/tasks", box="todo").json["items"]
    for q in ("彭秀英", "秀英", "pengxiu"):
        found = names(head.get(f"/tasks/{task['id']}/receivers", act="delegate", q=q))
        assert found == {"pengxiuying"}, q
