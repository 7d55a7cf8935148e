"""What the diagram says of a node that people decide: outcomes, actions, signing."""

import forms
from app.processes import engine
from app.tasks.models import Task
from app.tasks.types import Outcome, TaskKind

SUBMIT = "submit"


def outcomes_of(node: engine.Node) -> tuple[Outcome, ...]:
    """`outcomes` as drawn: `approve=同意;reject=不予办理`; a node without has one: 办结这一步."""
    pairs = [part.partition("=") for part in engine.split(node.properties.get("outcomes", ""))]
    drawn = tuple(Outcome(value.strip(), label.strip() or value) for value, _, label in pairs)
    return drawn or (Outcome("done", "已办理"),)


def actions_of(node: engine.Node) -> tuple[str, ...]:
    text = node.properties.get("actions", "").replace(",", ";")
    return tuple(engine.split(text))


def sign_of(node: engine.Node) -> str:
    """Kind of signing act, 签字 and so on; empty where none is asked."""
    sign = node.properties.get("sign", "none")
    return "" if sign == "none" else sign


def form_of(loaded: engine.Loaded, task: Task) -> forms.Form | None:
    """The form this person fills: whoever was added to decide says his word and fills none."""
    fills = task.kind in (TaskKind.MAIN, TaskKind.DELEGATE)
    return loaded.form(task.node) if fills else None
