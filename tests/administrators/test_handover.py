"""A09: item by item, three signatures, one row in the book; and A13: the first administrators."""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine, text

from app.demo import people as invented
from tests.administrators.playing import PEOPLE, Town, admin_row

LEAVER, HEIR, WITNESS = "tanguifang", "tanlihua", "zhangweihua"


def form(town: Town, heir: str = HEIR, **more: Any) -> dict[str, Any]:
    items = [{"kind": "media", "item": "UKey", "count": 1, "numbers": "UK-0017"}]
    given = {"heir": heir, "reason": "retirement", "leaves_on": town.day, "items": items}
    return {**given, **more}


def begun(town: Town) -> str:
    answer = town.apply(LEAVER, "admin-handover", form(town))
    assert answer.status_code == 201, answer.text
    return str(answer.json["number"])


def test_the_system_lays_out_what_it_knows(town: Town) -> None:
    items = town.ticket(begun(town), LEAVER)["answers"]["items"]
    assert [one["item"] for one in items] == ["UKey", "账户管理员账户", "账户管理台账"]
    assert items[2]["count"] == 3  # the county's copies of its three administrators
    assert items[2]["numbers"] == "2026年第1号至第3号"


def test_a_disputed_item_stays_open_until_it_is_settled(town: Town) -> None:
    number = begun(town)
    town.done(number, LEAVER)
    answer = town.decide(number, HEIR, answers={"result": "第9项有异议：没有这一项"})
    assert answer.status_code == 422
    town.done(number, HEIR, answers={"result": "第1项有异议：UKey 没有交来。其余已收。"})
    assert set(town.open(number)) == {"settle"}
    town.done(number, LEAVER)
    still = town.decide(number, HEIR, answers={"result": "第1项有异议：仍没有交来"})
    assert "退回移交人" in still.json["errors"][0]["message"]
    town.done(number, HEIR, answers={"result": "全部收到。"})
    town.done(number, WITNESS, answers={"archive_no": "JJ-2026-01", "result": "交接清楚。"})
    ticket = town.ticket(number)
    assert ticket["state"] == "closed"
    (row,) = town.book("admin-handover")
    assert row["ticket"] == number
    assert {"谭桂芳", "谭丽华", "张卫华", "JJ-2026-01"} <= set(row.values())


def test_who_may_receive(town: Town) -> None:
    for heir, words in ((LEAVER, "移交人自己"), ("longjinhua", "不是咸丰县本级")):
        answer = town.apply(LEAVER, "admin-handover", form(town, heir))
        assert answer.status_code == 422
        assert words in answer.json["errors"][0]["message"]


def test_leaving_waits_for_the_handover(town: Town) -> None:
    rows = (admin_row("close", LEAVER), admin_row("add", "yaohaiyang"))
    said = town.refused("wuyiming", *rows)
    assert "还没有办完管理员交接" in said["urgent_reason"]
    town.hand_over(LEAVER, HEIR, WITNESS)
    town.ask("wuyiming", *rows)


# --- A13 ---


def bootstrap(town: Town, *rows: dict[str, Any], by: str = "duanshiyu") -> Any:
    paper = town.who(by).upload("/attachments", {"file": (_png(), "名单.png")})
    assert paper.status_code == 201, paper.text
    answers = {
        "phone": "0718-8200000",
        "paper_number": "恩州人社函〔2026〕3号",
        "paper_date": town.day,
        "papers": [paper.json["id"]],
        "people": list(rows),
    }
    return town.apply(by, "region-bootstrap", answers)


def first(who: str, unit: str) -> dict[str, Any]:
    name, number, phone = PEOPLE[who]
    given = {"name": name, "id_number": number, "phone": phone, "post": "account_admin"}
    return {**given, "unit": unit, "subsystems": [], "requirement": "首批"}


def test_the_demonstration_was_founded_by_two_persons(town: Town) -> None:
    rows = [row for row in town.book("accounts") if row["book"] == "422800"]
    assert len(rows) == 27
    assert rows[0]["ticket"].startswith("QX-CSH-")
    assert {row["act"] for row in rows} == {"创建"}
    assert {row["executor"] for row in rows} == {"龚远航"}
    ticket = town.ticket(rows[0]["ticket"])
    assert [task["assignee"] for task in ticket["tasks"]] == ["gongyuanhang", "ranqiguo"]


def test_a_level_that_has_begun_begins_not_again(town: Town) -> None:
    answer = bootstrap(town, first("yaohaiyang", "422826-jyzx"))
    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert (error["path"], "不再初始化" in error["message"]) == ("people.0.unit", True)


@pytest.mark.committed
def test_of_two_bootstraps_of_one_level_one_begins(town: Town, bind: Engine) -> None:
    """Both were begun while the level had nobody, and are decided at the same moment."""
    with bind.begin() as connection:
        connection.execute(text(NOBODY), {"county": "422827"})
    numbers = []
    for seed in (7801, 7802):
        new = invented.row(seed, post="account_admin")
        kept = {key: new[key] for key in ("name", "id_number", "phone", "post")}
        row = {**kept, "unit": "422827-xxzx", "subsystems": [], "requirement": "首批"}
        answer = bootstrap(town, row)
        assert answer.status_code == 201, answer.text
        numbers.append(str(answer.json["number"]))
        town.done(numbers[-1], "gongyuanhang")
    desks = [Town(town.login, town.file) for _ in numbers]
    for desk in desks:
        desk.who("ranqiguo")
    with ThreadPoolExecutor() as at_once:
        sent = [
            at_once.submit(desk.decide, number, "ranqiguo")
            for desk, number in zip(desks, numbers, strict=True)
        ]
    said = [one.result() for one in sent]
    assert sorted(one.status_code for one in said) == [200, 409], [one.text for one in said]
    (late,) = (one for one in said if one.status_code == 409)
    assert "不再初始化" in late.json["detail"]


@pytest.mark.committed
def test_paper_that_names_another_office_than_he_works_in_is_refused(
    town: Town, bind: Engine
) -> None:
    """R4: an administrator is of the office that is named."""
    with bind.begin() as connection:
        connection.execute(text(NOBODY), {"county": "422827"})
    row = {
        **first("yaohaiyang", "422827-xxzx"),
        "name": "向建华",
        "id_number": "422899197910181697",
        "phone": "15400001075",
    }
    answer = bootstrap(town, row)
    (error,) = answer.json["errors"]
    assert (error["path"], error["code"]) == ("people.0.unit", "other_unit")
    assert "此人登记在来凤县" in error["message"]


NOBODY = """
    UPDATE account SET state = 'closed', closed_at = now()
    FROM unit JOIN unit AS level ON level.id = unit.division_id
    WHERE unit.id = account.unit_id AND account.kind <> 'operator' AND level.code = :county
"""


def test_only_system_administrators_found(town: Town) -> None:
    answer = town.apply("yaohaiyang", "region-bootstrap", {})
    assert answer.status_code == 403


def _png() -> Any:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(out, "PNG")
    out.seek(0)
    return out
