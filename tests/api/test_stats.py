"""Figures over REST: the same as on the pages, and not for everybody."""

from collections.abc import Callable

from tests.api.conftest import Rest

Login = Callable[[str], Rest]
HEAD, CLERK, AUDITOR, ELSEWHERE = "qinyongan", "yaohaiyang", "humin", "tengguorong"
UNIT = {"unit": "422826-jyzx"}


def test_figures(login: Login) -> None:
    clerk = login(CLERK)
    day = clerk.get("/stats/my-day").json
    assert (day["own"], day["covering"], day["running"]) == (0, 0, 0)
    assert [one["light"] for one in day["items"]][:2] == ["red", "yellow"]
    refused = clerk.get("/stats/unit")
    assert (refused.status_code, refused.json["code"]) == (403, "position")

    head = login(HEAD)
    own = head.get("/stats/unit").json
    assert (own["unit"]["code"], own["tasks"]["total"], own["people"]) == (UNIT["unit"], 0, [])
    year = head.get("/stats/timeliness", year=2025).json
    assert (len(year["months"]), year["whole"]["closed"]) == (12, 0)
    assert year["whole"]["half_within"] is None
    assert head.get("/stats/timeliness", year=1999).status_code == 400

    assert login(AUDITOR).get("/stats/unit", **UNIT).json["people"] is None
    stranger = login(ELSEWHERE)
    for path in ("/stats/unit", "/stats/timeliness"):
        assert stranger.get(path, **UNIT).status_code == 404
        assert stranger.get(path, unit="nowhere").status_code == 404
