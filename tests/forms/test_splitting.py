"""One typed form for several heads: which forms it becomes, and where their errors stand."""

from typing import Any

import pytest

import forms
from forms import DefinitionError, FieldError

CHOICES = [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]


def definition(**changed: Any) -> dict[str, Any]:
    column = {"type": "select", "key": "system", "label": "子系统", "splits": True}
    return {
        "key": "trial/apply",
        "title": "试用表",
        "components": [
            {"type": "select", "key": "system", "label": "子系统名称", "values": CHOICES},
            {
                "type": "dynamiclist",
                "key": "people",
                "label": "人员",
                "columns": ["name"],
                "components": [
                    {"type": "textfield", "key": "name", "label": "姓名"},
                    {**column, "values": CHOICES, **changed},
                ],
            },
        ],
    }


FORM = forms.load(definition())


def split(head: Any, *systems: Any) -> list[tuple[str, tuple[int, ...]]]:
    rows = [{"name": f"第{n}人", "system": one} for n, one in enumerate(systems)]
    return [(p.value, p.rows) for p in forms.parts_of(FORM, {"system": head, "people": rows})]


def test_rows_of_one_head_stay_one_form() -> None:
    """Rows that say nothing, or the same as the head, belong to the head."""
    assert split("a", None, "", "a") == [("a", (0, 1, 2))]


def test_rows_go_under_the_head_they_name() -> None:
    """The typed head comes first, the others in the order they were typed."""
    assert split("a", "b", None, "b", "a") == [("a", (1, 3)), ("b", (0, 2))]


def test_a_head_without_rows_makes_no_form() -> None:
    """Nobody belongs to it."""
    assert split("a", "b", "b") == [("b", (0, 1))]


def test_each_form_is_whole() -> None:
    """Head and rows of its own, everything else as it was typed."""
    answers = {
        "system": "a",
        "phone": "1",
        "people": [{"name": "王", "system": "b"}, {"name": "李"}],
    }
    first, second = forms.parts_of(FORM, answers)
    assert first.answers == {"system": "a", "phone": "1", "people": [{"name": "李"}]}
    assert second.answers == {"system": "b", "phone": "1", "people": [{"name": "王"}]}


@pytest.mark.parametrize("people", [None, [], "x", [1], [{"system": 3}], [{"system": ["a"]}]])
def test_what_has_no_shape_is_left_to_the_judge(people: Any) -> None:
    """Any JSON value gives one part: the answers as they came."""
    (part,) = forms.parts_of(FORM, {"system": "a", "people": people})
    assert part.answers == {"system": "a", "people": people}


def test_errors_stand_where_they_were_typed() -> None:
    """Path, row number and the other rows that a sentence speaks of."""
    _, part = forms.parts_of(
        FORM, {"system": "a", "people": [{"system": s} for s in ("b", "a", "b")]}
    )
    error = FieldError("people.1.name", "repeated", "第 2 行：和第1行重复。", "和第1行重复")
    placed = part.placed(error)
    assert (placed.path, placed.message, placed.hint) == (
        "people.2.name",
        "第 3 行：和第1行重复。",
        "和第1行重复",
    )
    assert part.placed(FieldError("system", "x", "不行")).path == "people.0.system"
    assert part.placed(FieldError("phone", "x", "不行")).path == "phone"


def test_what_splits_is_typed_last_and_not_printed() -> None:
    """It stands in the head of the paper; pasted rows keep the order of its columns."""
    people = FORM.leaves[1]
    assert [one.key for one in people.in_print_order] == ["name"]
    assert [one.key for one in people.in_typing_order] == ["name", "system"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"type": "textfield", "values": []}, "select 或 radio"),
        ({"validate": {"required": True}}, "可以不选"),
        ({"key": "other"}, "同名"),
        ({"values": CHOICES[:1]}, "选项要一样"),
    ],
)
def test_a_split_without_sense_is_refused(changed: dict[str, Any], words: str) -> None:
    """The author is told what goes with it."""
    with pytest.raises(DefinitionError, match=words):
        forms.load(definition(**changed))


def test_a_form_with_files_does_not_split() -> None:
    """A file belongs to one ticket."""
    data = definition()
    data["components"].append({"type": "filepicker", "key": "papers", "label": "材料"})
    with pytest.raises(DefinitionError, match="附件"):
        forms.load(data)


def test_a_head_does_not_split() -> None:
    """Only the column of a list does."""
    data = definition()
    data["components"][0]["splits"] = True
    with pytest.raises(DefinitionError, match="dynamiclist"):
        forms.load(data)
