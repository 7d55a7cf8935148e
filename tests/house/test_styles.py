"""House rules for the stylesheet: a part of it is a component, and a class belongs to one."""

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from scripts.process import ROOT

PARTS = ROOT / "frontend" / "src"
REMARK = re.compile(r"/\*.*?\*/", re.DOTALL)
CLASS = re.compile(r"\.([\w-]+)")
NOT_IN_BRACKETS = re.compile(r",(?![^(]*\))")


def rules(text: str) -> Iterator[str]:
    """The selectors of what holds everywhere; @media adapts what some part has defined."""
    depth, begun = 0, ""
    for sign in REMARK.sub("", text):
        if sign == "{":
            if depth == 0 and not begun.lstrip().startswith("@"):
                yield from NOT_IN_BRACKETS.split(begun)
            depth, begun = depth + 1, ""
        elif sign in "};":
            depth, begun = depth - (sign == "}"), ""
        else:
            begun += sign


def defined(text: str) -> set[str]:
    """Classes that a rule gives a look by themselves, without what they stand in."""
    return {found[1] for rule in rules(text) if (found := CLASS.fullmatch(rule.strip()))}


def clashes(parts: dict[str, str]) -> list[str]:
    owners = defaultdict(list)
    for part, text in sorted(parts.items()):
        for name in defined(text):
            owners[name].append(part)
    return [
        f".{name} is defined in {' and '.join(own)}: two things of one name change each other. "
        "Rename one, or say `.its-part .name` where a part adapts another's."
        for name, own in sorted(owners.items())
        if len(own) > 1
    ]


def test_a_class_is_defined_by_one_part() -> None:
    found = clashes({path.name: path.read_text() for path in PARTS.rglob("*.css")})
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("other", "clash"),
    [
        (".pair { margin: 0; }", True),
        (".pair, .one { margin: 0; }", True),
        (".cover .pair { margin: 0; }", False),
        ("@media print { .pair { margin: 0; } }", False),
        ("/* .pair { } */ .pairs:is(.pair, .one) { margin: 0; }", False),
    ],
)
def test_what_clashes(other: str, clash: bool) -> None:
    parts = {"one.css": ".pair { display: flex; } .a > .pair { gap: 0; }", "other.css": other}
    assert bool(clashes(parts)) is clash
