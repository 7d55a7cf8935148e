"""Rows of a draft by spreadsheet, over REST."""

import io
from collections.abc import Callable

from tests.api.conftest import PROCESS, Rest, answers_for, person

HEAD = "申请类别,姓名,身份证号,联系方式,岗位角色名称,具体要求"


def line(n: int, **changed: str) -> str:
    row = person(n, **changed)
    return f"新增,{row['name']},{row['id_number']},{row['phone']},审核岗,{row['requirement']}"


def send(rest: Rest, number: str, *lines: str, listed: str = "people") -> object:
    text = "\n".join((HEAD, *lines)).encode()
    return rest.upload(
        f"/tickets/{number}/rows?list={listed}", {"file": (io.BytesIO(text), "rows.csv")}
    )


def draft(clerk: Rest) -> str:
    body = {"process": PROCESS, "answers": answers_for(clerk), "draft": True}
    return str(clerk.post("/tickets", body).json["number"])


def test_rows_are_added_to_a_draft(clerk: Rest) -> None:
    """Below those that are there; wrong cells are told, and kept for mending."""
    number = draft(clerk)
    answer = send(clerk, number, line(31), line(32, id_number="422899197803151117"))
    assert answer.status_code == 200, answer.text
    assert answer.json["added"] == 2
    assert [one["path"] for one in answer.json["errors"]] == ["people.2.id_number"]
    assert len(answer.json["ticket"]["answers"]["people"]) == 3
    assert clerk.post(f"/tickets/{number}/resubmit", {}).status_code == 422
    number = draft(clerk)
    send(clerk, number, line(33))
    assert clerk.post(f"/tickets/{number}/resubmit", {}).status_code == 200


def test_only_drafts_of_one_s_own_take_rows(clerk: Rest, login: Callable[[str], Rest]) -> None:
    """Not what is on its road, not what others fill in, not a list that there is none of."""
    number = draft(clerk)
    assert send(login("longjinhua"), number, line(31)).status_code == 404
    assert send(clerk, number, line(31), listed="nothing").status_code == 404
    assert send(clerk, number).status_code == 422
    clerk.post(f"/tickets/{number}/resubmit", {})
    assert send(clerk, number, line(31)).status_code == 409
