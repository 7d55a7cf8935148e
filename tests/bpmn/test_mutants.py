"""Files nobody would draw: models with something taken out, doubled, moved, renamed or rewritten.

Whatever comes in, the lint answers; what it accepts, the engine runs without an error of its own.
"""

import copy
from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest
from lxml import etree

import bpmn
from bpmn.rules.table import ACCEPTED
from bpmn.xml import BPMN
from tests.bpmn.bad import BAD
from tests.bpmn.test_accepted import GOOD, Walk

SMALL = 20_000
MODELS = [
    *GOOD.values(),
    *(
        content
        for code, cases in BAD.items()
        for content, _ in cases.values()
        if code != "file" and len(content) < SMALL
    ),
]
TEXTS = ("", "x == 1", "true", "P1D", "R3/PT1H", "a", "1", "[]", "rows", "x = 1")
ATTRIBUTES = (
    *("id", "name", "default", "sourceRef", "targetRef", "attachedToRef", "calledElement"),
    *("cancelActivity", "messageRef", "errorRef", "errorCode", "loopMaximum", "isSequential"),
)
Change = Callable[[Random, etree._Element, list[etree._Element]], None]


def _remove(_random: Random, one: etree._Element, _all: list[etree._Element]) -> None:
    one.getparent().remove(one)


def _double(_random: Random, one: etree._Element, _all: list[etree._Element]) -> None:
    one.addnext(copy.deepcopy(one))


def _move(random: Random, one: etree._Element, every: list[etree._Element]) -> None:
    other = random.choice(every)
    if one is not other and one not in other.iterancestors():
        other.append(one)


def _rename(random: Random, one: etree._Element, _all: list[etree._Element]) -> None:
    one.tag = f"{BPMN}{random.choice(list(ACCEPTED))}"


def _rewrite(random: Random, one: etree._Element, _all: list[etree._Element]) -> None:
    one.text = random.choice(TEXTS)


def _set(random: Random, one: etree._Element, every: list[etree._Element]) -> None:
    ids = [part.get("id") for part in every if part.get("id")]
    name = random.choice([*one.attrib, *ATTRIBUTES])
    one.set(name, random.choice([*ids, "", "true", "false", "1", "0", " a ", "bpmn:a"]))


CHANGES: tuple[Change, ...] = (_remove, _double, _move, _rename, _rewrite, _set, _set)


def _mutant(random: Random, content: bytes) -> bytes:
    root = etree.fromstring(content)
    for _ in range(random.choice((1, 1, 2, 3))):
        every = [part for part in root.iterdescendants() if isinstance(part.tag, str)]
        if every:
            random.choice(CHANGES)(random, random.choice(every), every)
    return etree.tostring(root)


@pytest.mark.parametrize("lot", range(10))
def test_a_mutant_is_refused_or_runs(lot: int) -> None:
    for number in range(lot * 60, lot * 60 + 60):
        random = Random(number)
        content = _mutant(random, random.choice(MODELS))
        if any(finding.severity == "error" for finding in bpmn.lint(content)):
            continue
        with suppress(bpmn.StepFailed):  # an incident, like a name without a value
            walk = Walk(content)
            for turn in range(15):
                if not walk.at.ended:
                    walk.step(people_first=turn % 3 > 0)
