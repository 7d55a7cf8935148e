"""Where a value of a print was filled in, in the words of whoever has to mend it."""

from app.processes import engine
from forms import Form

ANSWERS, RESULTS, BOXES = "answers", "results", "boxes"


def field_of(loaded: engine.Loaded, path: str) -> tuple[str, str]:
    """Of a path of the print's data: the path in the form, and what the field is called.

    Both are empty for what no form holds.
    """
    head, *rest = path.split(".")
    if head == ANSWERS and rest:
        return ".".join(rest), _label(loaded.form(loaded.start.id), rest)
    node, *rest = rest or [""]
    if not rest or node not in loaded.definition.nodes:
        return "", ""
    step = loaded.node(node).name
    if head == BOXES:
        return f"{node}.opinion", f"{step}：意见"
    label = _label(loaded.form(node), rest) if head == RESULTS else ""
    return (f"{node}.{'.'.join(rest)}", f"{step}：{label}") if label else ("", "")


def _label(form: Form | None, keys: list[str]) -> str:
    """The name of the field; of one in a row, of its column."""
    leaves = form.leaves if form else ()
    label = ""
    for key in keys:
        found = next((leaf for leaf in leaves if leaf.key == key), None)
        if found is not None:
            label, leaves = found.name, found.leaves
    return label
