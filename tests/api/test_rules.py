"""Rule sets and parameters over REST."""

from collections.abc import Callable
from typing import Any

from app.core.clock import today
from tests.api.conftest import Rest, answers_for

Login = Callable[[str], Rest]
ADMIN, CLERK = "duanshiyu", "yaohaiyang"
BODY: dict[str, Any] = {
    "key": "account-permission",
    "unit": "422800",
    "name": "试行办法",
    "number": "试〔2024〕1号",
    "valid_from": "2021-11-01",
    "valid_to": "2026-10-31",
    "articles": [{"number": "第一条", "text": "目的"}],
}


def test_a_rule_set_from_entry_to_withdrawal(login: Login) -> None:
    admin, clerk = login(ADMIN), login(CLERK)
    made = admin.post("/rules", BODY)
    assert made.status_code == 201
    rule = made.json
    assert (rule["layer"], rule["state"], rule["version"]) == ("恩施州", "ended", 1)
    assert clerk.post("/rules", BODY).status_code == 403
    assert admin.post("/rules", BODY).json["code"] == "rule_twice"
    overlap = admin.post("/rules", BODY | {"name": "新办法", "valid_from": "2026-10-01"})
    assert (overlap.status_code, overlap.json["errors"][0]["code"]) == (422, "overlap")
    (listed,) = clerk.get("/rules", key="account-permission").json["items"]
    assert listed == clerk.get(f"/rules/{rule['id']}").json == rule
    ticket = clerk.post("/tickets", {"process": "operator-account", "answers": answers_for(clerk)})
    (basis,) = ticket.json["rules"]
    assert basis["warning"] == "依据已失效：已于2026-10-31到期"
    assert basis["articles"] == [{"number": "第一条", "text": "目的"}]
    path = f"/rules/{rule['id']}/withdraw"
    assert admin.post(path, {"version": 9, "reason": "错"}).json["code"] == "stale"
    gone = admin.post(path, {"version": 1, "reason": "录错了。"}).json
    assert (gone["state"], gone["withdrawn_reason"]) == ("withdrawn", "录错了。")
    assert admin.post(path, {"version": 2, "reason": "错"}).json["code"] == "rule_withdrawn"
    assert admin.get(f"/rules/{2**63}").status_code == 404  # a number that no row can have


def test_a_parameter_is_changed_by_two(login: Login) -> None:
    admin, leader, clerk = login(ADMIN), login("ranqiguo"), login(CLERK)
    found = {one["key"]: one for one in clerk.get("/parameters").json["items"]}
    assert found["leader_signing"]["now"] == {"value": 3, "layer": "", "since": None}
    body = {"unit": "422800", "value": 5, "since": str(today()), "reason": "人手不够。"}
    path = "/parameters/leader_signing"
    assert clerk.post(f"{path}/changes", body).status_code == 403
    refused = admin.post(f"{path}/changes", body | {"value": 99})
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "bounds")
    made = admin.post(f"{path}/changes", body)
    assert (made.status_code, made.json["state"]) == (201, "proposed")
    assert admin.post(f"{path}/changes", body).json["code"] == "change_waits"
    act = f"/parameters/changes/{made.json['id']}"
    assert admin.post(f"{act}/confirm", {"version": 1}).json["code"] == "same_person"
    assert leader.post(f"{act}/confirm", {"version": 9}).json["code"] == "stale"
    assert leader.post(f"{act}/confirm", {"version": 1}).json["state"] == "confirmed"
    assert leader.post(f"{act}/withdraw", {"version": 2}).json["code"] == "change_decided"
    shown = clerk.get(path).json
    assert (shown["parameter"]["now"]["value"], len(shown["changes"])) == (5, 1)
    assert clerk.get("/parameters", unit="国家").status_code == 404
