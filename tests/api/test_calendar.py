"""Notices of days off and the days of a unit over REST."""

from collections.abc import Callable
from typing import Any

from tests.api.conftest import Rest

Login = Callable[[str], Rest]
ADMIN, CLERK = "duanshiyu", "yaohaiyang"
BODY: dict[str, Any] = {
    "unit": "422800",
    "year": 2025,
    "number": "试〔2025〕1号",
    "title": "试放假的通知",
    "days": [
        {"from": "2025-08-18", "to": "2025-08-19", "kind": "off", "name": "州庆"},
        {"from": "2025-08-20", "kind": "half"},
    ],
}


def days(rest: Rest, **query: str) -> dict[str, tuple[bool, str]]:
    found = rest.get("/calendar/days", **{"from": "2025-08-16", "to": "2025-08-20", **query}).json
    return {one["day"][-2:]: (one["is_working"], one["layer"]) for one in found["items"]}


def test_a_notice_from_entry_to_withdrawal(login: Login) -> None:
    admin = login(ADMIN)
    made = admin.post("/calendar/notices", BODY)
    assert made.status_code == 201
    notice = made.json
    assert (notice["layer"], notice["state"], notice["version"]) == ("恩施州", "in_force", 1)
    assert [one["day"] for one in notice["days"]] == ["2025-08-18", "2025-08-19", "2025-08-20"]
    clerk = login(CLERK)
    assert days(clerk) == {
        "16": (False, ""),
        "17": (False, ""),
        "18": (False, "恩施州"),
        "19": (False, "恩施州"),
        "20": (True, "恩施州"),
    }
    day = clerk.get("/calendar/days", **{"from": "2025-08-20", "to": "2025-08-20"}).json["items"][0]
    assert (day["kind"], day["is_half"], day["is_working"]) == ("half", True, True)
    assert days(clerk, unit="国家")["18"] == (True, "")
    listed = clerk.get("/calendar/notices", year=2025).json["items"]
    assert listed[0]["id"] == notice["id"]
    assert clerk.post("/calendar/notices", BODY).status_code == 403
    again = admin.post("/calendar/notices", BODY)
    assert (again.status_code, again.json["code"]) == (409, "notice_twice")
    path = f"/calendar/notices/{notice['id']}/withdraw"
    assert admin.post(path, {"version": 9, "reason": "错"}).json["code"] == "stale"
    gone = admin.post(path, {"version": 1, "reason": "录错了。"}).json
    assert (gone["state"], gone["withdrawn_reason"]) == ("withdrawn", "录错了。")
    assert admin.post(path, {"version": 2, "reason": "错"}).json["code"] == "notice_withdrawn"
    assert days(clerk)["18"] == (True, "")


def test_an_unknown_year_is_an_estimate(login: Login) -> None:
    found = login(CLERK).get("/calendar/days", **{"from": "2026-12-31", "to": "2027-01-01"}).json
    assert found["unit"]["code"] == "422826-jyzx"
    assert [(one["is_working"], one["is_estimate"]) for one in found["items"]] == [
        (True, False),
        (True, True),
    ]


def test_what_is_wrong_is_named(login: Login) -> None:
    admin = login(ADMIN)
    wrong = admin.post("/calendar/notices", BODY | {"year": 1999, "number": "", "days": []})
    assert wrong.status_code == 422
    assert {one["path"] for one in wrong.json["errors"]} >= {"year", "number", "off"}
    assert admin.post("/calendar/notices", BODY | {"unit": "nowhere"}).status_code == 404
    backwards = [{"from": "2025-08-19", "to": "2025-08-18", "kind": "off"}]
    assert admin.post("/calendar/notices", BODY | {"days": backwards}).status_code == 400
    for since, until in (("2025-01-01", "2026-12-31"), ("9999-12-31", "0001-01-01")):
        asked = admin.get("/calendar/days", **{"from": since, "to": until})
        assert asked.status_code == 400
    assert admin.get("/calendar/days", **{"from": "9999-12-30", "to": "9999-12-31"}).json
