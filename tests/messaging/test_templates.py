"""Templates: what operators take, what a value may say, and a signature nobody can forge."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.messaging.text import segments, templates
from app.messaging.text.types import Purpose, Variable

BODY = (
    "${姓名}您好，您申请的失业登记已于${日期}办结，如需领取纸质《就业创业证》请携带身份证到示例路1号"
    "二楼3号窗口。咨询电话0631-12333。"
)
VARIABLES = (Variable("姓名", "毕淑芬", 10), Variable("日期", "2026年11月20日", 11))
VALUES = {"姓名": "毕淑芬", "日期": "2026年11月20日"}
SIGNATURE = "荣成就业中心"
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def codes(body: str, variables: Any = VARIABLES, purpose: Purpose = Purpose.DIRECTED) -> set[str]:
    return {fault.code for fault in templates.faults_of(body, variables, purpose)}


def value_codes(**given: str) -> set[str]:
    return {fault.code for fault in templates.faults_of_values(VARIABLES, VALUES | given)}


def test_a_template_is_filled() -> None:
    """The worked example: 85 units with its signature, two segments."""
    assert codes(BODY) == set()
    assert templates.faults_of_values(VARIABLES, VALUES) == []
    text = templates.compose(SIGNATURE, BODY, VALUES)
    assert text.startswith("【荣成就业中心】毕淑芬您好，")
    assert (segments.units_of(text), segments.count(text)) == (85, 2)


def test_a_rare_name_counts_two() -> None:
    """杨𬱖 has two characters and three units."""
    units = segments.units_of(templates.compose(SIGNATURE, BODY, VALUES | {"姓名": "杨𬱖"}))
    assert units == 85
    assert value_codes(姓名="𬱖" * 6) == {"too_long"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "required"),
        ("${姓名}", "all_variable"),
        ("您好${姓名}${日期}。", "adjacent"),
        ("您好${姓名} ${日期}。", "adjacent"),
        ("您好{姓名}。", "blank"),
        ("您好{__class__}。", "blank"),
        ("您好${__class__}。", "blank"),
        ("您好${姓名.__class__}。", "blank"),
        ("您好{{7*7}}${姓名}于${日期}", "blank"),
        ("您好${姓名", "blank"),
        ("【威海社保】${姓名}于${日期}", "brackets"),
        ("${姓名}于${日期}\r\n办结", "line_end"),
        ("${姓名}于${日期}\u2028办结", "line_end"),
        ("${姓名}于${日期}\u202e结办", "direction"),
        ("${姓名}于${日期}办\u200b结", "unseen"),
        ("${姓名}于${日期}办\ufeff结", "unseen"),
        ("${姓名}于${日期}\x07", "unprintable"),
        ("${姓名}于${日期}\ue000", "unprintable"),
        ("★${姓名}于${日期}", "refused"),
        ("${姓名}于${日期} ^_^", "refused"),
        ("${姓名}于${日期}，电话15400000201", "mobile"),
        ("${姓名}于${日期}，电话１５４ ０００００２０１", "mobile"),
        ("${姓名}于${日期}在${地点}", "undeclared"),
        ("${姓名}已办结", "unused"),
        ("${姓名}于${日期}。回T退订", "refusal"),
    ],
)
def test_what_operators_refuse_is_refused_here(body: str, code: str) -> None:
    assert code in codes(body)


@pytest.mark.parametrize("ending", templates.ENDINGS)
def test_publicity_says_how_to_be_left_alone(ending: str) -> None:
    """Its text ends so; anywhere else in the text it does not count."""
    fair = "招聘会定于2月20日举办。"
    assert codes(fair, (), Purpose.PUBLICITY) == {"no_refusal"}
    assert codes(fair + ending, (), Purpose.PUBLICITY) == set()
    assert codes(ending + fair, (), Purpose.PUBLICITY) == {"no_refusal"}


@pytest.mark.parametrize(
    ("variable", "path", "code"),
    [
        (Variable("__class__", "甲", 5), "variables.0.name", "name"),
        (Variable("区市", "荣成市", 5), "variables.0.name", "reserved"),
        (Variable("姓名", "毕淑芬", 2), "variables.0.example", "too_long"),
        (Variable("姓名", "", 2), "variables.0.example", "required"),
        (Variable("姓名", "甲", 0), "variables.0.longest", "range"),
        (Variable("姓名", "甲", 101), "variables.0.longest", "range"),
    ],
)
def test_variables_are_judged_where_they_stand(variable: Variable, path: str, code: str) -> None:
    found = templates.faults_of("您好${姓名}。", [variable], Purpose.DIRECTED)
    assert (path, code) in {(fault.path, fault.code) for fault in found}


def test_a_variable_is_listed_once() -> None:
    twice = [Variable("姓名", "甲", 5)] * 2
    assert codes("您好${姓名}。", twice) == {"twice"}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "required"),
        ("  ", "required"),
        ("毕【威海社保】", "brackets"),
        ("毕\r\n淑芬", "line_end"),
        ("毕\u202e", "direction"),
        ("毕\u200d芬", "unseen"),
        ("www.abc", "link"),
        ("毕http://a", "link"),
        ("毕ｈttp：／／a", "link"),
        ("1540000aaa", ""),
        ("毕淑芬毕淑芬毕淑芬毕淑", "too_long"),
        ("😀", ""),
        ("{__class__}", "too_long"),
        ("${日期}", ""),
    ],
)
def test_values_are_judged_alike(value: str, code: str) -> None:
    assert value_codes(姓名=value) == ({code} if code else set())


def test_values_nobody_asked_for_are_refused() -> None:
    assert value_codes(地点="甲") == {"unknown"}


@given(ANYTHING, ANYTHING)
def test_a_value_is_never_read_again(name: str, day: str) -> None:
    """Blanks in values stay as they are; the signature is the unit's, or there is no text."""
    values = {"姓名": name, "日期": day}
    try:
        text = templates.compose(SIGNATURE, BODY, values)
    except templates.Unsendable:
        assert {"【", "】"} & set(name + day)
        return
    before, between, after = BODY.replace("${日期}", "${姓名}").split("${姓名}")
    assert text == f"【{SIGNATURE}】{before}{name}{between}{day}{after}"
    assert text.count("【") == text.count("】") == 1


