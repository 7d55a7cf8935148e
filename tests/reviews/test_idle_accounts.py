"""Last logins over REST: told by a sheet, never backwards, and who lies idle by them."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.reviews.conftest import OpenAccount, World

PERSON = ("向小兰", "422899199001012385")
OTHER = ("黄䶮", "422899199502287774")
MARCH = datetime(2027, 3, 1, 2, tzinfo=UTC)
HEAD = "身份证号,姓名,最近登录,最近业务操作\n"


def told(world: World, *lines: str, by: str = "tanlihua", confirm: bool = True) -> Any:
    data = io.BytesIO((HEAD + "\n".join(lines) + "\n").encode())
    path = f"/imports/last-logins?confirm={'true' if confirm else 'false'}"
    return world.on(by).upload(path, {"file": (data, "登录.csv")})


def idle(world: World, by: str = "tanlihua", **asked: Any) -> list[tuple[str, int]]:
    answer = world.on(by).get("/idle-accounts", **asked)
    assert answer.status_code == 200, answer.text
    return sorted((one["name"], one["days"]) for one in answer.json["items"])


@pytest.fixture
def two(world: World, open_account: OpenAccount) -> World:
    """Opened in November, and it is March now."""
    world.at(datetime(2026, 11, 24, 2, tzinfo=UTC))
    open_account(PERSON, OTHER)
    world.at(MARCH)
    return world


def test_who_never_came_counts_from_the_opening(two: World) -> None:
    assert idle(two) == [("向小兰", 97), ("黄䶮", 97)]
    assert idle(two, days=98) == []
    assert idle(two, unit="422826-jyzx") == idle(two)
    assert idle(two, unit="422827") == []


def test_the_list_goes_page_by_page(two: World) -> None:
    first = two.on("tanlihua").get("/idle-accounts", limit=1).json
    second = two.on("tanlihua").get("/idle-accounts", limit=1, cursor=first["next_cursor"]).json
    shown = [one for page in (first, second) for one in page["items"]]
    assert sorted(one["name"] for one in shown) == ["向小兰", "黄䶮"]
    assert {one["id_number"] for one in shown} == {"422899********2385", "422899********7774"}
    assert second["next_cursor"] is None


def test_a_sheet_is_looked_at_before_it_counts(two: World) -> None:
    line = f"{PERSON[1]},向小兰,2027-02-20,2027-02-18"
    looked = told(two, line, confirm=False)
    assert (looked.status_code, looked.json["ready"], looked.json["confirmed"]) == (200, 1, False)
    assert len(idle(two)) == 2
    assert told(two, line).json["ready"] == 1
    assert idle(two) == [("黄䶮", 97)]
    assert idle(two, days=9) == [("向小兰", 9), ("黄䶮", 97)]
    again = told(two, line).json
    assert (again["ready"], again["ignored"]) == (0, 1)


def test_days_never_go_back(two: World) -> None:
    told(two, f"{PERSON[1]},,2027/2/20,")
    older = told(two, f"{PERSON[1]},,2027-01-05,").json
    (row,) = older["rows"]
    assert (row["state"], "2027-02-20" in row["message"]) == ("older", True)
    assert idle(two, days=9)[0] == ("向小兰", 9)
    mixed = told(two, f"{PERSON[1]},,2027-01-05,2027年2月25日").json
    assert mixed["ready"] == 1
    assert idle(two, days=1)[0] == ("向小兰", 4)


def test_every_row_is_answered_for(two: World) -> None:
    """Unknown people, wrong names, days that cannot be, the same account twice."""
    report = told(
        two,
        "422899199309109992,杨𬱖,2027-02-20,",
        f"{PERSON[1]},向大兰,2027-02-20,",
        f"{PERSON[1]},向小兰,2027-02-30,",
        f"{PERSON[1]},向小兰,2027-02-20,",
        f"{OTHER[1]},黄䶮,2027-03-09,",
        f"{OTHER[1]},黄䶮,,",
    ).json
    states = [(row["row"], row["state"]) for row in report["rows"]]
    assert states == [
        (2, "unknown"),
        (3, "refused"),
        (4, "refused"),
        (5, "refused"),
        (6, "refused"),
        (7, "refused"),
    ]
    assert "第4行" in report["rows"][3]["message"]
    assert len(idle(two)) == 2


def test_another_county_neither_tells_nor_sees(two: World) -> None:
    far = "gongyuanhang"
    line = f"{PERSON[1]},向小兰,2027-02-20,"
    assert told(two, line, by=far).status_code == 403
    assert two.on("yaohaiyang").get("/idle-accounts").status_code == 403
    of_prefecture = told(two, line, by="qinzhiming").json
    assert [row["state"] for row in of_prefecture["rows"]] == ["unknown"]
    elsewhere = told(two, line, by="ransiqi").json
    assert [row["state"] for row in elsewhere["rows"]] == ["unknown"]
    assert idle(two, by="ransiqi") == []
    assert len(idle(two, by="humin")) == 2  # the auditor of the 州


def test_a_sheet_that_is_none(two: World) -> None:
    data = {"file": (io.BytesIO(b"a,b\n1,2\n"), "x.csv")}
    wrong = two.on("tanlihua").upload("/imports/last-logins", data)
    assert (wrong.status_code, wrong.json["code"]) == (422, "sheet_refused")
