"""The shipped forms and the surroundings they are judged in."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forms import Choice, Context, Form, load

DEFINITIONS = Path(__file__).parents[2] / "forms" / "definitions"
CHECKS = (
    "access.one_account",
    "access.agreement_needed",
    "access.role_exclusivity",
    "access.scope",
    "access.no_example_text",
)


def allow(_given: object) -> tuple[()]:
    return ()


@pytest.fixture
def context() -> Context:
    return Context(
        today=date(2026, 11, 21),
        values={
            "subsystems": [Choice("lgyz", "零工驿站子系统"), Choice("gxyg", "共享用工子系统")],
            "posts": [Choice("info", "信息维护岗"), Choice("publish", "岗位发布岗")],
        },
        prefilled={
            "department": "来凤县人社局就业股",
            "applied_on": date(2026, 11, 21),
            "contact_name": "龙金花",
        },
        checks=dict.fromkeys(CHECKS, allow),
    )


@pytest.fixture
def apply_form() -> Form:
    path = DEFINITIONS / "operator-account" / "apply.json"
    return load(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture
def make_row() -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        return {
            "kind": "add",
            "name": "姚海洋",
            "id_number": "422899198906113733",
            "phone": "15400000108",
            "post": "info",
            "requirement": "新增用户，分配权限",
        } | changes

    return make


@pytest.fixture
def make_answers(make_row: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        people = changes.pop("people", None) or [make_row()]
        return {"subsystem": "lgyz", "contact_phone": "15400000109", "people": people} | changes

    return make
