"""The rules of administrators (E23A §6-§12; R1-R8), pure: rows and facts in, problems out.

Asked when a form is filled, when somebody agrees, and when it takes effect.
"""

from collections.abc import Iterator, Mapping, Sequence

from app.access.administrators.types import (
    ELIGIBLE,
    PAIR,
    AdminProblem,
    AdminRow,
    Facts,
    Home,
)
from app.access.types import KIND_LABELS, ROW_LABELS, AccountKind, AccountState, RowKind
from app.identity.types import EXCLUSIVE, POSITION_LABELS, UnitKind

ACCOUNT_ADMIN = AccountKind.ACCOUNT_ADMIN


def problems(
    rows: Sequence[AdminRow], facts: Facts, *, own_ref: bytes | None, ticket: str | None
) -> list[AdminProblem]:
    """What stands in the way of each row; of one only the first, which mends most."""
    found = list(_among(rows))
    spoilt = {one.row.no for one in found}
    found += [
        problem
        for row in rows
        if row.no not in spoilt and (problem := _of_row(row, rows, facts, own_ref, ticket))
    ]
    return sorted(found, key=lambda one: one.row.no)


def unfinished(rows: Sequence[AdminRow], facts: Facts) -> list[AdminRow]:
    """§12: who is to leave and has handed nothing over yet."""
    return [
        row for row in rows if row.kind is RowKind.CLOSE and row.person_ref not in facts.handed_over
    ]


def admins_after(rows: Sequence[AdminRow], facts: Facts) -> int | None:
    """R5: how many account admins there will be; None where the form changes nothing of it."""
    own = [row for row in rows if row.role is ACCOUNT_ADMIN and row.kind is not RowKind.CHANGE]
    if not own:
        return None
    gone = {row.person_ref for row in own if row.kind is RowKind.CLOSE}
    come = {row.person_ref for row in own if row.kind is RowKind.ADD}
    return len((facts.admins - gone) | come)


def pair_told(rows: Sequence[AdminRow], facts: Facts) -> str:
    """The soft rule of two account admins in words; empty where it holds."""
    count = admins_after(rows, facts)
    if count is None or count == PAIR:
        return ""
    return (
        f"办完以后{facts.place.division_name}有{count}名账户管理员，原则上是{PAIR}名、互为AB角，"
        "请写明原因"
    )


def newcomers(rows: Sequence[AdminRow], facts: Facts) -> list[AdminProblem]:
    """What may have changed of those whose account was opened just now: nobody knew them before."""
    found = []
    for row in rows:
        problem = _pending(row, facts) or _barred_by_position(row, facts, set())
        if problem := problem or _ineligible(row, facts):
            found.append(problem)
    return found


def _pending(row: AdminRow, facts: Facts) -> AdminProblem | None:
    """The same person in two forms at once."""
    other = facts.pending.get(row.person_ref)
    if other is None:
        return None
    told = f"此人在另一份没有办结的申请里（{other}），请等它办结"
    return AdminProblem(row, "id_number", "pending", told)


def first_of_all(
    rows: Sequence[AdminRow],
    facts: Facts,
    homes: Mapping[str, Home],
    own_ref: bytes | None,
    ticket: str | None,
) -> list[AdminProblem]:
    """The bootstrap (A13): the first administrators of a level that has none yet, and no others."""
    found = list(_among(rows))
    spoilt = {one.row.no for one in found}
    found += [
        problem
        for row in rows
        if row.no not in spoilt and (problem := _first(row, facts, homes, own_ref, ticket))
    ]
    return sorted(found, key=lambda one: one.row.no)