@given(ANYTHING)
def test_what_passes_can_be_sent_and_fits(value: str) -> None:
    """Judged values never fail to compose, and never take more than was said before."""
    values = VALUES | {"姓名": value}
    if templates.faults_of_values(VARIABLES, values):
        return
    text = templates.compose(SIGNATURE, BODY, values)
    most = templates.extent_of(SIGNATURE, BODY, VARIABLES)
    assert segments.units_of(text) <= most.units
    assert segments.count(text) <= most.segments


@pytest.mark.parametrize(
    ("signature", "body"), [("", BODY), ("荣成】【威海社保", BODY), (SIGNATURE, "【威海社保】好")]
)
def test_no_text_without_the_one_signature(signature: str, body: str) -> None:
    with pytest.raises(templates.Unsendable):
        templates.compose(signature, body, VALUES)


def test_a_text_without_a_value_is_no_text() -> None:
    with pytest.raises(templates.Unsendable):
        templates.compose(SIGNATURE, BODY, {"姓名": "毕淑芬"})


def test_the_longest_text_is_known_before() -> None:
    """With the signature; past five hundred units nothing goes."""
    extent = templates.extent_of(SIGNATURE, BODY, VARIABLES)
    assert (extent.units, extent.segments) == (92, 2)
    assert templates.fault_of_extent(extent) is None
    fault = templates.fault_of_extent(templates.extent_of(SIGNATURE, "字" * 493, ()))
    assert fault is not None
    assert fault.code == "too_long"


@pytest.mark.parametrize("reply", ["T", "ｔｄ", " r。", "0000", "N!"])
def test_a_reply_is_a_refusal_by_its_keyword(reply: str) -> None:
    assert templates.is_refusal(reply)


@pytest.mark.parametrize("reply", ["TT", "谢谢", "", "不T"])
def test_any_other_reply_is_none(reply: str) -> None:
    assert not templates.is_refusal(reply)
