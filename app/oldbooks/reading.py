"""A line of a paper ledger, made a row or a list of what to mend; pure but for the blind index."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.access.administrators.types import ADMIN_POST
from app.access.types import AccountKind, person_ref
from app.core.tables import Layout, Line
from app.oldbooks.types import MOST_ROWS, Act, Fault, OldRow, Place, Read
from forms import normalise
from forms.kinds.numbers import id_number_problem, lengthened, phone_problem

LABELS: Mapping[str, str] = {
    "serial": "序号",
    "on": "日期",
    "unit": "单位",
    "name": "姓名",
    "id_number": "身份证号",
    "phone": "联系方式",
    "kind": "账户类型",
    "act": "操作",
    "subsystem": "子系统",
    "post": "岗位角色",
    "change": "权限项（增/减）",
    "reason": "原因",
    "form": "申请表编号及行号",
    "executor": "执行人",
    "remark": "备注",
}
ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("办理日期", "登记日期", "时间"), "on"),
    **dict.fromkeys(("所在单位", "单位名称", "工作单位"), "unit"),
    **dict.fromkeys(("身份证号码", "公民身份号码", "证件号码"), "id_number"),
    **dict.fromkeys(("联系电话", "电话", "手机", "手机号", "手机号码"), "phone"),
    **dict.fromkeys(("账户类别", "角色", "用户类型"), "kind"),
    **dict.fromkeys(("操作类型", "办理事项", "申请类别"), "act"),
    **dict.fromkeys(("子系统名称", "系统名称"), "subsystem"),
    **dict.fromkeys(("岗位", "岗位角色名称", "岗位名称"), "post"),
    **dict.fromkeys(("权限项", "权限项(增/减)", "增减", "增/减", "权限变化"), "change"),
    **dict.fromkeys(("申请表编号", "申请表编号+行号", "编号"), "form"),
    **dict.fromkeys(("办理人", "经办人"), "executor"),
    "说明": "remark",
}
LAYOUT = Layout(
    labels=LABELS,
    heads=("name", "id_number"),
    needed=("on", "unit", "name", "id_number"),
    aliases=ALIASES,
    things="台账记录",
    passed=frozenset({"变更前", "变更后", "变更前后", "执行时间", "签字"}),
    most_rows=MOST_ROWS,
)

KINDS: Mapping[str, AccountKind] = {
    **dict.fromkeys(("操作员", "普通操作员", "业务操作员"), AccountKind.OPERATOR),
    "账户管理员": AccountKind.ACCOUNT_ADMIN,
    **dict.fromkeys(("权限管理员", "业务权限管理员"), AccountKind.PERMISSION_ADMIN),
    **{kind.value: kind for kind in AccountKind},
}
ACTS: Mapping[str, Act] = {
    **dict.fromkeys(("", "创建", "新增", "开通", "开户", "新建"), Act.OPEN),
    **dict.fromkeys(("变更", "修改", "更改"), Act.CHANGE),
    **dict.fromkeys(("停用", "冻结", "锁定"), Act.SUSPEND),
    **dict.fromkeys(("恢复", "启用", "解除停用", "解冻"), Act.RESUME),
    **dict.fromkeys(("撤销", "注销", "销户", "关闭"), Act.CLOSE),
}
TAKES, GIVES = re.compile("减|收回|注销|撤销|取消"), re.compile("增|授予|分配|开通|创建|新建")
DAY = re.compile(r"(\d{4})\s*[-/.年、]\s*(\d{1,2})\s*[-/.月、]\s*(\d{1,2})\s*日?(?:[ T].*)?")
PLAIN_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
PART_OF_DAY = re.compile(r"\d{4}\s*年?(?:\s*[-/.年]?\s*\d{1,2}\s*月?)?")
SERIAL_DAY = re.compile(r"\d{5}(?:\.\d+)?")
DIGITS = {**{sign: str(n) for n, sign in enumerate("〇一二三四五六七八九")}, "零": "0", "○": "0"}
TENS = re.compile("([一二三四五六七八九]?)十([一二三四五六七八九]?)")
EXCEL_BEGINS = date(1899, 12, 30)  # day 0 of its count, which has a 29 February 1900
EARLIEST = date(1990, 1, 1)
LONGEST = 200  # of what is only carried along


@dataclass(frozen=True)
class Lists:
    """What the words of a sheet may mean here: units by name and code, posts and subsystems."""

    units: Mapping[str, tuple[Place, ...]]
    subsystems: Mapping[str, str]
    posts: Mapping[str, str]
    today: date


def read(line: Line, lists: Lists) -> Read:
    """Everything that cannot be read is told at once."""
    given = {name: line.fields.get(name, "").strip() for name in LABELS}
    faults: list[Fault] = []
    name = _name(given["name"], faults)
    number = _number(given["id_number"], lists.today, faults)
    act, subsystem, post = _act(given, lists, faults)
    kind = _kind(given["kind"], post, faults)
    phone = _phone(given["phone"], act, faults)
    on = _day(given["on"], lists.today, faults)
    place = _place(given["unit"], lists, faults)
    if not (name and number and act and kind):
        return Read(line.n, name, None, faults)
    row = OldRow(
        n=line.n,
        act=act,
        kind=kind,
        name=name,
        id_number=number,
        person_ref=person_ref(number),
        was_short=len(normalise.id_number(given["id_number"])) != len(number),
        on=on,
        place=place,
        phone=phone,
        subsystem=subsystem,
        post=post,
        **{key: normalise.line(given[key])[:LONGEST] for key in CARRIED},
    )
    return Read(line.n, name, row, faults)


CARRIED = ("serial", "form", "executor", "reason", "remark")


def _name(raw: str, faults: list[Fault]) -> str:
    name = normalise.person_name(raw)
    if not name:
        faults.append(Fault(LABELS["name"], "没有填。"))
    elif len(name) > 50 or re.search(r"[0-9=<>@#*/\\]", name):
        faults.append(Fault(LABELS["name"], "不像姓名，请照身份证填写。"))
        return ""
    return name


def _number(raw: str, today: date, faults: list[Fault]) -> str:
    """In its form of 18; empty where it is wrong."""
    number = lengthened(normalise.id_number(raw))
    if not number:
        faults.append(Fault(LABELS["id_number"], "没有填。"))
    elif "*" in number:
        faults.append(Fault(LABELS["id_number"], "是遮盖过的，请照原件填全号。"))
    elif problem := id_number_problem(number, today):
        faults.append(Fault(LABELS["id_number"], f"{problem.hint}。", problem.code))
    else:
        return number
    return ""


def _act(
    given: Mapping[str, str], lists: Lists, faults: list[Fault]
) -> tuple[Act | None, str, str]:
    """What it did, and to which post: who names a subsystem or a post writes of permissions."""
    subsystem, post = given["subsystem"], given["post"]
    if not subsystem and not post and not given["change"]:
        act = ACTS.get(given["act"])
        if act is None:
            words = f"没有“{given['act'][:20]}”这种操作，只能是创建、变更、停用、恢复、撤销。"
            faults.append(Fault(LABELS["act"], words))
        return act, "", ""
    found = (
        _chosen("subsystem", subsystem, lists.subsystems, faults),
        _chosen("post", post, lists.posts, faults),
    )
    words = given["change"] or given["act"]
    takes, gives = bool(TAKES.search(words)), bool(GIVES.search(words))
    if takes and gives:
        faults.append(Fault(LABELS["change"], "一行里又有增又有减，请分成两行。"))
    return (Act.TAKE if takes else Act.GIVE), *found


def _chosen(field: str, raw: str, values: Mapping[str, str], faults: list[Fault]) -> str:
    word = unicodedata.normalize("NFKC", raw).replace(" ", "")
    if word in values:
        return values[word]
    told = f"没有“{raw[:20]}”" if raw else "没有填"
    first = {value: name for name, value in reversed(list(values.items()))}  # as the forms have it
    known = "、".join(reversed(list(first.values())))
    faults.append(Fault(LABELS[field], f"{told}。可以填：{known}。", "not_a_choice"))
    return ""


def _kind(raw: str, post: str, faults: list[Fault]) -> AccountKind | None:
    """Who holds the administrators' post is one; who is not said to be anything is an operator."""
    word = unicodedata.normalize("NFKC", raw).replace(" ", "")
    word = re.sub(r"(?:\([^)]*\)|[ABab]角?)$", "", word)
    if not word:
        return AccountKind.PERMISSION_ADMIN if post == ADMIN_POST else AccountKind.OPERATOR
    kind = KINDS.get(word)
    if kind is None:
        words = f"没有“{raw[:20]}”，只能是账户管理员、权限管理员、操作员。"
        faults.append(Fault(LABELS["kind"], words, "not_a_choice"))
    elif post == ADMIN_POST and kind is not AccountKind.PERMISSION_ADMIN:
        words = f"岗位角色是权限管理员，账户类型却是{raw[:20]}，请照台账改正。"
        faults.append(Fault(LABELS["kind"], words, "not_a_choice"))
    return kind


