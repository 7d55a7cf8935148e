"""What becomes of each line of a paper ledger; pure: what it says and what is known, a verdict.

The lines of a person are played in the order of their days. A line that conflicts changes nothing,
so that it is always the later of two roles that stays without effect.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.access.administrators.types import ADMIN_POST, ELIGIBLE
from app.access.types import KIND_LABELS, AccountKind, AccountState, Post
from app.oldbooks.types import (
    KEEPING,
    ON_POSTS,
    Act,
    Facts,
    Fault,
    OldRow,
    Read,
    RowState,
    Stand,
    Verdict,
)

ADMINS = frozenset({AccountKind.ACCOUNT_ADMIN, AccountKind.PERMISSION_ADMIN})
SHORT = "（15 位旧号换成 18 位以后相同）"


@dataclass
class Life:
    """What the lines so far have made of one person. `claimed_by` is the first line that wanted an
    account and did not get one: it has said a name and a role all the same.
    """

    stand: Stand
    kind: AccountKind | None = None
    state: AccountState | None = None
    first: OldRow | None = None
    opened_by: OldRow | None = None
    claimed_by: OldRow | None = None
    posts: dict[Post, int] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.state in (AccountState.ACTIVE, AccountState.SUSPENDED)


def judge(reads: Sequence[Read], facts: Facts) -> list[Verdict]:
    """A verdict for each line, in the order of the sheet."""
    lives: dict[bytes, Life] = {}
    found: dict[int, Verdict] = {}
    readable = sorted((one for one in reads if one.row), key=_order)
    for one in readable:
        row = _row(one)
        life = lives.setdefault(row.person_ref, Life(facts.of(row.person_ref)))
        found[one.n] = _verdict(one, row, life, facts)
        _live(life, row, found[one.n])
    refused = RowState.REFUSED
    return [found.get(one.n) or Verdict(one, refused, one.faults) for one in reads]


def _order(read: Read) -> tuple[object, ...]:
    return _row(read).order


def _row(read: Read) -> OldRow:
    if read.row is None:
        raise ValueError(read.n)
    return read.row


def _verdict(read: Read, row: OldRow, life: Life, facts: Facts) -> Verdict:
    """Conflicts are told even of a line that has something else to mend: it is why they are asked
    for.
    """
    if conflict := next(_conflicts(row, life), None):
        return Verdict(read, RowState.CONFLICT, [conflict, *read.faults])
    if refusal := next(_refusals(row, life, facts), None):
        return Verdict(read, RowState.REFUSED, [*read.faults, refusal])
    if read.faults:
        return Verdict(read, RowState.REFUSED, read.faults)
    return _effect(read, row, life)


def _conflicts(row: OldRow, life: Life) -> Iterator[Fault]:
    """R1, R2 and R4 over all levels: what must not take effect and has to be put right."""
    if row.act in KEEPING:
        yield from _two_roles(row, life)
    if row.act is Act.OPEN:
        yield from _twice(row, life)
    if row.act in KEEPING and row.kind in ADMINS and row.place and row.place.kind not in ELIGIBLE:
        words = f"{KIND_LABELS[row.kind]}由人社信息中心或经办机构的人担任，{row.place.name}不是"
        yield Fault("", words, "not_eligible")


def _two_roles(row: OldRow, life: Life) -> Iterator[Fault]:
    own, known = KIND_LABELS[row.kind], life.stand.known
    earlier = life.opened_by if life.is_open else life.claimed_by
    told = ""
    if known.is_open and known.kind not in (None, row.kind):
        told = f"此人在平台上是{KIND_LABELS[AccountKind(known.kind or '')]}"
    elif known.admin_position not in (None, row.kind.value):
        told = f"此人在本系统任{KIND_LABELS[AccountKind(known.admin_position or '')]}"
    elif earlier is not None and earlier.kind is not row.kind:
        told = f"第 {earlier.n} 行此人是{KIND_LABELS[earlier.kind]}"
        told += SHORT if earlier.was_short or row.was_short else ""
    if told:
        yield Fault("", f"{told}，不得又是{own}", "exclusive_roles")


def _twice(row: OldRow, life: Life) -> Iterator[Fault]:
    earlier = life.opened_by if life.is_open else life.claimed_by
    if earlier is not None and (life.state is None or life.is_open):
        short = SHORT if earlier.was_short or row.was_short else ""
        words = f"和第 {earlier.n} 行是同一个人{short}，每人只能有一个账户"
        yield Fault("", words, "duplicate")


def _refusals(row: OldRow, life: Life, facts: Facts) -> Iterator[Fault]:
    """What stands against a line besides its own faults: names, oneself, others' ground."""
    if life.first is not None and life.first.name != row.name:
        words = f"身份证号和第 {life.first.n} 行相同，姓名却不同，请核对这两行"
        yield Fault("姓名", words, "name_differs")
    known = life.stand.known
    registered = known.registered_name(None)
    if registered and registered != row.name:
        words = "这个身份证号在平台上登记的是另一个姓名，请核对姓名和身份证号"
        yield Fault("姓名", words, "name_differs")
    if facts.own_ref is not None and row.person_ref == facts.own_ref:
        yield Fault("", "不能导入自己的账户，请由另一位账户管理员上传这一行", "own_account")
    if row.place is not None:
        yield from _elsewhere(row, facts)
    if known.is_open and row.place and known.division_id != row.place.division_id:
        words = "此人的账户在别处，不归本级；请先由那里申请注销"
        yield Fault("", words, "other_division")
    if row.act in ON_POSTS and row.kind is AccountKind.ACCOUNT_ADMIN:
        yield Fault("", "账户管理员没有子系统的岗位，请核对账户类型", "no_posts")
    if row.act is Act.GIVE and (row.post == ADMIN_POST) is (row.kind is AccountKind.OPERATOR):
        words = "权限管理员的岗位角色是“权限管理员”，操作员的是业务岗位，请照台账改正"
        yield Fault("岗位角色", words, "other_post")


