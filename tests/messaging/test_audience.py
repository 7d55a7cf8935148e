"""Lists of recipients: what is wrong with a row, who is left out and why, and the frozen rest."""

import csv
import io
import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from app.config import Settings
from app.core import crypto
from app.core.sheets import XLSX
from app.core.tables import Line, SheetRefused
from app.messaging.audience import judging, reading
from app.messaging.audience.types import Areas, Audience, Block, Recipient, Version, Wanted
from app.messaging.text.types import Variable
from app.messaging.types import Operator

VARIABLES = (Variable("姓名", "毕淑芬", 10), Variable("日期", "2026年11月20日", 11))
KNOWN = {"荣成市": "371082", "文登区": "371003", "乳山市": "371083", "高区": "wh-gaoqu"}
FILED = dict.fromkeys([None, *Operator], Version(VARIABLES))
COUNTY = Wanted(FILED, Areas(KNOWN, frozenset({"371082"})))
CITY = Wanted(FILED, Areas(KNOWN, frozenset(KNOWN.values())))
HEAD = ("序号", "姓名", "手机号", "区市", "日期")
DAY = "2026年11月20日"
Row = tuple[Any, ...]


@pytest.fixture(autouse=True)
def keys(environment: dict[str, str]) -> None:
    crypto.configure(Settings.from_env(environment).field_keys)


def nobody(_phones: Collection[str]) -> Mapping[str, Block]:
    return {}


def xlsx(*rows: Row, head: Row = HEAD) -> bytes:
    book, out = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in (head, *rows):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def judged(*rows: Row, wanted: Wanted = COUNTY, blocked: Any = nobody) -> Audience:
    lines = reading.lines_of(xlsx(*rows), XLSX, wanted)
    return judging.judge(lines, wanted, blocked)


def codes(audience: Audience) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.code) for fault in audience.faults]


def good(n: int, area: str = "荣成市") -> Row:
    return (n, f"人{n}", f"154{n:08}", area, DAY)


def test_a_good_row_is_a_recipient() -> None:
    """Numbers come as numbers, with blanks or a country code; in full width too."""
    rows = [
        (1, "毕淑芬", 15400000203, "荣成市", DAY),
        (2, "丛培军", "+86 154-0000-0204", None, DAY),
        (3, "鞠晓东", "１５４００００２０６０", "荣成市", DAY),
    ]
    audience = judged(*rows)
    assert audience.faults == ()
    assert [one.phone for one in audience.recipients] == [
        "15400000203",
        "15400000204",
        "15400002060",
    ]
    assert {one.area for one in audience.recipients} == {"371082"}
    assert audience.recipients[0].values == {"姓名": "毕淑芬", "日期": DAY}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ((1, "甲", "", "荣成市", DAY), ("手机号", "required")),
        ((1, "甲", "0631-5200000", "荣成市", DAY), ("手机号", "phone")),
        ((1, "甲", "1540000020", "荣成市", DAY), ("手机号", "phone")),
        ((1, "甲", "15400000203/04", "荣成市", DAY), ("手机号", "phone")),
        ((1, "甲", "15400000203", "文登区", DAY), ("区市", "foreign")),
        ((1, "甲", "15400000203", "某某县", DAY), ("区市", "unknown_area")),
        ((1, "", "15400000203", "荣成市", DAY), ("姓名", "required")),
        ((1, "甲" * 11, "15400000203", "荣成市", DAY), ("姓名", "too_long")),
        ((1, "甲\n乙", "15400000203", "荣成市", DAY), ("姓名", "line_end")),
        ((1, "甲\u202e", "15400000203", "荣成市", DAY), ("姓名", "direction")),
        ((1, "【甲】", "15400000203", "荣成市", DAY), ("姓名", "brackets")),
        ((1, "www.a", "15400000203", "荣成市", DAY), ("姓名", "link")),
    ],
)
def test_a_bad_row_says_where_and_why(row: Row, fault: tuple[str, str]) -> None:
    """The other rows are judged all the same, and its values stand in no message."""
    audience = judged(row, good(2))
    assert codes(audience) == [(2, *fault)]
    assert [one.row for one in audience.recipients] == [3]
    assert "15400000203" not in audience.faults[0].message


