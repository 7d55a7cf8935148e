"""Importing people over REST."""

import io
from collections.abc import Callable

from app.core import outbox
from tests.api.conftest import Rest

ADMIN = "duanshiyu"
Login = Callable[[str], Rest]
SHEET = "姓名,单位,用户名,岗位\n冉新民,422826-rsj,ranxinmin,联系人\n甲,没有,jia,\n"


def sheet(text: str = SHEET, name: str = "人员.csv") -> dict[str, tuple[io.BytesIO, str]]:
    return {"file": (io.BytesIO(text.encode()), name)}


def test_a_sheet_is_checked_then_carried_out(login: Login) -> None:
    """The report names every row; nothing happens before the confirmation, and then once."""
    admin = login(ADMIN)
    made = admin.upload("/imports/people", sheet())
    assert made.status_code == 201, made.text
    told = made.json
    assert (told["state"], told["ready"], told["refused"]) == ("checked", 1, 1)
    assert [row["state"] for row in told["rows"]] == ["ready", "refused"]
    (error,) = told["rows"][1]["errors"]
    assert (told["rows"][1]["row"], error["column"]) == (3, "单位")
    path = f"/imports/people/{told['id']}"
    for _ in range(2):
        assert admin.post(f"{path}/confirm").json["state"] == "running"
    outbox.work_off()
    assert admin.get(path).json["state"] == "done"
    rows = admin.get(f"{path}/rows", state="refused").json["items"]
    assert [row["username"] for row in rows] == ["jia"]
    assert admin.post(f"{path}/stop").json["state"] == "done"
    found = admin.get("/people", q="ranxinmin").json["items"]
    assert [one["name"] for one in found] == ["冉新民"]


def test_checked_and_confirmed_at_once(login: Login) -> None:
    made = login(ADMIN).upload("/imports/people?confirm=true", sheet()).json
    assert made["state"] == "running"
    again = login(ADMIN).upload("/imports/people", sheet()).json
    outbox.work_off()
    assert login(ADMIN).post(f"/imports/people/{again['id']}/confirm").status_code == 200
    outbox.work_off()
    done = login(ADMIN).get(f"/imports/people/{again['id']}").json
    assert (done["done"], done["failed"]) == (1, 0)


def test_what_cannot_be_imported(login: Login) -> None:
    admin = login(ADMIN)
    wrong = admin.upload("/imports/people", sheet("a,b\n1,2\n"))
    assert (wrong.status_code, wrong.json["code"]) == (422, "sheet_refused")
    assert admin.upload("/imports/cats", sheet()).status_code == 404
    nothing = admin.upload("/imports/people", sheet("姓名,单位,用户名\n甲,没有,jia\n")).json
    refused = admin.post(f"/imports/people/{nothing['id']}/confirm")
    assert (refused.status_code, refused.json["code"]) == (409, "nothing_to_import")
    clerk = login("yaohaiyang")
    assert clerk.upload("/imports/people", sheet()).status_code == 403
    assert clerk.get(f"/imports/people/{nothing['id']}").status_code == 403
