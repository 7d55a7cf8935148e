"""`refuse`: answers that do not go together, with each other or with the outcome."""

from datetime import date
from typing import Any

import pytest

from forms import OUTCOME, Context, DefinitionError, Form, load, validate, variables_read

FIT = [{"value": "fit", "label": "符合"}, {"value": "unfit", "label": "不符合"}]
RULES = [
    {
        "when": '=outcome == "approve" and scope == "unfit"',
        "at": "scope",
        "message": "不符合的，不能同意。",
    },
    {"when": "=starts_at >= ends_at", "at": "ends_at", "message": "结束时间要在开始时间以后。"},
    {"when": 'outcome == "approve" and len(rows) > 0', "at": "rows", "message": "写了缺陷。"},
]


def form(refuse: Any = RULES) -> Form:
    row = [{"type": "textfield", "key": "place", "label": "在哪里"}]
    return load(
        {
            "key": "trial/review",
            "title": "审核",
            "refuse": refuse,
            "components": [
                {"type": "radio", "key": "scope", "label": "范围", "values": FIT},
                {"type": "datetime", "key": "starts_at", "label": "开始"},
                {"type": "datetime", "key": "ends_at", "label": "结束"},
                {
                    "type": "dynamiclist",
                    "key": "rows",
                    "label": "缺陷",
                    "defaultRepetitions": 0,
                    "components": row,
                },
            ],
        }
    )


def refused(answers: dict[str, Any], outcome: str = "") -> dict[str, str]:
    context = Context(today=date(2026, 10, 12), variables={OUTCOME: outcome})
    errors = validate(form(), answers, context).errors
    assert all(error.code == "refused" for error in errors), errors
    return {error.path: error.message for error in errors}


@pytest.mark.parametrize(
    ("answers", "outcome", "at"),
    [
        ({"scope": "unfit"}, "approve", ["scope"]),
        ({"scope": "unfit"}, "reject", []),
        ({"scope": "fit"}, "approve", []),
        ({"scope": "unfit"}, "", []),
        ({"rows": [{"place": "报表"}]}, "approve", ["rows"]),
        ({"rows": []}, "approve", []),
        ({"starts_at": "2026-11-02T20:00:00+08:00"}, "", []),
        (
            {"starts_at": "2026-11-02T20:00:00+08:00", "ends_at": "2026-11-02T20:00:00+08:00"},
            "",
            ["ends_at"],
        ),
        # An hour later, though it is written earlier: another zone.
        (
            {"starts_at": "2026-11-02T20:00:00+08:00", "ends_at": "2026-11-02T13:00:00+00:00"},
            "",
            [],
        ),
        (
            {"starts_at": "2026-11-02T20:00:00+08:00", "ends_at": "2026-11-02T11:00:00+00:00"},
            "",
            ["ends_at"],
        ),
    ],
)
def test_what_does_not_go_together_is_told_at_its_field(
    answers: dict[str, Any], outcome: str, at: list[str]
) -> None:
    assert list(refused(answers, outcome)) == at


@pytest.mark.parametrize(
    ("refuse", "told"),
    [
        ([{"when": "scope ==", "at": "scope", "message": "不行。"}], "when 写得不对"),
        ([{"when": "scope == 1", "at": "none", "message": "不行。"}], "没有栏目“none”"),
        ([{"when": "scope == 1", "at": "scope"}], "message 应当是文字"),
        ([{"when": "1", "at": "scope", "message": "不行。", "x": 1}], "不认识的属性"),
        ({}, "refuse 应当是列表"),
    ],
)
def test_a_wrong_rule_is_not_published(refuse: Any, told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        form(refuse)


@pytest.mark.parametrize(
    ("agreed", "ends_at", "told"),
    [
        ("2026-11-02T12:00:00+00:00", "2026-11-02T20:00:00+08:00", True),
        ("2026-11-02T12:00:00+00:00", "2026-11-02T20:01:00+08:00", False),
        ("2026-11-02T12:00:00+00:00", "", False),
        ("2026-11-02T99:00+", "2026-11-02T20:00:00+08:00", True),  # as text
        (7, "2026-11-02T20:00:00+08:00", False),
        (None, "2026-11-02T20:00:00+08:00", False),
    ],
)
def test_a_rule_reads_what_the_run_holds(agreed: Any, ends_at: str, told: bool) -> None:
    """A moment as a moment; what is not held, or cannot be compared, refuses nothing."""
    rule = {"when": "=ends_at <= agreed", "at": "ends_at", "message": "要更晚。"}
    read = form([rule])
    assert variables_read(read) == {"agreed"}
    held = {} if agreed is None else {"agreed": agreed, "ends_at": "hidden by the field"}
    context = Context(today=date(2026, 10, 12), variables=held)
    assert bool(validate(read, {"ends_at": ends_at}, context).errors) is told


def test_fields_and_the_outcome_are_not_asked_of_the_run() -> None:
    assert variables_read(form()) == frozenset()