def _phone(raw: str, act: Act | None, faults: list[Fault]) -> str:
    number = normalise.phone(raw)
    if not number:
        if act in (Act.OPEN, Act.RESUME):
            faults.append(Fault(LABELS["phone"], "没有填，开设账户要有联系方式。"))
        return ""
    if problem := phone_problem(number):
        faults.append(Fault(LABELS["phone"], f"{problem.hint}。", problem.code))
        return ""
    return number


def _place(raw: str, lists: Lists, faults: list[Fault]) -> Place | None:
    word = normalise.line(raw)
    found = lists.units.get(word, ()) if word else ()
    if len(found) == 1:
        return found[0]
    if not word:
        words = "没有填。"
    elif found:
        codes = "、".join(one.code for one in found[:5])
        words = f"叫“{word[:40]}”的不止一个，请填单位代码：{codes}。"
    else:
        words = f"没有“{word[:40]}”，或者不归本级。请填单位的全称或者代码。"
    faults.append(Fault(LABELS["unit"], words, "no_unit"))
    return None


def _day(raw: str, today: date, faults: list[Fault]) -> date | None:
    """However a paper ledger was typed: 2023-9-30, 2023.9.30, 2023年9月30日, 20230930,
    二〇二三年九月三十日, or the number in which a spreadsheet counts days.
    """
    text = arabic(unicodedata.normalize("NFKC", raw))
    if not text:
        faults.append(Fault(LABELS["on"], "没有填。"))
        return None
    day = _parsed(text)
    if day is None:
        part = PART_OF_DAY.fullmatch(text) is not None
        words = "只写到年或者月，请写到日" if part else f"“{raw[:20]}”不是日期"
        faults.append(Fault(LABELS["on"], f"{words}，如 2023-09-30。", "day"))
    elif day > today:
        faults.append(Fault(LABELS["on"], f"{day} 还没有到，请核对。", "day"))
    elif day < EARLIEST:
        faults.append(Fault(LABELS["on"], f"{day} 太早，请核对。", "day"))
    else:
        return day
    return None


def _parsed(text: str) -> date | None:
    if SERIAL_DAY.fullmatch(text):
        return EXCEL_BEGINS + timedelta(days=int(float(text)))
    found = DAY.fullmatch(text) or PLAIN_DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def arabic(text: str) -> str:
    """二〇二三年十二月三十一日 with digits, as 2023年12月31日."""
    plain = TENS.sub(lambda found: f"{found[1] or '一'}{found[2] or '〇'}", text)
    return "".join(DIGITS.get(sign, sign) for sign in plain).strip()
