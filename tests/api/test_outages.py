"""Outages and the papers of them over REST."""

from collections.abc import Callable
from typing import Any

from tests.api.conftest import PROCESS, Rest, answers_for

Login = Callable[[str], Rest]
ADMIN, CLERK = "duanshiyu", "yaohaiyang"
BODY: dict[str, Any] = {
    "unit": "422826",
    "from": "2026-11-18T08:00:00+08:00",
    "to": "2026-11-18T18:00:00+08:00",
    "reason": "机房停电",
}


def test_a_paper_from_the_outage_to_the_ticket(login: Login) -> None:
    admin, clerk = login(ADMIN), login(CLERK)
    assert clerk.post("/outages", BODY).status_code == 403
    for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-18T08:00:00"):
        assert admin.post("/outages", BODY | {"from": at}).status_code in (400, 422)
    made = admin.post("/outages", BODY)
    assert made.status_code == 201, made.json
    outage = made.json
    assert (outage["from"], outage["state"], outage["entered"]) == (BODY["from"], "open", 0)
    again = admin.post("/outages", BODY)
    assert (again.status_code, again.json["code"]) == (409, "outage_twice")
    assert clerk.get("/outages").json["items"][0]["id"] == outage["id"]
    paper = {"at": "2026-11-18T12:00:00+08:00", "outage": outage["id"], "remark": "纸 3 号"}
    body = {"process": PROCESS, "answers": answers_for(clerk), "paper": paper}
    foreign = clerk.post("/tickets", body | {"paper": paper | {"outage": 7}})
    assert (foreign.status_code, foreign.json["errors"][0]["path"]) == (422, "paper.outage")
    ticket = clerk.post("/tickets", body).json
    assert ticket["paper"] | paper == ticket["paper"]
    assert ticket["paper"]["entered_at"] == ticket["submitted_at"]
    lines = clerk.get("/tickets").json["items"]
    assert lines[0]["paper_at"] == paper["at"]
    assert (
        clerk.post("/tickets", body | {"paper": None, "answers": answers_for(clerk, 1, 50)}).json[
            "paper"
        ]
        is None
    )
    path = f"/outages/{outage['id']}/withdraw"
    assert admin.post(path, {"version": 9, "reason": "错了"}).json["code"] == "stale"
    assert admin.post(path, {"version": 1, "reason": "错了"}).json["code"] == "outage_in_use"
