"""Random sequences of what people do at a step that several decide (STORMS= plays more)."""

import os
import random

import pytest

from tests.support.office import Office
from tests.tasks.storm import Storm

MANY = int(os.environ.get("STORMS", "12"))
FIRST = int(os.environ.get("STORM", "1"))
A_TEST = 4


@pytest.mark.parametrize("seed", range(FIRST, FIRST + MANY, A_TEST))
def test_whatever_people_do_one_outcome_comes_of_it(office: Office, seed: int) -> None:
    done = 0
    for number in range(seed, seed + A_TEST):
        with office.session.begin_nested() as undone:
            storm = Storm(office, random.Random(number))
            try:
                storm.blow(25)
            except AssertionError as error:
                raise AssertionError(f"seed {number}: {error}") from error
            done += storm.acts
            undone.rollback()
            office.session.expire_all()
    assert done > 3 * A_TEST  # enough of it was possible at all
