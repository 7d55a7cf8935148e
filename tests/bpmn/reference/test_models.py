"""Generated models: what the engine accepts it plays as the independent simulator does."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bpmn
from tests.bpmn.reference.compare import play
from tests.bpmn.reference.drawing import EVERYTHING, Choices
from tests.bpmn.reference.generator import draw_model

slow = settings(
    deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
choosing = st.randoms(use_true_random=False)


@pytest.mark.parametrize(("crossed", "examples"), [(False, 150), (True, 50)])
def test_engine_plays_generated_models_as_the_simulator(crossed: bool, examples: int) -> None:
    """The state goes through bytes between any two acts; a refused model is no fault."""

    @settings(slow, max_examples=examples)
    @given(random=choosing)
    def run(random: Random) -> None:
        model = draw_model(random, EVERYTHING, crossed=crossed)
        try:
            play(Choices(random), model)
        except bpmn.Refused:
            assert crossed, "A well-formed model was refused."

    run()
