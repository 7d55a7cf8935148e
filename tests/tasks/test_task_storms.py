"""Random sequences of what people do at a step that several decide (STORMS= plays more)."""

import os
import random
from collections import Counter

import pytest
from flask import Flask

from tests.support.office import Office
from tests.tasks.gusts import ACTS, LEFT_OUT, PLAYED
from tests.tasks.storm import Storm

MANY = int(os.environ.get("STORMS", "12"))
FIRST = int(os.environ.get("STORM", "1"))
A_TEST = 4
ROOMS = (
    *("tickets", "tasks", "absences", "mandates", "pairs", "incidents"),
    *("messages", "handovers", "migrations"),
)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + MANY, A_TEST))
def test_whatever_people_do_one_outcome_comes_of_it(office: Office, seed: int) -> None:
    done: Counter[str] = Counter()
    for number in range(seed, seed + A_TEST):
        with office.session.begin_nested() as undone:
            storm = Storm(office, random.Random(number))
            try:
                storm.blow(40)
            except AssertionError as error:
                raise AssertionError(f"seed {number}: {error}") from error
            done += storm.done
            undone.rollback()
            office.session.expire_all()
    assert done.total() > A_TEST  # it was possible at all; some tickets are over at once


def test_every_act_is_played_or_says_why_not(app: Flask) -> None:
    """Whoever adds an act on a ticket, a task or who stands in, lets the storm do it too."""
    acts = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        and rule.rule.split("/")[3] in ROOMS
        and not {"GET"} & (rule.methods or set())
    }
    assert acts == PLAYED.keys() | LEFT_OUT.keys()
    assert set(PLAYED.values()) <= ACTS.keys()
