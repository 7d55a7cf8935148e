"""Events of people over REST."""

import io
from collections.abc import Callable
from typing import Any

from tests.api.conftest import Rest

Login = Callable[[str], Rest]
CLERK, ADMIN, LEADER, GRANTER = "yaohaiyang", "tanlihua", "pengxiuying", "wuyiming"
FAR = "longjinhua"
YANG = {"id_number": "422899199309109992", "name": "杨𬱖"}


def retire(**changed: Any) -> dict[str, Any]:
    return {"kind": "retirement", "date": "2026-09-30", **YANG, **changed}


def test_a_retirement_of_the_past_ends_the_login_at_once(login: Login) -> None:
    clerk, yang = login(CLERK), login("yangwei")
    assert yang.get("/me").status_code == 200
    made = clerk.post("/person-events", retire())
    assert made.status_code == 201, made.json
    assert (made.json["late"], made.json["state"]) == (True, "done")
    assert made.json["person"] == "yangwei"
    assert "登录已经停用" in made.json["outcome"]
    assert made.json["id_number"].startswith("422899****")
    assert yang.get("/me").status_code == 401


def test_the_same_event_is_entered_once(login: Login) -> None:
    clerk, admin = login(CLERK), login(ADMIN)
    made = clerk.post("/person-events", retire()).json
    assert clerk.post("/person-events", retire()).json["id"] == made["id"]
    twice = admin.post("/person-events", retire())
    assert (twice.status_code, twice.json["code"]) == (409, "event_twice")
    other = admin.post("/person-events", retire(kind="transfer", date="2026-10-01"))
    assert (other.status_code, other.json["code"]) == (409, "event_stands")
    assert len(clerk.get("/person-events").json["items"]) == 1


def test_an_old_number_of_fifteen_digits_is_found(login: Login) -> None:
    old = retire(id_number="422899930910999")
    made = login(CLERK).post("/person-events", old)
    assert (made.status_code, made.json["person"]) == (201, "yangwei")


def test_somebody_of_another_county_is_nobody(login: Login) -> None:
    clerk, far = login(CLERK), login(FAR)
    refused = far.post("/person-events", retire())
    stranger = far.post("/person-events", retire(id_number="422899199001013337", name="田大勇"))
    nobody = far.post("/person-events", retire(id_number="422899195001010013", name="无名"))
    assert refused.status_code == stranger.status_code == nobody.status_code == 422
    told = [answer.json["errors"][0] for answer in (refused, stranger)]
    assert told[0] == told[1]
    assert told[0]["path"] == "id_number"
    wrong = clerk.post("/person-events", retire(name="杨某"))
    assert wrong.json["errors"][0]["code"] == "name_differs"
    made = clerk.post("/person-events", retire()).json
    assert far.get(f"/person-events/{made['id']}").status_code == 404
    assert far.post(f"/person-events/{made['id']}/cancel", {"reason": "弄错了"}).status_code == 404
    assert far.get("/person-events").json["items"] == []


def test_an_investigation_is_known_to_leader_and_granter_alone(login: Login) -> None:
    body = {"kind": "investigation", "date": "2026-11-20", **YANG}
    assert login(CLERK).post("/person-events", body).status_code == 403
    assert login(ADMIN).post("/person-events", body).status_code == 403
    made = login(LEADER).post("/person-events", body | {"note": "纪检通知"})
    assert made.status_code == 201, made.json
    path = f"/person-events/{made.json['id']}"
    assert login(GRANTER).get(path).json["note"] == "纪检通知"
    for username in (CLERK, ADMIN, "humin", "ranqiguo", "tiandayong", "qinyongan"):
        assert login(username).get(path).status_code == 404
        assert made.json["id"] not in [
            one["id"] for one in login(username).get("/person-events").json["items"]
        ]
    assert login(CLERK).post("/person-events", retire()).status_code == 201


def test_what_has_not_begun_is_taken_back(login: Login) -> None:
    clerk, admin = login(CLERK), login(ADMIN)
    made = clerk.post("/person-events", retire(date="2027-06-30")).json
    assert (made["state"], made["due_on"]) == ("planned", "2027-06-30")
    path = f"/person-events/{made['id']}/cancel"
    assert admin.post(path, {"version": 9, "reason": "弄错了"}).json["code"] == "stale"
    short = admin.post(path, {"version": 1, "reason": ""})
    assert (short.status_code, short.json["errors"][0]["path"]) == (422, "reason")
    gone = admin.post(path, {"version": 1, "reason": "弄错了"})
    assert (gone.json["state"], gone.json["cancelled_reason"]) == ("cancelled", "弄错了")
    assert admin.post(path, {"version": 2, "reason": "弄错了"}).json["code"] == "event_over"
    again = clerk.post("/person-events", retire(date="2027-06-30"))
    assert again.status_code == 201
    assert again.json["id"] != made["id"]


def test_leave_and_return(login: Login) -> None:
    clerk = login(CLERK)
    body = {"kind": "leave", "leave": "sick", "date": "2026-11-01", "person": "yangwei"}
    made = clerk.post("/person-events", body)
    assert made.status_code == 201, made.json
    assert (made.json["state"], made.json["due_on"]) == ("planned", "2027-02-01")
    assert login("yangwei").get("/absences").json["items"][0]["state"] == "current"
    back = clerk.post(
        "/person-events", {"kind": "return", "date": "2026-11-20", "person": "yangwei"}
    )
    assert back.status_code == 201, back.json
    after = clerk.get(f"/person-events/{made.json['id']}").json
    assert (after["state"], after["ended_on"]) == ("over", "2026-11-19")
    assert login("yangwei").get("/absences").json["items"][0]["state"] == "over"


def test_a_sheet_is_judged_first_and_entered_once(login: Login) -> None:
    clerk = login(CLERK)
    sheet = (
        "变动,姓名,身份证号,日期,到哪天\n"
        "退休,杨𬱖,422899930910999,2026-09-30,\n"
        "产假,阿卜杜拉·麦麦提,422899199208011312,2026-11-01,2027-04-07\n"
        "退休,覃志明,422899197803151118,2026-09-30,\n"
        "升职,黄䶮,422899199502287774,2026-09-31,\n"
    )
    checked = upload(clerk, sheet)
    assert checked.status_code == 201, checked.json
    assert [row["state"] for row in checked.json["rows"]] == [
        "ready",
        "ready",
        "refused",
        "refused",
    ]
    assert {one["column"] for one in checked.json["rows"][3]["errors"]} == {"变动", "日期"}
    assert clerk.get("/person-events").json["items"] == []
    path = f"/imports/person-events/{checked.json['id']}"
    assert login(ADMIN).get(path).status_code == 404
    done = clerk.post(f"{path}/confirm", {})
    assert (done.json["done"], done.json["refused"]) == (2, 2), done.json
    assert clerk.post(f"{path}/confirm", {}).json == done.json == clerk.get(path).json
    again = upload(clerk, sheet, "?confirm=true").json
    assert (again["same"], again["done"]) == (2, 0)
    assert len(clerk.get("/person-events").json["items"]) == 2


def upload(rest: Rest, sheet: str, query: str = "") -> Any:
    file = (io.BytesIO(sheet.encode()), "变动.csv", "text/csv")
    return rest.upload(f"/imports/person-events{query}", {"file": file})
