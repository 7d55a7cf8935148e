"""Rows that the system lays out: people fill their own columns, and neither add nor lose any."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

import forms
from forms import Context
from forms.web import build

LAID = [{"found": "第一条"}, {"found": "第二条"}]
FORM = forms.load(
    {
        "key": "trial/review",
        "title": "逐条判断",
        "fill": ["trial.rows"],
        "components": [
            {
                "type": "dynamiclist",
                "key": "findings",
                "label": "发现",
                "allowAddRemove": False,
                "components": [
                    {"type": "textfield", "key": "found", "label": "情况", "readonly": True},
                    {
                        "type": "textfield",
                        "key": "words",
                        "label": "说明",
                        "validate": {"required": True},
                    },
                ],
            }
        ],
    }
)


@pytest.fixture
def laid() -> Context:
    return Context(today=date(2026, 11, 23), prefilled={"findings": LAID})


def said(*words: str) -> dict[str, Any]:
    return {"findings": [{"words": word} for word in words]}


def codes(found: forms.Validated) -> list[tuple[str, str]]:
    return [(error.path, error.code) for error in found.errors]


def test_what_was_laid_out_stands_beside_what_was_said(laid: Context) -> None:
    found = forms.validate(FORM, said("正常", "查过"), laid)
    assert not found.errors
    assert found.answers["findings"] == [
        {"found": "第一条", "words": "正常"},
        {"found": "第二条", "words": "查过"},
    ]


@pytest.mark.parametrize("words", [(), ("一",), ("一", "二", "三")])
def test_rows_are_neither_lost_nor_added(laid: Context, words: tuple[str, ...]) -> None:
    assert ("findings", "rows_fixed") in codes(forms.validate(FORM, said(*words), laid))


def test_nobody_writes_what_was_laid_out(laid: Context) -> None:
    answers = {"findings": [{"found": "没有事", "words": "正常"}, {"words": "正常"}]}
    assert codes(forms.validate(FORM, answers, laid)) == [("findings.0.found", "read_only")]


def test_nothing_laid_out_is_nothing_to_say(laid: Context) -> None:
    assert not forms.validate(FORM, {}, replace(laid, prefilled={"findings": []})).errors


def test_the_page_shows_every_row_and_keeps_an_empty_one(laid: Context) -> None:
    """Also those of which a draft knows nothing yet."""
    for kept in (None, {}, said("正常")):
        (field,) = build(FORM, laid, answers=kept).fields
        assert len(field.rows) == 2
    sent = build(
        FORM, laid, formdata=MultiDict({"findings-1-words": "查过", "findings-0-words": ""})
    )
    assert sent.answers()["findings"] == [{"words": ""}, {"words": "查过"}]
    more = MultiDict(
        [("findings-0-words", "一"), ("findings-1-words", "二"), ("findings-7-words", "三")]
    )
    found = forms.validate(FORM, build(FORM, laid, formdata=more).answers(), laid)
    assert codes(found) == [("findings", "rows_fixed")]


def test_a_form_names_what_it_waits_for() -> None:
    assert FORM.fill == ("trial.rows",)
