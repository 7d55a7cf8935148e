"""Absences, mandates and AB pairs over REST."""

from collections.abc import Callable
from datetime import timedelta

from app.core import clock
from tests.api.conftest import PROCESS, Rest

HEAD, LEADER, OTHER, ADMIN, STRANGER = (
    "qinyongan",
    "pengxiuying",
    "tengxiaoyan",
    "duanshiyu",
    "longjinhua",
)
Login = Callable[[str], Rest]


def day(after: int) -> str:
    return (clock.today() + timedelta(days=after)).isoformat()


def test_an_absence_from_its_first_day_to_its_end(login: Login) -> None:
    head = login(HEAD)
    body = {"from": day(0), "to": day(3), "kind": "annual", "note": "回老家"}
    made = head.post("/absences", body)
    assert made.status_code == 201, made.text
    absence = made.json
    assert (absence["from"], absence["to"], absence["state"]) == (day(0), day(3), "current")
    assert (absence["kind_label"], absence["person"]["username"]) == ("年休假", HEAD)
    path = f"/absences/{absence['id']}"
    assert login(STRANGER).post(f"{path}/end", {"version": 1}).status_code == 404
    assert login("yaohaiyang").post(f"{path}/end", {"version": 1}).status_code == 404
    changed = login(LEADER).post(f"{path}/change", {"version": 1, "to": day(1)})
    assert (changed.json["to"], changed.json["version"]) == (day(1), 2)
    stale = head.post(f"{path}/end", {"version": 1})
    assert (stale.status_code, stale.json["current"]) == (409, "current")
    assert head.post(f"{path}/end", {"version": 2}).json["state"] == "over"
    found = head.get("/absences", **{"from": day(0)}).json
    assert [one["state"] for one in found["items"]] == ["over"]
    assert login(STRANGER).get("/absences").json["items"] == []


def test_what_is_wrong_with_an_absence_is_named(login: Login) -> None:
    head = login(HEAD)
    body = {"from": day(3), "to": day(1), "kind": "annual"}
    refused = head.post("/absences", body)
    assert refused.status_code == 422
    (error,) = refused.json["errors"]
    assert (error["path"], error["code"]) == ("to", "ends_before")
    wrong = head.post("/absences", body | {"to": "the day after"})
    assert (wrong.status_code, wrong.json["errors"][0]["path"]) == (422, "to")
    assert head.get("/absences", **{"from": "soon"}).status_code == 400


def test_a_mandate_and_its_two_ends(login: Login) -> None:
    leader = login(LEADER)
    body = {"deputy": OTHER, "from": day(0), "to": day(5), "processes": [PROCESS]}
    made = leader.post("/mandates", body).json
    assert (made["state"], made["deputy"]["username"]) == ("current", OTHER)
    assert [one["id"] for one in login(OTHER).get("/mandates").json["items"]] == [made["id"]]
    path = f"/mandates/{made['id']}"
    assert login(OTHER).post(f"{path}/revoke", {"version": 1}).status_code == 403
    revoked = leader.post(f"{path}/revoke", {"version": 1}).json
    assert (revoked["state"], bool(revoked["revoked_at"])) == ("over", True)
    planned = leader.post("/mandates", body | {"from": day(2)}).json
    ended = leader.post(f"/mandates/{planned['id']}/end", {"version": 1}).json
    assert (ended["state"], ended["revoked_at"]) == ("cancelled", None)


def test_a_pair(login: Login) -> None:
    body = {"unit": "422826-xxzx", "position": "account_admin", "a": "tanlihua", "b": "tanguifang"}
    assert login(LEADER).post("/pairs", body).status_code == 403
    admin = login(ADMIN)
    made = admin.post("/pairs", body).json
    assert (made["label"], made["a"]["username"]) == ("账户管理员", "tanlihua")
    assert admin.post("/pairs", body).status_code == 409
    assert [one["id"] for one in login("tanguifang").get("/pairs").json["items"]] == [made["id"]]
    assert admin.post(f"/pairs/{made['id']}/end", {"version": 1}).json["ended_at"]
