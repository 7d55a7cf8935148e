"""用户信息变更 over REST: who may be changed by whom, and what the ledger keeps of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.reviews.conftest import OpenAccount, World

LIAO = ("向小兰", "422899199001012385")
OTHER = ("黄䶮", "422899199502287774")
NEW_PHONE = "15400000909"


def asked(**changed: Any) -> dict[str, Any]:
    name, number = LIAO
    row = {
        "name": name,
        "id_number": number,
        "phone": NEW_PHONE,
        "requirement": "更换手机号。",
        **changed,
    }
    return {"contact_phone": "0718-8200000", "people": [row]}


def start(world: World, by: str = "yaohaiyang", **changed: Any) -> Any:
    return world.start(by, "contact-change", asked(**changed))


def codes(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["path"], error["code"]) for error in answer.json["errors"]]


@pytest.fixture
def account(open_account: OpenAccount) -> str:
    return open_account(LIAO)


def test_phone_and_name_change_and_the_book_keeps_the_old(world: World, account: str) -> None:
    world.at(datetime(2026, 11, 25, 2, tzinfo=UTC))
    made = start(world, new_name="向晓兰")
    assert made.status_code == 201, made.text
    number = made.json["number"]
    (due,) = {d["due_at"][:10] for d in made.json["deadlines"]}
    assert due == "2026-11-30"  # three working days over a weekend
    done = world.complete(
        "tanlihua", number, "done", {"verified_by": "id_card", "result": "证件核对无误。"}
    )
    assert done.status_code == 200, done.text
    ticket = world.ticket("yaohaiyang", number)
    assert (ticket["state"], ticket["title"]) == ("closed", "用户信息变更（1人）")
    assert [one["name"] for one in ticket["documents"]] == ["contact-change"]
    before, after = world.book("tanlihua", "accounts")
    assert (before["ticket"], before["values"]["name"]) == (account, "向小兰")
    assert (after["ticket"], after["row_no"]) == (number, 1)
    values = after["values"]
    assert (values["act"], values["name"], values["phone"]) == ("变更", "向晓兰", "154****0909")
    assert values["remark"] == "原姓名：向小兰；原联系方式：154****0108"
    assert (values["executor"], values["reason"]) == ("谭丽华", "更换手机号。")
    again = start(world)  # the old name is registered no more
    assert codes(again) == [("people.0.name", "name_differs")]
    assert start(world, name="向晓兰").status_code == 201


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"id_number": "422899199502287774"}, ("people.0.id_number", "no_account")),
        ({"name": "向大兰"}, ("people.0.name", "name_differs")),
        ({"phone": ""}, ("people.0.phone", "nothing_changed")),
        ({"new_name": "向小兰", "phone": ""}, ("people.0.new_name", "nothing_changed")),
        ({"phone": "0718-8200000"}, ("people.0.phone", "phone")),
    ],
)
def test_rows_that_cannot_be(
    world: World, account: str, changed: dict[str, str], refused: tuple[str, str]
) -> None:
    assert account
    path, code = refused
    (found,) = codes(start(world, **changed))
    assert found[0] == path
    assert found[1] == code or code == "phone"


def test_another_county_is_refused(world: World, account: str) -> None:
    """Without telling what the account is called."""
    assert account
    answer = start(world, by="longjinhua", name="谁也不是")
    assert codes(answer) == [("people.0.id_number", "other_division")]
    assert "向小兰" not in answer.text


def test_one_person_twice(world: World, account: str) -> None:
    assert account
    answers = asked()
    answers["people"] *= 2
    assert codes(world.start("yaohaiyang", "contact-change", answers)) == [
        ("people.1.id_number", "repeated")
    ]


def test_a_name_needs_papers(world: World, account: str) -> None:
    assert account
    number = start(world, new_name="向晓兰").json["number"]
    called = world.complete(
        "tanlihua", number, "done", {"verified_by": "call", "result": "已回拨。"}
    )
    assert codes(called) == [("verified_by", "papers_needed")]
    assert world.ticket("yaohaiyang", number)["state"] == "running"


def test_a_phone_may_be_called_back_after_a_return(world: World, account: str) -> None:
    assert account
    number = start(world).json["number"]
    assert world.send_back("tanlihua", number, "号码打不通，请核对。").status_code == 200
    assert len(world.book("tanlihua", "accounts")) == 1
    again = world.on("yaohaiyang").post(
        f"/tickets/{number}/resubmit", {"answers": asked(phone="15400000910")}
    )
    assert (again.status_code, again.json["submission"]) == (200, 2)
    done = world.complete(
        "tanguifang", number, "done", {"verified_by": "call", "result": "已回拨。"}
    )
    assert done.status_code == 200, done.text
    assert world.book("tanlihua", "accounts")[-1]["values"]["phone"] == "154****0910"


def test_what_was_closed_meanwhile_is_not_changed(world: World, open_account: OpenAccount) -> None:
    """Two forms of one person: the one that comes second finds another name and is refused."""
    open_account(LIAO, OTHER)
    first = start(world, new_name="向晓兰").json["number"]
    second = start(world, new_name="向小岚").json["number"]
    given = {"verified_by": "id_card", "result": "证件核对无误。"}
    assert world.complete("tanlihua", first, "done", given).status_code == 200
    late = world.complete("tanlihua", second, "done", given)
    assert (late.status_code, late.json["code"]) == (409, "row_refused")
    assert world.ticket("yaohaiyang", second)["state"] == "running"
    assert len(world.book("tanlihua", "accounts")) == 3


def test_nobody_executes_his_own(world: World, open_account: OpenAccount) -> None:
    """Nor does a form name an administrator: his account is changed by 附件1."""
    assert open_account(LIAO)
    own = start(world, name="谭丽华", id_number="422899198806094440")
    assert codes(own) == [("people.0.id_number", "no_account")]