def test_every_fault_of_a_row_is_told() -> None:
    audience = judged((1, "", "1", "文登区", ""))
    assert codes(audience) == [
        (2, "手机号", "phone"),
        (2, "区市", "foreign"),
        (2, "姓名", "required"),
        (2, "日期", "required"),
    ]
    assert (audience.funnel.read, audience.funnel.faulty, audience.funnel.kept) == (1, 1, 0)


def test_a_county_writes_to_its_own_people_alone() -> None:
    """R13: S8 in small: 荣成 may, 文登 and 乳山 are refused; the city may write to all of them."""
    rows = [good(1), good(2, "文登区"), good(3, "乳山市"), good(4, "高区")]
    assert [code for *_, code in codes(judged(*rows))] == ["foreign"] * 3
    city = judged(*rows, wanted=CITY)
    assert city.faults == ()
    assert city.funnel.by_area == {"371003": 1, "371082": 1, "371083": 1, "wh-gaoqu": 1}
    assert codes(judged(good(1, ""), wanted=CITY)) == [(2, "区市", "required")]


@pytest.mark.parametrize(
    "head",
    [
        ("序号", "姓名", "区市", "日期"),  # no number
        ("序号", "手机号", "区市", "日期"),  # no column for a blank
        ("姓名", "手机号", "手机", "日期"),  # two numbers
        ("姓名", "手机号", "日期", "身份证号"),  # more than the message needs
    ],
)
def test_a_sheet_without_its_columns_is_refused(head: Row) -> None:
    with pytest.raises(SheetRefused):
        list(reading.lines_of(xlsx(good(1), head=head), XLSX, COUNTY))


def test_who_must_not_get_it_is_sieved_out() -> None:
    """A number twice is once; whoever is blocked and stands twice is one of each."""
    reasons = {
        "15400000002": Block.REFUSED,
        "15400000003": Block.BLACKLISTED,
        "15400000004": Block.WRONG_NUMBER,
    }
    asked: list[Collection[str]] = []

    def blocked(phones: Collection[str]) -> Mapping[str, Block]:
        asked.append(list(phones))
        return reasons

    audience = judged(*(good(n) for n in (1, 2, 3, 4, 1, 2, 5)), blocked=blocked)
    assert [(one.row, one.block) for one in audience.left_out] == [
        (3, Block.REFUSED),
        (4, Block.BLACKLISTED),
        (5, Block.WRONG_NUMBER),
        (6, Block.DUPLICATE),
        (7, Block.DUPLICATE),
    ]
    assert [one.row for one in audience.recipients] == [2, 8]
    assert len(asked) == 1  # one question for the whole list, each number once
    assert len(asked[0]) == len(set(asked[0])) == 5


def test_three_thousand_rows_of_which_three_hundred_are_bad() -> None:
    """Each bad row is named, nothing else is; a second reading of the CSV finds the same."""
    rng = random.Random(9)
    bad = set(rng.sample(range(3000), 300))
    spoil = ((2, "12345"), (3, "乳山市"), (1, ""), (4, "2026年\u200b11月"), (2, ""))
    rows: list[list[Any]] = []
    for n in range(3000):
        row = list(good(n))
        if n in bad:
            at, value = spoil[n % len(spoil)]
            row[at] = value
        rows.append(row)
    out = io.StringIO()
    csv.writer(out).writerows([HEAD, *rows])
    sheets = ((xlsx(*map(tuple, rows)), XLSX), (out.getvalue().encode("gb18030"), "text/csv"))
    first, second = (
        judging.judge(reading.lines_of(*sheet, COUNTY), COUNTY, nobody) for sheet in sheets
    )
    assert {fault.row for fault in first.faults} == {n + 2 for n in bad}
    assert (first.funnel.read, first.funnel.faulty, first.funnel.kept) == (3000, 300, 2700)
    assert first == second
    assert judging.digest(first.recipients) == judging.digest(second.recipients)


PHONES = st.sampled_from([f"1540000000{n}" for n in range(6)] + ["1", ""])
AREAS = st.sampled_from(["荣成市", "文登区", "", "别处"])
LISTS = st.lists(st.tuples(PHONES, AREAS, st.sampled_from(["毕淑芬", "", "甲\u202e"])), max_size=30)


def lines(rows: list[tuple[str, str, str]]) -> Iterator[Line]:
    for n, (phone, area, name) in enumerate(rows, start=2):
        fields = {"phone": phone, "area": area, "blank:姓名": name, "blank:日期": DAY}
        yield Line(n, fields)