def _elsewhere(row: OldRow, facts: Facts) -> Iterator[Fault]:
    """R6: a county keeps its operators, the 州 its own people and the counties' administrators."""
    if row.place is None:
        return
    is_own, is_admin = row.place.division_id == facts.division_id, row.kind in ADMINS
    if facts.is_prefecture:
        if not is_own and not is_admin:
            words = f"{row.place.name}的操作员由那里的账户管理员导入"
            yield Fault("单位", words, "other_division")
    elif not is_own:
        yield Fault("单位", f"{row.place.name}不归本级，请删去这一行", "other_division")
    elif is_admin:
        words = "下级的管理员账户由上级账户管理员导入（制度第八条），请删去这一行"
        yield Fault("账户类型", words, "other_level")


def _effect(read: Read, row: OldRow, life: Life) -> Verdict:
    """What the line does after all, or why it does nothing."""
    act, words = _on_post(row, life) if row.act in ON_POSTS else _on_account(row, life)
    if act is not None:
        return Verdict(read, RowState.READY, (), act)
    state = RowState.SAME if words in SAID_ALREADY else RowState.REFUSED
    return Verdict(read, state, [Fault("", words, "no_effect")])


ON_PLATFORM = "平台上已经有此人的账户，以平台上的为准"
BY_FORM = "此人的账户和权限已经在平台上按申请表办理，以平台上的为准"
GIVEN = "这个岗位已经授予过"
NOT_OPEN = "前面没有创建账户的行，请补上，或者删去这一行"
SAID_ALREADY = frozenset({ON_PLATFORM, BY_FORM, GIVEN, "账户已经撤销", "账户没有停用"})


def _on_account(row: OldRow, life: Life) -> tuple[Act | None, str]:
    if life.stand.known.state is not None:
        return None, ON_PLATFORM
    if row.act is Act.OPEN:
        return (Act.RESUME if life.state else Act.OPEN), ""
    if life.state is None:
        return None, NOT_OPEN
    if life.kind is not row.kind and not (row.act is Act.RESUME and not life.is_open):
        return None, "账户类型和创建的那一行不同，请核对"
    is_closed = life.state is AccountState.CLOSED
    if row.act is Act.RESUME:
        is_active = life.state is AccountState.ACTIVE
        return (None, "账户没有停用") if is_active else (Act.RESUME, "")
    if is_closed:
        gone = row.act is Act.CLOSE
        return None, "账户已经撤销" if gone else "账户已经撤销，后面不能再变更或停用，请核对日期"
    return row.act, ""


def _on_post(row: OldRow, life: Life) -> tuple[Act | None, str]:
    known = life.stand.known
    if known.state is not None:
        if not life.stand.is_from_books:
            return None, BY_FORM
        if row.act is Act.TAKE and row.held not in life.posts:
            return None, "平台上的权限要按申请表收回"
        if known.state is not AccountState.ACTIVE:
            return None, "此人的账户现在不在用，权限不能生效"
        if row.held in known.posts:
            return None, GIVEN
    elif life.state is None:
        return _without_account(row, life)
    elif life.state is AccountState.CLOSED:
        return None, "账户在这一天以前已经撤销，请核对日期"
    elif life.kind is not row.kind:
        return None, "账户类型和创建的那一行不同，请核对"
    if row.act is Act.GIVE:
        return (None, GIVEN) if row.held in life.posts else (Act.GIVE, "")
    return (Act.TAKE, "") if row.held in life.posts else (None, "前面没有授予这个岗位的行")


def _without_account(row: OldRow, life: Life) -> tuple[Act | None, str]:
    """A post says that there was an account: with a telephone number the line opens it as well."""
    if row.act is Act.TAKE:
        return None, NOT_OPEN
    if life.claimed_by is not None:
        return None, f"第 {life.claimed_by.n} 行的账户没有导入，权限不能生效"
    if not row.phone:
        return None, "此人没有账户：请先导入账户管理台账，或者在这一行填上联系方式"
    return Act.GIVE, ""


def _live(life: Life, row: OldRow, verdict: Verdict) -> None:
    """What the person is after this line."""
    life.first = life.first or row
    if not verdict.is_accepted:
        if row.act in (Act.OPEN, Act.GIVE) and life.state is None:
            life.claimed_by = life.claimed_by or row
        return
    if verdict.act in (Act.OPEN, Act.RESUME):
        is_new = life.state in (None, AccountState.CLOSED)
        life.state = AccountState.ACTIVE
        if is_new:
            life.kind, life.opened_by = row.kind, row
    elif verdict.act is Act.SUSPEND:
        life.state = AccountState.SUSPENDED
    elif verdict.act is Act.CLOSE:
        life.state = AccountState.CLOSED
        life.posts.clear()
    elif verdict.act is Act.TAKE:
        life.posts.pop(row.held)
    elif verdict.act is Act.GIVE:
        if life.state is None and life.stand.known.state is None:
            life.state, life.kind, life.opened_by = AccountState.ACTIVE, row.kind, row
        life.posts[row.held] = row.n


def conflicts(verdicts: Iterable[Verdict]) -> list[Verdict]:
    return [one for one in verdicts if one.state is RowState.CONFLICT]
