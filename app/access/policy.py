"""The rules of accounts and permissions (E23A §4, §6–§9), pure: rows and what is known, problems.

Checks ask them when a form is submitted, operations ask again when it takes effect.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from app.access.types import (
    KIND_LABELS,
    ROW_LABELS,
    AccountKind,
    AccountState,
    FormRow,
    Ground,
    Known,
    Problem,
    RefusalProblem,
    RowKind,
)

# What the paper form prints as examples and applicants must delete (附件2 说明2).
EXAMPLE_TEXT = re.compile(
    r"示例|请参考|[xX×✕ＸｘXx]{2,}|某某|[○〇]{2,}|/\s*分配岗位权限|/\s*收回岗位权限"
)


STRANGER = Known()
People = Mapping[bytes, Known]


def repeated_people(rows: Sequence[FormRow]) -> Iterator[Problem]:
    """One person may have several rows for several posts; they must agree with each other."""
    first: dict[bytes, FormRow] = {}
    seen: dict[tuple[bytes, str], FormRow] = {}
    for row in rows:
        before = first.setdefault(row.person_ref, row)
        if before is row:
            seen[row.person_ref, row.post] = row
            continue
        if row.name != before.name:
            yield Problem(
                row,
                "name",
                "name_differs",
                f"身份证号和第{before.no}行相同，姓名却不同，请核对这两行的姓名和身份证号",
            )
        elif row.keeps_account != before.keeps_account:
            yield Problem(
                row,
                "kind",
                "kinds_conflict",
                f"此人在第{before.no}行是“{ROW_LABELS[before.kind]}”，不能又“"
                f"{ROW_LABELS[row.kind]}”。注销收回本子系统的全部岗位；只换岗位请填一行“修改”",
            )
        elif not row.keeps_account or (row.person_ref, row.post) in seen:
            same = seen.get((row.person_ref, row.post), before)
            yield Problem(row, "id_number", "repeated", f"和第{same.no}行重复，请删去一行")
        seen.setdefault((row.person_ref, row.post), row)


def uniqueness(
    rows: Sequence[FormRow], people: People, subsystem: str, ticket: str | None
) -> Iterator[Problem]:
    """R1: one account a person; a row must fit what is there.

    新增 of somebody who has an account is no fault: it becomes 修改 (`preparations.row_kinds`).
    """
    yield from repeated_people(rows)
    for row, known, is_added in _beside(rows, people):
        problem = (
            _misnamed(row, known, ticket)
            or _without_account(row, known, is_added=is_added)
            or _nothing_to_close(row, known, subsystem)
        )
        if problem:
            yield problem


def staleness(rows: Sequence[FormRow], people: People, ticket: str) -> Iterator[Problem]:
    """R1, R9: what may have changed since the form was submitted, asked again at execution.

    A 修改 opens nothing: an account closed in the meantime stays closed. That the account of a 注销
    is closed already is no fault.
    """
    for row, known, is_added in _beside(rows, people):
        problem = _misnamed(row, known, ticket) or _without_account(row, known, is_added=is_added)
        if problem:
            yield problem


def near(rows: Sequence[FormRow], people: People, ground: Ground) -> list[FormRow]:
    """Rows within reach. Of an account elsewhere only `territory` speaks: other rules would name
    wrong remedies, and a name that is not ours to tell.
    """
    return [
        row
        for row in rows
        for known in [people.get(row.person_ref, STRANGER)]
        if not known.is_open or ground.holds(known)
    ]


def _beside(rows: Sequence[FormRow], people: People) -> Iterator[tuple[FormRow, Known, bool]]:
    """Each row, what is known, and whether an earlier row of the form adds the person."""
    added: set[bytes] = set()
    for row in rows:
        yield row, people.get(row.person_ref, STRANGER), row.person_ref in added
        if row.kind is RowKind.ADD:
            added.add(row.person_ref)


def _misnamed(row: FormRow, known: Known, ticket: str | None) -> Problem | None:
    """Never says the registered name: it may belong to another county."""
    registered = known.registered_name(ticket)
    if not row.name or not registered or registered == row.name:
        return None
    return Problem(
        row,
        "name",
        "name_differs",
        "这个身份证号登记的是另一个姓名，请核对姓名和身份证号；"
        "核对无误的，请找本级账户管理员查明登记情况",
    )


def _without_account(row: FormRow, known: Known, *, is_added: bool) -> Problem | None:
    if row.kind is not RowKind.CHANGE or known.is_open or is_added:
        return None
    return Problem(row, "kind", "no_account", "此人现在没有可用的账户，请改选“新增”")


def _nothing_to_close(row: FormRow, known: Known, subsystem: str) -> Problem | None:
    if row.keeps_account:
        return None
    if not known.is_open:
        return Problem(row, "kind", "no_account", "此人没有可以注销的账户，请删去这一行")
    if known.posts and not any(post.subsystem == subsystem for post in known.posts):
        return Problem(
            row,
            "kind",
            "no_grant",
            "此人在本子系统没有岗位权限，请在其所在子系统的申请表里注销",
        )
    return None


def refusals(
    rows: Sequence[FormRow], people: People, named: Sequence[int], earlier: frozenset[int]
) -> Iterator[RefusalProblem]:
    """An executor may leave rows aside, not all of them, and none that another row stands upon.

    `named` are the refused rows as written, `earlier` those an executor before refused.
    """
    known = {row.no: row for row in rows}
    refused = earlier | set(named)
    for no in dict.fromkeys(named):
        if no in known and (left := _left_without_account(known[no], rows, people, refused)):
            yield RefusalProblem(
                "needed",
                f"第{left.no}行是同一个人，没有这一行就没有账户，请把第{left.no}行也写上",
            )
    yield from left_aside(list(known), named, earlier)


def left_aside(
    known: Sequence[int], named: Sequence[int], earlier: frozenset[int]
) -> Iterator[RefusalProblem]:
    """Rows that an executor leaves aside are there, are said once, and are not all of them."""
    for at, no in enumerate(named):
        if no not in known:
            yield RefusalProblem("no_such_row", f"申请表没有第{no}行，最后一行是第{max(known)}行")
        elif no in named[:at]:
            yield RefusalProblem("repeated", f"第{no}行写了两次，请删去一处")
    if known and earlier | set(named) >= set(known):
        yield RefusalProblem("all_refused", "所有的行都不办，请改选“退回”，写明原因")


def _left_without_account(
    row: FormRow, rows: Sequence[FormRow], people: People, refused: Collection[int]
) -> FormRow | None:
    if row.kind is not RowKind.ADD or people.get(row.person_ref, STRANGER).is_open:
        return None
    same = (one for one in rows if one.person_ref == row.person_ref and one.no not in refused)
    return next(same, None)


def exclusivity(rows: Sequence[FormRow], people: People) -> Iterator[Problem]:
    """R2, R3: account admin, permission admin and operator are never one person, anywhere.

    A holder of an admin position may be *removed* as an operator: that mends the conflict.
    """
    for row in rows:
        known = people.get(row.person_ref, STRANGER)
        held: AccountKind | None = None
        if known.is_open and known.kind is not AccountKind.OPERATOR:
            held = known.kind
        if held is None and row.keeps_account and known.admin_position:
            held = AccountKind(known.admin_position)
        if held is not None:
            yield Problem(
                row,
                "id_number",
                "exclusive_roles",
                f"此人是{KIND_LABELS[held]}，不得兼任操作员；"
                "请先用管理员账户权限申请表注销其管理员账户",
            )


def territory(
    rows: Sequence[FormRow], people: People, ground: Ground, own_ref: bytes | None
) -> Iterator[Problem]:
    """R6, R7: admins act on their own level's people, townships on their own; nobody on himself.

    A closed account of another county is no hindrance: it is opened again here (R1).
    """
    for row in rows:
        known = people.get(row.person_ref, STRANGER)
        if own_ref is not None and row.person_ref == own_ref:
            yield Problem(
                row, "id_number", "own_account", "不能为自己申请，请由本部门的其他联系人填报"
            )
        elif known.is_open and known.division_id != ground.division_id:
            yield Problem(
                row,
                "id_number",
                "other_division",
                f"此人的账户属于{known.unit_name}，不归本级办理；"
                "请先由该单位申请注销，再在本地申请新增",
            )
        elif known.is_open and not ground.holds(known):
            yield Problem(
                row,
                "id_number",
                "other_unit",
                f"此人的账户属于{known.unit_name}，乡镇只能为本乡镇的人员申请；"
                "请由该单位申请，确已调来的由该单位先申请注销",
            )


def suspension(rows: Sequence[FormRow], people: People) -> Iterator[Problem]:
    """A suspended account is opened again by its own procedure, not by a new permission."""
    for row in rows:
        known = people.get(row.person_ref, STRANGER)
        if row.keeps_account and known.state is AccountState.SUSPENDED:
            yield Problem(row, "id_number", "suspended", "此人的账户已停用，请先办理解除停用")


def example_text(text: str) -> bool:
    return EXAMPLE_TEXT.search(text) is not None