def _first(
    row: AdminRow,
    facts: Facts,
    homes: Mapping[str, Home],
    own_ref: bytes | None,
    ticket: str | None,
) -> AdminProblem | None:
    known, home = facts.known(row), homes.get(row.unit)
    if own_ref is not None and row.person_ref == own_ref:
        return AdminProblem(
            row, "id_number", "own_account", "不能登记自己，请由另一位系统管理员录入"
        )
    if home is None or home.kind not in ELIGIBLE:
        told = "管理员由人社信息中心或经办机构的人员担任，请改正所在单位"
        return AdminProblem(row, "unit", "not_eligible", told)
    if row.role in home.begun:
        told = (
            f"{home.division_name}已经有{KIND_LABELS[row.role]}，不再初始化；"
            "变动的请填管理员账户权限申请表（附件1）"
        )
        return AdminProblem(row, "unit", "begun", told)
    if known.is_open:
        return AdminProblem(row, "id_number", "already", f"此人在{known.unit_name}已有账户")
    if problem := _pending(row, facts) or _elsewhere(row, facts, home):
        return problem
    registered = known.registered_name(ticket)
    if row.name and registered and registered != row.name:
        told = "这个身份证号登记的是另一个姓名，请核对姓名和身份证号"
        return AdminProblem(row, "name", "name_differs", told)
    if row.role is AccountKind.PERMISSION_ADMIN and not row.subsystems:
        return AdminProblem(row, "subsystems", "required", "请选择此人负责哪些子系统的权限")
    return _barred_by_position(row, facts, set())


def _elsewhere(row: AdminRow, facts: Facts, home: Home) -> AdminProblem | None:
    """R4: what the paper says of the office is checked against who works there."""
    worker = facts.worker(row)
    if worker.id is None or worker.unit_id == home.unit_id:
        return None
    told = f"此人登记在{worker.unit_name}；请改正所在单位，或者先由系统管理员改正此人的单位"
    return AdminProblem(row, "unit", "other_unit", told)


def _among(rows: Sequence[AdminRow]) -> Iterator[AdminProblem]:
    """One person may leave one role and enter the other in one form, and nothing else twice."""
    first: dict[bytes, AdminRow] = {}
    changing: set[bytes] = set()
    for row in rows:
        before = first.setdefault(row.person_ref, row)
        if before is row:
            continue
        if row.name != before.name:
            yield AdminProblem(
                row,
                "name",
                "name_differs",
                f"身份证号和第{before.no}行相同，姓名却不同，请核对这两行的姓名和身份证号",
            )
        elif (
            row.person_ref not in changing
            and {before.kind, row.kind} == {RowKind.ADD, RowKind.CLOSE}
            and row.post != before.post
        ):
            changing.add(row.person_ref)
        else:
            yield AdminProblem(
                row,
                "id_number",
                "repeated",
                f"此人在第{before.no}行已经填了“{ROW_LABELS[before.kind]}”。一个人只填一行；"
                "换岗位的填两行：先注销原来的，再新增另一个",
            )


def _of_row(
    row: AdminRow,
    rows: Sequence[AdminRow],
    facts: Facts,
    own_ref: bytes | None,
    ticket: str | None,
) -> AdminProblem | None:
    known = facts.known(row)
    if own_ref is not None and row.person_ref == own_ref:
        return AdminProblem(
            row, "id_number", "own_account", "不能为自己申请，请由本部门的其他人填报"
        )
    if problem := _pending(row, facts):
        return problem
    if known.is_open and known.division_id != facts.place.division_id:
        return AdminProblem(
            row,
            "id_number",
            "other_division",
            f"此人的账户属于{known.unit_name}，不归{facts.place.division_name}；请先由该单位申请注销",
        )
    registered = known.registered_name(ticket)
    if row.name and registered and registered != row.name:
        return AdminProblem(
            row, "name", "name_differs", "这个身份证号登记的是另一个姓名，请核对姓名和身份证号"
        )
    if row.keeps_account and known.state is AccountState.SUSPENDED:
        return AdminProblem(row, "id_number", "suspended", "此人的账户已停用，请先办理解除停用")
    if row.kind is RowKind.ADD:
        return _entering(row, rows, facts)
    return _standing(row, facts)


