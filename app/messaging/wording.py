"""Lists of words as people bring them: lines of a text or a sheet, judged one by one. Pure."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from app.core import tables
from app.core.errors import Fault
from app.core.sheets import XLSX
from app.messaging.text.words import WordList, fold

MOST_WORDS, LONGEST = 5000, 50
LAYOUT = tables.Layout(
    labels={"word": "词"},
    heads=("word",),
    needed=["word"],
    aliases=dict.fromkeys(("词语", "敏感词"), "word"),
    things="词",
)


def judged(lines: Sequence[str]) -> tuple[list[str], list[Fault]]:
    """The words in their order, blank lines left out, and what is wrong at which line."""
    words: list[str] = []
    faults: list[Fault] = []
    known: dict[str, int] = {}
    for n, line in enumerate(lines, start=1):
        word = line.strip()
        if not word:
            continue
        folded = fold(word)[0]
        if len(word) > LONGEST:
            faults.append(_fault(n, "too_long", f"一个词最长 {LONGEST} 字。"))
        elif not folded:
            faults.append(_fault(n, "nothing", "只有符号，没有可以比对的字。"))
        elif folded in known:
            faults.append(_fault(n, "twice", f"和第 {known[folded]} 行是同一个词。"))
        else:
            known[folded] = n
            words.append(word)
    if len(words) > MOST_WORDS:
        faults.append(Fault("words", "too_many", f"最多 {MOST_WORDS} 个词。"))
    return words, faults


def lines_of(name: str, media_type: str, data: bytes) -> list[str]:
    """Of a sheet with a column 词, or of a text with a word a line. Raises: SheetRefused."""
    if media_type == XLSX or name.lower().endswith(".csv"):
        return [line.fields["word"] for line in tables.lines_of(data, media_type, LAYOUT)]
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace").splitlines()


def hits(words: Iterable[str], text: str) -> list[str]:
    """Which of them a text says, each once, in the order in which they end."""
    return list(dict.fromkeys(hit.word for hit in _list(tuple(words)).find(text)))


@lru_cache(maxsize=4)
def _list(words: tuple[str, ...]) -> WordList:
    return WordList(words)


def _fault(n: int, code: str, told: str) -> Fault:
    return Fault(f"words.{n}", code, f"第 {n} 行：{told}")
