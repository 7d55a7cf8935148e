"""However a paper ledger was typed, a line of it is read or says what to mend."""

from datetime import date

import pytest

from app.access.types import AccountKind
from app.core.sheets import XLSX, Sheet, as_xlsx
from app.core.tables import Line, SheetRefused, lines_of
from app.identity.types import UnitKind
from app.oldbooks.reading import LABELS, LAYOUT, Lists, arabic, read
from app.oldbooks.service.reporting import Column, template
from app.oldbooks.types import Act, Place, Read

PLACE = Place(7, "422826-jyzx", "公共就业服务中心", "/a/b/", UnitKind.AGENCY, 3)
LISTS = Lists(
    {"公共就业服务中心": (PLACE,), "甲": (PLACE, PLACE)},
    {"零工驿站子系统": "gig-station", "零工驿站": "gig-station"},
    {"审核岗": "review", "权限管理员": "permission_admin"},
    date(2026, 11, 23),
)
GOOD = {
    "on": "2023-09-30",
    "unit": "公共就业服务中心",
    "name": "覃志明",
    "id_number": "422899197803151118",
    "phone": "15400000101",
}


def told(**given: str) -> Read:
    return read(Line(4, {**GOOD, **given}), LISTS)


def faults(**given: str) -> str:
    return "；".join(f"{one.column}{one.message}" for one in told(**given).faults)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "2023-09-30",
            "2023-9-30",
            "2023.9.30",
            "2023/9/30",
            "2023年9月30日",
            "2023 年 9 月 30 日",
        ),
        *(
            "20230930",
            "45199",
            "45199.5",
            "２０２３.９.３０",
            "二〇二三年九月三十日",
            "二○二三年九月三十日",
        ),
        "2023-09-30 08:30:00",
    ],
)
def test_a_day_is_a_day(written: str) -> None:
    row = told(on=written).row
    assert row is not None
    assert row.on == date(2023, 9, 30)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "没有填"),
        ("二〇二三年", "只写到年或者月"),
        ("2023年9月", "只写到年或者月"),
        ("2023-02-30", "不是日期"),
        ("去年", "不是日期"),
        ("2027-01-01", "还没有到"),
        ("1899-01-01", "太早"),
    ],
)
def test_no_day_is_told(written: str, said: str) -> None:
    assert said in faults(on=written)


def test_chinese_numbers() -> None:
    assert arabic("二〇二三年十二月三十一日") == "2023年12月31日"
    assert arabic("二零二三年十月二十日") == "2023年10月20日"


def test_an_old_number_becomes_the_new_one() -> None:
    old, new = told(id_number="422899780315111").row, told().row
    assert old is not None
    assert new is not None
    assert (old.id_number, old.was_short) == (new.id_number, True)
    assert (old.person_ref, new.was_short) == (new.person_ref, False)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, "姓名没有填"),
        ({"name": "=HYPERLINK(1)"}, "不像姓名"),
        ({"id_number": ""}, "身份证号没有填"),
        ({"id_number": "422899********1118"}, "遮盖过的"),
        ({"id_number": "422899197803151117"}, "校验不对"),
        ({"id_number": "4.22899E+17"}, "科学计数"),
        ({"unit": "州外某局"}, "或者不归本级"),
        ({"unit": "甲"}, "不止一个"),
        ({"phone": ""}, "开设账户要有联系方式"),
        ({"phone": "12"}, "联系方式"),
        ({"kind": "超级管理员"}, "只能是账户管理员、权限管理员、操作员"),
        ({"act": "借用"}, "没有“借用”这种操作"),
        ({"subsystem": "医保系统", "post": "审核岗"}, "没有“医保系统”。可以填：零工驿站子系统"),
        ({"subsystem": "零工驿站", "post": "站长"}, "岗位角色没有“站长”"),
        ({"subsystem": "零工驿站", "post": "审核岗", "change": "增甲减乙"}, "请分成两行"),
        ({"post": "权限管理员", "subsystem": "零工驿站", "kind": "操作员"}, "账户类型却是操作员"),
    ],
)
def test_what_cannot_be_read_says_how_to_mend_it(given: dict[str, str], said: str) -> None:
    assert said in faults(**given)


def test_words_of_other_offices_are_understood() -> None:
    row = told(act="注销", kind="权限管理员（A角）").row
    assert row is not None
    assert (row.act, row.kind) == (Act.CLOSE, AccountKind.PERMISSION_ADMIN)
    taken = told(subsystem="零工驿站", post="审核岗", change="减：审核岗", phone="").row
    assert taken is not None
    assert (taken.act, taken.held) == (Act.TAKE, ("gig-station", "review"))
    given = told(subsystem="零工驿站子系统", post="权限管理员").row
    assert given is not None
    assert (given.act, given.kind) == (Act.GIVE, AccountKind.PERMISSION_ADMIN)


def test_a_name_with_blanks_is_the_same_name() -> None:
    row = told(name="覃 志　明").row
    assert row is not None
    assert row.name == "覃志明"


def test_the_template_is_read_again() -> None:
    with pytest.raises(SheetRefused, match="没有台账记录"):
        list(lines_of(template(), XLSX, LAYOUT))


def test_a_head_of_merged_cells_and_empty_rows() -> None:
    """A band above, titles below, and rows with nothing in them."""
    labels = list(LABELS.values())
    at = labels.index("子系统")
    above = [one if n < at else "" for n, one in enumerate(labels)]
    above[at] = "权限"
    below = ["" if n < at else one for n, one in enumerate(labels)]
    row = [GOOD.get(name, "") for name in LABELS]
    empty = ["" for _ in labels]
    titles = [Column("") for _ in labels]
    data = as_xlsx(Sheet("旧台账", "", titles, [above, below, empty, row, empty, row]))
    assert [one.n for one in lines_of(data, XLSX, LAYOUT)] == [7, 9]


def test_too_many_rows_and_no_sheet() -> None:
    with pytest.raises(SheetRefused, match="没有找到标题行"):
        list(lines_of(b"PK\x03\x04", "text/csv", LAYOUT))
    head = "日期,单位,姓名,身份证号\n"
    with pytest.raises(SheetRefused, match="一次最多导入 5000 行"):
        list(lines_of((head + "2023-01-01,甲,乙,丙\n" * 5001).encode(), "text/csv", LAYOUT))