@given(LISTS, st.dictionaries(PHONES, st.sampled_from(list(Block)[1:])))
def test_the_funnel_adds_up(rows: list[tuple[str, str, str]], reasons: dict[str, Block]) -> None:
    """Whatever list: every row is faulty, left out, or kept, and no number is kept twice."""
    audience = judging.judge(
        lines(rows), COUNTY, lambda phones: {one: reasons[one] for one in phones if one in reasons}
    )
    funnel = audience.funnel
    assert funnel.read == len(rows) == funnel.faulty + sum(funnel.blocked.values()) + funnel.kept
    assert funnel.kept == len(audience.recipients) == sum(funnel.by_area.values())
    assert max(Counter(one.phone for one in audience.recipients).values(), default=0) <= 1
    assert not {one.phone for one in audience.recipients} & reasons.keys()
    seen = {one.row for one in audience.recipients} | {one.row for one in audience.left_out}
    assert seen | {one.row for one in audience.faults} == set(range(2, len(rows) + 2))


@pytest.mark.parametrize(
    "other",
    [
        Recipient(2, "15400000204", "371082", {"姓名": "毕淑芬"}),
        Recipient(2, "15400000203", "371083", {"姓名": "毕淑芬"}),
        Recipient(2, "15400000203", "371082", {"姓名": "毕淑芳"}),
    ],
)
def test_one_changed_character_changes_the_digest(other: Recipient) -> None:
    """What was approved is this list and no other; the row of the sheet does not matter."""
    one = Recipient(2, "15400000203", "371082", {"姓名": "毕淑芬"})
    moved = Recipient(9, one.phone, one.area, one.values)
    assert judging.digest([one]) == judging.digest([moved]) != judging.digest([other])
    assert judging.digest([one]) != judging.digest([one, one]) != judging.digest([])


NEWER = Version((Variable("姓名", "毕淑芬", 10),))
MIXED = Wanted(
    {Operator.MOBILE: NEWER, Operator.UNICOM: FILED[None], None: FILED[None]}, COUNTY.areas
)


def by_operator(*rows: Row) -> Audience:
    head = ("姓名", "手机号", "日期", "运营商")
    lines = reading.lines_of(xlsx(*rows, head=head), XLSX, MIXED)
    return judging.judge(lines, MIXED, nobody)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        *[("移动", "mobile"), ("中国移动", "mobile"), (" 联通 ", "unicom")],
        *[("", None), ("不详", None)],
    ],
)
def test_an_operator_is_a_word_of_the_row(word: str, found: str | None) -> None:
    audience = by_operator(("毕淑芬", "15400000203", DAY, word))
    (one,) = audience.recipients
    assert one.operator == found
    assert audience.funnel.by_operator == {found: 1}


def test_an_operator_that_is_none_or_has_nothing_on_file_is_a_fault() -> None:
    rows = [("毕淑芬", "15400000203", DAY, "铁通"), ("丛培军", "15400000204", DAY, "电信")]
    assert codes(by_operator(*rows)) == [
        (2, "运营商", "unknown_operator"),
        (3, "运营商", "not_filed"),
    ]


def test_a_row_needs_and_keeps_the_blanks_of_its_own_version() -> None:
    rows = [
        ("毕淑芬", "15400000203", "", "移动"),
        ("丛培军", "15400000204", "", "联通"),
        ("鞠晓东", "15400002060", DAY, "移动"),
    ]
    audience = by_operator(*rows)
    assert codes(audience) == [(3, "日期", "required")]
    assert [dict(one.values) for one in audience.recipients] == [
        {"姓名": "毕淑芬"},
        {"姓名": "鞠晓东"},
    ]


def test_another_operator_is_another_list() -> None:
    """And one that nobody knows leaves the digest as it was before operators were asked for."""
    one = Recipient(2, "15400000203", "371082", {"姓名": "毕淑芬"})
    mobile = Recipient(*(2, "15400000203", "371082", {"姓名": "毕淑芬"}), Operator.MOBILE)
    unicom = Recipient(*(2, "15400000203", "371082", {"姓名": "毕淑芬"}), Operator.UNICOM)
    assert len({judging.digest([each]) for each in (one, mobile, unicom)}) == 3
    before = crypto.keyed_hash_of_rows([["15400000203", "371082", {"姓名": "毕淑芬"}]])
    assert judging.digest([one]) == before