def _standing(row: AdminRow, facts: Facts) -> AdminProblem | None:
    """Only what somebody is can be changed or ended."""
    known, label = facts.known(row), KIND_LABELS[row.role]
    if known.is_open and known.kind is row.role:
        return None
    if known.is_open and known.kind is not None:
        told = f"此人是{KIND_LABELS[known.kind]}，不是{label}，请改正岗位名称"
        if known.kind is AccountKind.OPERATOR:
            told = f"此人是操作员，不是{label}；操作员请填操作员账户权限申请表（附件2）"
        return AdminProblem(row, "post", "other_role", told)
    told = "请删去这一行" if row.kind is RowKind.CLOSE else "请改选“新增”"
    return AdminProblem(row, "kind", "no_account", f"此人现在没有{label}账户，{told}")


def _entering(row: AdminRow, rows: Sequence[AdminRow], facts: Facts) -> AdminProblem | None:
    """R2, R3: one role at a time; R4: of an office that may have administrators."""
    known = facts.known(row)
    leaves = {
        one.role for one in rows if one.person_ref == row.person_ref and one.kind is RowKind.CLOSE
    }
    if known.is_open and known.kind is row.role:
        return AdminProblem(
            row,
            "kind",
            "already",
            f"此人已经是{KIND_LABELS[row.role]}，有变动的请改选“修改”",
        )
    if known.is_open and known.kind is AccountKind.OPERATOR:
        return AdminProblem(
            row,
            "id_number",
            "exclusive_roles",
            f"此人是操作员，不得兼任{KIND_LABELS[row.role]}；"
            "请先用操作员账户权限申请表（附件2）注销，办结以后再申请新增",
        )
    if known.is_open and known.kind is not None and known.kind not in leaves:
        return AdminProblem(
            row,
            "id_number",
            "exclusive_roles",
            f"此人是{KIND_LABELS[known.kind]}，不得兼任{KIND_LABELS[row.role]}；"
            "请在同一张表里加一行，注销原来的岗位",
        )
    return _barred_by_position(row, facts, leaves) or _ineligible(row, facts)


def _barred_by_position(
    row: AdminRow, facts: Facts, leaves: set[AccountKind]
) -> AdminProblem | None:
    """What somebody holds in this system excludes as well as an account does."""
    own = {row.post, *(one.value for one in leaves)}
    held = [one for one in facts.worker(row).positions if one in EXCLUSIVE and one.value not in own]
    if not held:
        return None
    names = "、".join(sorted(POSITION_LABELS[one] for one in held))
    return AdminProblem(
        row,
        "id_number",
        "exclusive_roles",
        f"此人在本系统任{names}，不得兼任{KIND_LABELS[row.role]}；请先免去",
    )


def _ineligible(row: AdminRow, facts: Facts) -> AdminProblem | None:
    """§7. Who is not on record yet is of the office that asks for him."""
    worker = facts.worker(row)
    kind, division = worker.unit_kind, worker.division_id
    name = worker.unit_name
    if worker.id is None:
        kind, division = facts.place.unit_kind, facts.place.division_id
        name = "申请部门"
    if kind is UnitKind.TOWNSHIP:
        told = f"{name}是乡镇，不设账户管理员、权限管理员，由县（市）的管理员负责"
        return AdminProblem(row, "id_number", "not_eligible", told)
    if division != facts.place.division_id:
        told = f"此人不是{facts.place.division_name}本级的人员，管理员由同级人员担任"
        return AdminProblem(row, "id_number", "not_eligible", told)
    if kind not in ELIGIBLE:
        told = (
            f"管理员由同级人社信息中心或经办机构的人员担任，{name}不是；"
            "请另选一人，或者先由系统管理员改正此人的单位"
        )
        return AdminProblem(row, "id_number", "not_eligible", told)
    if row.role is AccountKind.PERMISSION_ADMIN and not row.subsystems:
        told = "请选择此人负责哪些子系统的权限"
        return AdminProblem(row, "subsystems", "required", told)
    return None
