"""What a draft keeps of any JSON, and what it refuses; nothing is asked of it yet."""

from typing import Any

import pytest

from forms import (
    Context,
    DraftRefused,
    Form,
    check_draft,
    load,
)


def test_a_draft_keeps_what_is_unfinished(apply_form: Form, context: Context) -> None:
    draft = {"contact_phone": "154", "people": [{"name": "姚", "id_number": "4228"}, {}]}
    assert check_draft(apply_form, draft, context) == draft


@pytest.mark.parametrize(
    "draft",
    [
        {"department": "x"},
        {"people": ["x"]},
        {"people": 3},
        {"subsystem": 3},
        {"x": 1},
        {"people": [{"name": ["a"]}]},
        {"people": [{}] * 61},
        7,
    ],
)
def test_a_draft_that_no_page_sends_is_refused(
    apply_form: Form, context: Context, draft: Any
) -> None:
    with pytest.raises(DraftRefused):
        check_draft(apply_form, draft, context)


@pytest.mark.parametrize(
    ("component", "value", "is_kept"),
    [
        ({"type": "checkbox"}, True, True),
        ({"type": "checkbox"}, "yes", False),
        ({"type": "number"}, "1 or 2", True),
        ({"type": "number"}, 2.5, True),
        ({"type": "number"}, float("nan"), False),
        ({"type": "number"}, [1], False),
        ({"type": "filepicker"}, ["12", 13], True),
        ({"type": "filepicker"}, [{}], False),
        ({"type": "textfield"}, "x" * 30_000, False),
        ({"type": "textfield"}, None, True),
        ({"type": "signature"}, {"kind": "stored"}, False),
        ({"type": "dynamiclist", "components": [{"type": "textfield", "key": "a"}]}, None, True),
    ],
)
def test_a_draft_keeps_values_of_the_right_kind(
    context: Context, component: dict[str, Any], value: Any, is_kept: bool
) -> None:
    form = load({"key": "t/draft", "title": "t", "components": [component | {"key": "x"}]})
    if is_kept:
        assert check_draft(form, {"x": value}, context)["x"] in (value, [])
    else:
        with pytest.raises(DraftRefused):
            check_draft(form, {"x": value}, context)


def test_a_draft_is_made_fit_for_the_database(apply_form: Form, context: Context) -> None:
    kept = check_draft(apply_form, {"contact_phone": "154\x00\ud800"}, context)
    assert kept == {"contact_phone": "154"}
