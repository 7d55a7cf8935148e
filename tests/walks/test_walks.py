"""Random walks over every process that ships, through REST (WALKS= walks more of each)."""

import os
import random
from collections.abc import Callable

import pytest

from scripts.process import ROOT
from tests.walks.agreement import disagreements
from tests.walks.cast import NOT_WALKED, WALKED
from tests.walks.conftest import Site
from tests.walks.walk import Astray, Walk

MANY = int(os.environ.get("WALKS", "1"))
FIRST = int(os.environ.get("WALK", "1"))
ACTS = 14


@pytest.mark.parametrize("key", WALKED)
def test_a_walk_ends_where_everything_agrees(sites: Callable[[str], Site], key: str) -> None:
    begun, astray = 0, []
    for seed in range(FIRST, FIRST + MANY):
        play = WALKED[key]
        walk = Walk(sites(play.region), key, random.Random(f"{key} {seed}"), play)
        try:
            walk.go(ACTS)
            begun += bool(walk.number)
            wrong = disagreements(walk)
        except Astray as error:
            wrong = [str(error)]
        if wrong:
            astray.append("\n".join([f"{key}, seed {seed}:", *wrong, *walk.told]))
    assert not astray, "\n\n".join([f"{len(astray)} of {MANY}:", *astray])
    assert begun, walk.told


def test_every_process_is_walked_or_says_why_not() -> None:
    shipped = {path.stem for path in (ROOT / "bpmn" / "processes").glob("*.bpmn")}
    assert shipped == WALKED.keys() | NOT_WALKED.keys()
