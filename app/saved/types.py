"""Which lists can be narrowed, by which words, and what may be kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.errors import Conflict, Invalid, NotFound

# By the box that their address names: those of tasks, those of tickets.
LISTS = {
    "todo": "待办",
    "claimable": "待签收",
    "done": "已办",
    "copied": "抄送我的",
    "mine": "我发起的",
    "draft": "草稿",
    "unit": "本单位的办件",
    "all": "全部办件",
}
OF_TASKS = frozenset({"todo", "claimable", "done", "copied"})
WORDS = (
    *("q", "process", "person", "unit", "state", "due", "from", "to"),
    *("whole", "whole_from", "whole_to"),
)
MOST_KEPT = 20
LONGEST_NAME = 20
LONGEST_WORD = 200


@dataclass(frozen=True)
class Kept:
    """A filter as screens show it: the words of an address under a name."""

    id: int
    list: str
    name: str
    given: Mapping[str, str]
    is_default: bool

    @property
    def list_label(self) -> str:
        return LISTS[self.list]


MOST_PHRASES = 30
LONGEST_PHRASE = 200
# What stands there for whoever has not written his own yet.
USUAL = ("同意。", "同意，请按规定办理。", "情况属实，同意上报。", "请补充材料后再报。", "已阅。")


@dataclass(frozen=True)
class OwnPhrases:
    """`rev` is the number by which a page that is old is known; 0 are the usual ones."""

    texts: tuple[str, ...]
    rev: int


class BadPhrases(Invalid):
    code = "phrases"
    message = "常用语没有存。"


class StalePhrases(Conflict):
    code = "stale"
    message = "常用语刚才在另一个窗口里改过。请看一下现在的，再改。"


class FilterNotFound(NotFound):
    code = "filter_not_found"
    message = "没有这个常用筛选，可能已经删掉了。"


class NothingSet(Invalid):
    code = "nothing_set"
    message = "还没有设条件。请先在列表上选好条件，再存为常用筛选。"


class NoName(Invalid):
    code = "name"
    message = f"请给这个筛选起个名字，最多 {LONGEST_NAME} 个字。"


class NameTaken(Conflict):
    code = "name_taken"
    message = "这个列表里已经有叫这个名字的筛选，请换一个名字。"


class TooManyKept(Conflict):
    code = "too_many_kept"
    message = f"最多存 {MOST_KEPT} 个常用筛选。请先删掉不用的，再存。"
