"""What the lint accepts never stands still: somebody or something can always go on."""

from random import Random

import bpmn
from tests.bpmn.models import NOW
from tests.bpmn.reference.drawing import EVERYTHING
from tests.bpmn.reference.generator import draw_model
from tests.bpmn.reference.model import Model
from tests.bpmn.reference.writer import write

# A condition that does not come true is no dead end of the diagram.
MENU = EVERYTHING - {"conditional"}
MODELS, WALKS, STEPS = 120, 8, 40


def _stands_still(definition: bpmn.Definition, model: Model, random: Random) -> bool:
    """Walk at random, with random variables; tell whether a walk ends before the process does."""
    names = [name for name, value in model.variables.items() if isinstance(value, int)]

    def numbers() -> dict[str, int]:
        return {name: random.randrange(-2, 4) for name in names}

    begun = random.choice(definition.starts).id
    variables = {**model.variables, **numbers()}
    at = bpmn.start(
        definition, variables, operate=_nothing, now=NOW, event=begun, payload=numbers()
    )
    for _ in range(STEPS):
        given = (definition, at.state, at.variables)
        todo = [*at.waiting, *at.catches, *at.timers[:1]]
        if at.ended or not todo:
            return not at.ended
        match random.choice(todo):
            case bpmn.WaitingVisit(key=key):
                at = bpmn.complete(*given, visit=key, changes=numbers(), operate=_nothing, now=NOW)
            case bpmn.Catch(kind=kind, name=name, correlation=correlation):
                event = bpmn.Event(kind, name, correlation, numbers())
                at = bpmn.deliver(*given, event=event, operate=_nothing, now=NOW)
            case bpmn.Timer(due_at=due):
                at = bpmn.fire_due(*given, operate=_nothing, now=due)
    return False


def _nothing(_operation: str, _node: str, _variables: bpmn.Variables) -> None:
    """The operation of the models."""


def test_no_accepted_model_ever_stands_still() -> None:
    accepted = 0
    for number in range(MODELS):
        model = draw_model(Random(number), MENU, crossed=True)
        content = write(model)
        if any(finding.severity == "error" for finding in bpmn.lint(content)):
            continue
        accepted += 1
        definition = bpmn.load(content)
        for walk in range(WALKS):
            try:
                assert not _stands_still(definition, model, Random(walk)), number
            except bpmn.StepFailed:  # no condition holds and there is no default, or no end to it
                continue
    assert accepted > MODELS / 2
