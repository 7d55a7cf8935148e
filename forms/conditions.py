"""What conditions say of a set of answers: what it hides, and what does not go together."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bpmn.expressions import Expression, ExpressionError, evaluate, names
from forms.definition import Component, Form, Refusal

OUTCOME = "outcome"  # what somebody chose at the step whose form it is
_MOMENT = re.compile(r"[0-9-]{10}T[^+-]+[+-]")  # with its zone; days stay days


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


def refusals(
    form: Form, answers: Mapping[str, Any], variables: Mapping[str, Any]
) -> Sequence[Refusal]:
    """Those that hold. What cannot be compared, since one of the two is not asked for, does not."""
    known: dict[str, Any] = {OUTCOME: ""}
    known |= {name: _moment(value) for name, value in variables.items()}
    for leaf in form.leaves:
        value = answers.get(leaf.key)
        known[leaf.key] = (_moment(value) or None) if leaf.type == "datetime" else value
    holds = _judge(known)
    return [one for one in form.refuses if holds(one.when)]


def variables_read(form: Form) -> frozenset[str]:
    """What its rules ask of the run, being neither a field of the form nor the outcome."""
    read = frozenset[str]().union(*(names(one.when) for one in form.refuses))
    return read - {leaf.key for leaf in form.leaves} - {OUTCOME}


def _moment(value: Any) -> Any:
    """Moments of several zones, so that one that is later compares as later; the rest as it is."""
    if not isinstance(value, str) or not _MOMENT.match(value):
        return value
    try:
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return value


def _judge(variables: Mapping[str, Any]) -> Callable[[Expression], bool]:
    def holds(expression: Expression) -> bool:
        try:
            return bool(evaluate(expression, variables))
        except ExpressionError:
            return False

    return holds
