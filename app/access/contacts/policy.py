"""What stands in the way of changing a name or a phone, pure. Asked at submission and again when
the change takes effect.
"""

from collections.abc import Iterator, Mapping, Sequence

from app.access import policy
from app.access.contacts.types import ContactRow
from app.access.types import KIND_LABELS, AccountKind, Ground, Known, Problem

CALLED_BACK = "call"


def problems(
    rows: Sequence[ContactRow], people: Mapping[bytes, Known], ground: Ground
) -> Iterator[Problem]:
    """R1, R4, R6: an open operator's account of this 州 or 县市, under its registered name."""
    yield from _repeated(rows)
    yield from policy.territory(rows, people, ground, None)
    near = {row.no for row in policy.near(rows, people, ground)}
    for row in rows:
        known = people.get(row.person_ref, policy.STRANGER)
        if row.no in near and (found := _unfit(row, known) or _unasked(row)):
            yield found


def _repeated(rows: Sequence[ContactRow]) -> Iterator[Problem]:
    first: dict[bytes, ContactRow] = {}
    for row in rows:
        before = first.setdefault(row.person_ref, row)
        if before is not row:
            yield Problem(row, "id_number", "repeated", f"和第{before.no}行是同一个人，请并成一行")


def _unfit(row: ContactRow, known: Known) -> Problem | None:
    """Of an account that is there: whether it is this form that changes it."""
    if not known.is_open:
        return Problem(row, "id_number", "no_account", "此人现在没有可用的账户，不用变更")
    if known.kind is not None and known.kind is not AccountKind.OPERATOR:
        return Problem(
            row,
            "id_number",
            "admin_account",
            f"此人是{KIND_LABELS[known.kind]}，请用管理员账户权限申请表（附件1）的“修改”",
        )
    if row.name and row.name != known.name:
        return Problem(
            row,
            "name",
            "name_differs",
            "这个身份证号登记的是另一个姓名，请填现在登记的姓名，要改成的姓名填在“新姓名”",
        )
    return None


def _unasked(row: ContactRow) -> Problem | None:
    if not row.new_name and not row.phone:
        return Problem(row, "phone", "nothing_changed", "新姓名和新联系方式至少填一项")
    if row.new_name and row.new_name == row.name:
        return Problem(row, "new_name", "nothing_changed", "和现登记姓名相同，没有变的不用填")
    return None


def renamed(rows: Sequence[ContactRow]) -> tuple[ContactRow, ...]:
    return tuple(row for row in rows if row.new_name)
