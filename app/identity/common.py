"""Passwords that everybody tries first, made from patterns instead of copied from a list.

What people add to a word to satisfy a rule (a capital, digits, a sign at the end, @ for a) does
not make it another word: the comparison is done on what is left without it.
"""

import string
from collections.abc import Iterator
from functools import lru_cache

_WORDS = tuple(
    word
    for line in (
        "password passwd passcode admin administrator root manager system sysadmin user username",
        "guest test tester testing demo default welcome hello letmein changeme secret login access",
        "master super superman batman dragon monkey shadow sunshine princess football baseball",
        "iloveyou freedom whatever trustno money michael jordan computer internet server oracle",
        "mysql postgres windows office asd zxc abc abcd aaa a q qq wx woaini woaizhongguo mima",
        "wodemima zhongguo china beijing wuhan hubei enshi nihao xiexie banjian banshi gongzuo",
        "danwei guanliyuan yonghu denglu aini wangluo diannao jisuanji zhengfu renshe jiuye",
    )
    for word in line.split()
)
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", string.ascii_lowercase)
_COLUMNS = ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "zaq1", "xsw2", "cde3")
_PLAIN = str.maketrans("@4380$51!7", "aaeoossiit")
_UNSHIFTED = str.maketrans("!@#$%^&*()", "1234567890")
_TAIL = string.digits + string.punctuation


def is_common(password: str) -> bool:
    """Whether the password is one of the first some thousand that a guesser would try."""
    low = password.lower()
    return any(form in _known() for form in _forms(low)) or _repeats(low) or _counts(low)


def _forms(low: str) -> Iterator[str]:
    for form in (low, low.strip(_TAIL), low.rstrip(_TAIL), low.lstrip(_TAIL)):
        yield form
        yield form.translate(_PLAIN)
    yield low.rstrip(string.punctuation)
    yield low.translate(_UNSHIFTED)


def _repeats(low: str) -> bool:
    """Abcabcabc, 88888888."""
    return any(low == (low[:size] * len(low))[: len(low)] for size in range(1, 5))


def _counts(low: str) -> bool:
    """A date or a number with nothing but a sign beside it: 20261122!, 13800138000."""
    return low.strip(string.punctuation).isdigit()


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    walks = {
        line[start : start + size]
        for row in _ROWS
        for line in (row, row[::-1])
        for size in range(3, len(line) + 1)
        for start in range(len(line) - size + 1)
    }
    columns = {a + b for a in _COLUMNS for b in ("", *_COLUMNS)}
    words = {*_WORDS, *walks, *columns}
    joined = {f"{word}{walk}" for word in _WORDS for walk in ("123", "1234", "abc", "qwe", "888")}
    return frozenset(words | joined | {word * 2 for word in words})
