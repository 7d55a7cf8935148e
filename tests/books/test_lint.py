"""A book that does not fit its forms is refused before it exists, with what to write instead."""

import pytest

from app.ledgers import operations
from app.processes.service.publishing import findings_of
from tests.books.process import COLUMNS, KEY, PARTS, bundle


@pytest.fixture(autouse=True)
def _known() -> None:
    operations.register()


def test_what_fits_is_clean() -> None:
    assert findings_of(bundle()) == []


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"ledger_columns": "nothing=没有"}, "没有这一栏"),
        ({"ledger_columns": "check.nothing=没有"}, "没有这一栏"),
        ({"ledger_columns": "things.nothing=没有"}, "没有这一栏"),
        ({"ledger_columns": "apply.signer=谁"}, "没有这一栏"),
        ({"ledger_columns": "owner_id=证件号"}, "只能遮盖后登记"),
        ({"ledger_columns": "owner_id=证件号,masked,search"}, "遮盖的内容查不到"),
        ({"ledger_columns": "papers=材料"}, "不能登记"),
        ({"ledger_columns": "secret=内部"}, "只给部分岗位看"),
        ({"ledger_columns": "things=物品"}, "逐行填写的表"),
        ({"ledger_columns": "note=说明,sorted"}, "不认识的标记"),
        ({"ledger_columns": "note=,search"}, "没有名称"),
        ({"ledger_columns": "note"}, "无效"),
        ({"ledger_columns": "note=甲;note=乙"}, "只能写一次"),
        ({"ledger_rows": "note"}, "不是表单里逐行填写的表"),
        ({"ledger_title": ""}, "不能为空"),
        ({"ledger": "accounts"}, "系统自己的台账"),
        ({"ledger": "other"}, "不以流程的代号开头"),
        ({"ledger_keepers": "nobody"}, "没有名为 nobody 的岗位"),
        ({"operation": "access.apply_grants"}, "对这个操作没有意义"),
    ],
    ids=lambda given: next(iter(given.values())) if isinstance(given, dict) else "",
)
def test_what_does_not_fit_is_named(changed: dict[str, str], word: str) -> None:
    said = [
        f"{one.message}{one.remedy}" for one in findings_of(bundle(book=PARTS["book"] | changed))
    ]
    assert any(word in line for line in said), said


def test_rows_of_a_list_need_the_list() -> None:
    book = {key: value for key, value in PARTS["book"].items() if key != "ledger_rows"}
    said = [one.message for one in findings_of(bundle(book=book))]
    assert said == [f"台账栏目 things.{key}：在逐行填写的表里。" for key in ("thing", "count")]


def test_a_book_nobody_described_is_unknown() -> None:
    said = [
        one.message
        for one in findings_of(bundle(book={"operation": "ledgers.append", "ledger": KEY}))
    ]
    assert said == [f"没有描述过名为 {KEY} 的台账。"]


def test_the_title_is_needed() -> None:
    book = {key: value for key, value in PARTS["book"].items() if key != "ledger_title"}
    assert [one.message for one in findings_of(bundle(book=book))] == ["没有属性 ledger_title。"]


def test_too_many_columns_are_refused() -> None:
    many = ";".join(f"check.place=地点{n}" for n in range(31))
    assert findings_of(bundle(book=PARTS["book"] | {"ledger_columns": f"{COLUMNS};{many}"}))
