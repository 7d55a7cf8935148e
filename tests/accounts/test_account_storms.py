"""Random sequences of requests, returns, repairs and executions (STORMS= plays more)."""

import os
import random
from collections import Counter

import pytest

from tests.accounts.plays import LEFT_OUT, PLAYS
from tests.accounts.storm import AccountStorm
from tests.support.office import ROOT, Office

MANY = int(os.environ.get("STORMS", "8"))
FIRST = int(os.environ.get("STORM", "1"))
A_TEST = 2
ACTS = 40


@pytest.mark.parametrize("seed", range(FIRST, FIRST + MANY, A_TEST))
def test_accounts_are_what_the_books_say(office: Office, seed: int) -> None:
    done: Counter[str] = Counter()
    for number in range(seed, seed + A_TEST):
        now = office.now
        with office.session.begin_nested() as undone:
            storm = AccountStorm(office, random.Random(number))
            try:
                storm.blow(ACTS)
            except AssertionError as error:
                raise AssertionError(f"seed {number}: {error}") from error
            done += storm.done
            undone.rollback()
            office.session.expire_all()
        office.now = now
    assert done  # it was possible at all


def test_every_process_on_accounts_is_played_or_says_why_not() -> None:
    """Whoever ships a process whose operations touch accounts lets the storm play it."""
    ours = {
        path.stem
        for path in (ROOT / "bpmn" / "processes").glob("*.bpmn")
        if 'value="access.' in path.read_text(encoding="utf-8")
    }
    assert ours == PLAYS.keys() | LEFT_OUT.keys()
