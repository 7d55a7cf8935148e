"""Files that go out of an import: the empty sheet to fill, and the report of what was refused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.administration.judging import LABELS
from app.administration.models import ImportRow
from app.administration.policy import GIVEN_HERE
from app.core import clock
from app.core.masking import masked
from app.core.sheets import Sheet, as_xlsx
from app.identity.types import POSITION_LABELS

EXAMPLE = ("name", "unit", "username", "positions", "phone", "id_number", "until")
HELP = {
    "name": "必填",
    "unit": "必填。单位的全称或者代码，和“单位”页上的一样；关闭了的单位不能用",
    "username": "必填。小写字母开头，2 到 32 个，用小写字母、数字、点、横线和下划线；不能重复",
    "positions": "可以不填。几个岗位用顿号隔开，在本人单位任职，名称见下",
    "phone": "可以不填。11 位手机号，或者 0718-8200000 这样的座机号",
    "id_number": "可以不填。18 位；用来防止一个人登记两次，加密保存。这一列请设为文本",
    "until": "可以不填。最后一天，写成 2026-12-31；借调和临时人员填",
}


@dataclass(frozen=True)
class Column:
    label: str
    kind: str = "text"


def columns() -> list[tuple[str, str]]:
    """(title, what to write there), in the order of the template."""
    return [(LABELS[name], HELP[name]) for name in EXAMPLE]


def positions_in_words() -> str:
    return "、".join(POSITION_LABELS[one] for one in GIVEN_HERE)


def template() -> bytes:
    """Head in the third row, nobody below it."""
    must = [name for name, words in HELP.items() if words.startswith("必填")]
    notes = (
        f"从第 4 行起每行一人；{'、'.join(LABELS[name] for name in must)}必填。"
        f"岗位可以填：{positions_in_words()}。"
    )
    titles = [Column(LABELS[name]) for name in EXAMPLE]
    return as_xlsx(Sheet("导入人员", notes, titles, ()))


def report(rows: Iterable[ImportRow], title: str) -> bytes:
    """A line for each thing that is wrong: where it stands, and how to mend it."""
    titles = [Column("行号", "num"), *map(Column, ("姓名", "用户名", "列", "原因", "结果"))]
    notes = f"{clock.local(clock.utcnow()):%Y-%m-%d %H:%M}。行号是您上传的表格里的行号。"
    return as_xlsx(Sheet(title, notes, titles, _lines(rows)))


def _lines(rows: Iterable[ImportRow]) -> Iterator[list[str]]:
    for row in rows:
        for column, reason in row.faults or [("", "")]:
            told = (row.name, row.username, column, masked(reason), row.state_label)
            yield [str(row.n), *told]
