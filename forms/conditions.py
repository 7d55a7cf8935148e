"""Which components a set of answers hides; the only user of expressions in forms."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bpmn.expressions import Expression, ExpressionError, evaluate
from forms.definition import Component


def hidden_keys(
    components: Sequence[Component], values: Mapping[str, Any], variables: Mapping[str, Any]
) -> frozenset[str]:
    """Keys among `components` whose condition holds; a hidden answer counts as empty for others.

    A condition that cannot be evaluated hides nothing: asking once too often does no harm.
    """
    hidden: frozenset[str] = frozenset()
    for _ in range(len(components) + 1):  # each round settles at least one link of a chain
        known = {component.key: None for component in components if component.key}
        shown = {key: value for key, value in values.items() if key not in hidden}
        holds = _judge({**variables, **known, **shown})
        found = frozenset(c.key for c in components if any(map(holds, c.hides)))
        if found == hidden:
            break
        hidden = found
    return hidden


def _judge(variables: Mapping[str, Any]) -> Callable[[Expression], bool]:
    def holds(expression: Expression) -> bool:
        try:
            return bool(evaluate(expression, variables))
        except ExpressionError:
            return False

    return holds
