"""Words of the room: one row of a paper ledger, what is said of it, what can go wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from app.access.types import AccountKind, Known, Post
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.identity.types import UnitKind
from app.ledgers.types import OLD_BOOKS

MOST_ROWS = 5_000
UNCONFIRMED = timedelta(days=30)
SOURCE = "old-books/"  # of rows of the ledgers; the nightly re-check knows it as well


class BookState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class RowState(StrEnum):
    READY = "ready"
    SAME = "same"
    REFUSED = "refused"
    CONFLICT = "conflict"
    DONE = "done"


class Act(StrEnum):
    """What a paper row did: four acts on an account, two on a post."""

    OPEN = "open"
    CHANGE = "change"
    SUSPEND = "suspend"
    RESUME = "resume"
    CLOSE = "close"
    GIVE = "give"
    TAKE = "take"


BOOK_LABELS: Mapping[BookState, str] = {
    BookState.PENDING: "等待确认",
    BookState.CONFIRMED: "已经导入",
    BookState.WITHDRAWN: "已经撤回",
}
ROW_LABELS: Mapping[RowState, str] = {
    RowState.READY: "可以导入",
    RowState.SAME: "不用导入",
    RowState.REFUSED: "不能导入",
    RowState.CONFLICT: "冲突",
    RowState.DONE: "已经导入",
}
# As the ledgers of the house name them, so that whoever folds a ledger folds these rows alike.
ACT_LABELS: Mapping[Act, str] = {
    Act.OPEN: "创建",
    Act.CHANGE: "变更",
    Act.SUSPEND: "停用",
    Act.RESUME: "恢复",
    Act.CLOSE: "撤销",
    Act.GIVE: "授予",
    Act.TAKE: "收回",
}
ON_POSTS = frozenset({Act.GIVE, Act.TAKE})
KEEPING = frozenset({Act.OPEN, Act.CHANGE, Act.RESUME, Act.GIVE})  # what needs a role to be free


@dataclass(frozen=True)
class Place:
    """A unit that a row may name."""

    id: int
    code: str
    name: str
    path: str
    kind: UnitKind
    division_id: int


@dataclass(frozen=True)
class Fault:
    """One thing to mend: the column (empty for the whole row), and how."""

    column: str
    message: str
    code: str = "invalid"


@dataclass(frozen=True)
class OldRow:
    """What a row says once it could be read. `was_short`: it had a number of 15 digits.

    `place` and `on` are None where they could not be read: the row is refused then, and still
    tells of a person and a role, which another row may conflict with.
    """

    n: int
    act: Act
    kind: AccountKind
    name: str
    id_number: str
    person_ref: bytes
    was_short: bool
    on: date | None
    place: Place | None
    phone: str = ""
    subsystem: str = ""
    post: str = ""
    serial: str = ""
    form: str = ""
    executor: str = ""
    reason: str = ""
    remark: str = ""

    @property
    def held(self) -> Post:
        return Post(self.subsystem, self.post)

    @property
    def order(self) -> tuple[date, bool, int]:
        """By days; on one day accounts come before posts."""
        return self.on or date.max, self.act in ON_POSTS, self.n


@dataclass(frozen=True)
class Read:
    """A line of the sheet and its faults; a row, where person, role and act could be made out."""

    n: int
    name: str
    row: OldRow | None
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class Stand:
    """What the platform knows of a person, besides `Known`.

    `is_from_books`: an import opened the account and no form has touched it or its posts since.
    """

    known: Known = field(default_factory=Known)
    account_id: int | None = None
    person_id: int | None = None
    is_from_books: bool = False


@dataclass(frozen=True)
class Facts:
    """All that judging asks: who imports, and what is known of everybody in the sheet."""

    division_id: int
    is_prefecture: bool
    own_ref: bytes | None
    people: Mapping[bytes, Stand]

    def of(self, ref: bytes) -> Stand:
        return self.people.get(ref, Stand())


@dataclass(frozen=True)
class Verdict:
    """What becomes of a line. `code` names the reason, `act` is what the row does after all: who
    is opened again is not created.
    """

    read: Read
    state: RowState
    faults: Sequence[Fault] = ()
    act: Act | None = None

    @property
    def n(self) -> int:
        return self.read.n

    @property
    def code(self) -> str:
        return self.faults[0].code if self.faults else ""

    @property
    def is_accepted(self) -> bool:
        return self.state is RowState.READY


def number_of(book_id: int) -> str:
    """Stands in the ledgers where otherwise the number of a form does."""
    return f"{OLD_BOOKS}{book_id}"


@dataclass(frozen=True)
class FormFault:
    """One thing to mend; the shape of `forms.FieldError`."""

    path: str
    code: str
    message: str


class BookNotFound(NotFound):
    code = "old_book_not_found"
    message = "没有这次导入，或者不在您的查看范围内。"


class NotYourBook(Forbidden):
    code = "not_yours"
    message = "旧台账由账户管理员上传；确认的是本级的另一位管理员或者分管领导。"


class SecondPerson(Forbidden):
    code = "second_person"
    message = "上传的人不能自己确认，请本级另一位管理员或者分管领导来确认。"


class OldBookTwice(Conflict):
    code = "old_book_twice"


class BookSettled(Conflict):
    code = "old_book_settled"


class StaleBook(Conflict):
    code = "stale"
    message = "这次导入刚才有变化。请看一下现在的情况，再办。"


class NothingInIt(Conflict):
    code = "nothing_to_import"
    message = "没有可以导入的行，也没有要整改的冲突，不用确认。请改好表格再上传，或者撤回。"


class OnTheList(Conflict):
    """R6, R7: nobody decides of his own account."""

    code = "acts_on_self"

    def __init__(self, n: int) -> None:
        super().__init__(f"第 {n} 行是您本人，不能由您确认，请本级的另一位来确认。", row=n)


class PlanChanged(Conflict):
    code = "plan_changed"

    def __init__(self, lines: Sequence[int]) -> None:
        named = "、".join(f"第 {n} 行" for n in lines[:3])
        more = f"等 {len(lines)} 行" if len(lines) > 3 else ""
        super().__init__(
            f"检查以后平台上有了变化，{named}{more}的结论和报告里的不一样了。"
            "请撤回，再上传一次，看过新的报告再确认。",
            rows=list(lines[:50]),
        )


class BadReason(Invalid):
    code = "reason"
    message = "没有撤回，有一处要改。"
