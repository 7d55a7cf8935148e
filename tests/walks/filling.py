"""Fills whatever form REST shows, as somebody would who has never seen it: label, type, choices.

What is answered back at a field is mended there; what no form can tell (whose account there is to
close, who may take a chest over) stands in `cast`.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.demo import people as invented

Json = dict[str, Any]
CAST = range(1, 10)  # so few that walks meet the same people again
MOST_ROWS = 3
PLAIN: Json = {"checkbox": True, "phone": "15400000108", "filepicker": []}
NEW, OWN = "样例", {"name", "id_number", "phone"}


def fill(form: Mapping[str, Any], there: Mapping[str, Any], dice: random.Random, day: date) -> Json:
    """Answers to what may be answered; `there` is what the form has already."""
    return {
        one["key"]: _answer(one, there.get(one["key"]), dice, day)
        for one in form["components"]
        if not one.get("readonly") and (_needed(one) or dice.random() < 0.3)
    }


def mend(
    answers: Json, errors: Sequence[Mapping[str, str]], form: Mapping[str, Any], day: date
) -> bool:
    """Does what the errors say where that is plain; False where nothing was."""
    components = {one["key"]: one for one in form["components"]}
    before = repr(answers)
    for error in errors:
        key, *rest = error["path"].split(".")
        if len(rest) == 2 and rest[0].isdigit():
            rows = answers.get(key) or []
            if int(rest[0]) < len(rows):
                _mend(
                    rows[int(rest[0])], rest[1], error["code"], components[key]["components"], day
                )
        elif key in components:
            _mend(answers, key, error["code"], form["components"], day)
    return repr(answers) != before


def _mend(
    holder: Json, key: str, code: str, components: Sequence[Mapping[str, Any]], day: date
) -> None:
    one = next((one for one in components if one["key"] == key), None)
    if one is None:
        return
    is_asked_for = code == "refused" and not holder.get(key)  # a choice made elsewhere wants it
    if is_asked_for or code in ("required", "too_few_rows"):
        holder[key] = _answer(one, None, random.Random(key), day)
    else:
        holder.pop(key, None)


def _needed(one: Mapping[str, Any]) -> bool:
    return bool(one.get("validate", {}).get("required"))


def _answer(one: Mapping[str, Any], there: Any, dice: random.Random, day: date) -> Any:
    kind, rules = one["type"], one.get("validate", {})
    if kind == "dynamiclist":
        return _rows(one, there or [], dice, day)
    if choices := [choice["value"] for choice in one.get("values", ())]:
        chosen = dice.choice(choices)
        return [chosen] if kind in ("checklist", "taglist") else chosen
    match kind:
        case "number":
            return dice.randint(int(rules.get("min", 1)), int(min(rules.get("max", 9), 9)))
        case "datetime":
            return _moment(one, day)
        case "id_number":
            return invented.id_number(dice.choice(CAST))
    if kind in PLAIN:
        return PLAIN[kind]
    words = f"{NEW}{one.get('label', '')}"
    words *= -(-int(rules.get("minLength", 1)) // len(words))  # as often as it takes
    return words[: int(rules.get("maxLength", 60))]


def _moment(one: Mapping[str, Any], day: date) -> str:
    return day.isoformat() if one.get("subtype") == "date" else f"{day}T17:30:00+08:00"


def _rows(
    one: Mapping[str, Any], there: Sequence[Json], dice: random.Random, day: date
) -> list[Json]:
    """As many as stand there already where rows are laid out; else some, each about somebody."""
    free = [inner for inner in one["components"] if not inner.get("readonly")]
    count = len(there) if there else dice.randint(1, MOST_ROWS)
    seeds = dice.sample(CAST, count) if count <= len(CAST) else [dice.choice(CAST)] * count
    rows = []
    for seed in seeds:
        row = {inner["key"]: _answer(inner, None, dice, day) for inner in free if _needed(inner)}
        person = invented.row(seed, post="")
        rows.append(row | {key: person[key] for key in OWN & row.keys()})
    return rows
