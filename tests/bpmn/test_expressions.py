import pytest

from bpmn.expressions import ExpressionError, compile_expression, evaluate, names
from bpmn.scripts import compile_script, run_script, script_names

HOSTILE = [
    "__import__('os').system('id')",
    "().__class__.__base__.__subclasses__()",
    "_private",
    "open('/etc/passwd')",
    "[x for x in (1, 2)]",
    "lambda: 1",
    "f'{outcome}'",
    "'{0.__class__}'.format(outcome)",
    "2 ** 1000",
    "1 << 100000",
    "len(outcome=1)",
    "(len)(*items)",
    "{**items}",
    "(a := 1)",
    "b'bytes'",
    "1j",
    "...",
    "1e999",
    "items[1:2]",
    "+".join(["1"] * 150),
    "-" * 900 + "1",
    "(" * 400 + "1" + ")" * 400,
    "1;2",
    "a b",
    "",
    "x" * 1001,
]
FAILING = [
    "missing",
    "1 / 0",
    "'a' * 1000000000",
    "'%s' % outcome",
    "items[9]",
    "outcome['x']",
    "len(5)",
    "1 < 'a'",
    "round(5, -999999999)",
    "999999999999999999 * 2",
    "[1] + 'a'",
    "-outcome",
    "get(5, 'x')",
]
VALUES = [
    ('outcome == "approve"', True),
    ("days > 3 and days <= 5", True),
    ("1 < days < 3", False),
    ("not (days == 5) or false", False),
    ("outcome in ['approve', 'pass']", True),
    ("outcome not in ('approve',)", False),
    ("'急' if days > 3 else '常'", "急"),
    ("sum(items) + len(items) * 2", 12),
    ("items[0] + items[-1]", 4),
    ("-days + 7 // 2 % 2", -4),
    ("round(10 / 3, 2)", 3.33),
    ("round(2.6)", 3),
    ("count(items, 2)", 1),
    ("get(row, 'kind')", "新增"),
    ("get(null, 'kind', '无')", "无"),
    ("max(items) - min(items) + abs(-1)", 3),
    ("any(items) and all(items)", True),
    ("'恩' + '施'", "恩施"),
    ("row['kind']", "新增"),
    ("nothing == null", True),
    ("outcome == 'x' and missing", False),
    ("row", {"kind": "新增"}),
]
VARIABLES = {
    "outcome": "approve",
    "days": 5,
    "items": [1, 2, 3],
    "row": {"kind": "新增"},
    "nothing": None,
}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_outside_the_grammar_is_refused_before_it_runs(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text)


@pytest.mark.parametrize("text", FAILING)
def test_a_failing_expression_raises_our_error_only(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(compile_expression(text), VARIABLES)


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_an_expression_reads_the_map_of_variables(text: str, value: object) -> None:
    assert evaluate(compile_expression(text), VARIABLES) == value


def test_names_are_variables_not_functions_or_words() -> None:
    assert names(compile_expression("len(items) > days and true")) == {"items", "days"}


def test_a_value_that_doubles_line_by_line_is_stopped() -> None:
    text = "a = [1, 2, 3, 4]\n" + "a = a + a\n" * 20
    with pytest.raises(ExpressionError):
        run_script(compile_script(text), {})


def test_a_value_that_nests_line_by_line_is_stopped() -> None:
    text = "a = [1]\n" + "a = [a, a]\n" * 20
    with pytest.raises(ExpressionError):
        run_script(compile_script(text), {})


def test_a_value_that_only_grows_deeper_is_stopped() -> None:
    with pytest.raises(ExpressionError):
        run_script(compile_script("a = [1]\n" + "a = [a]\n" * 50), {})


def test_a_script_has_a_bounded_number_of_lines() -> None:
    with pytest.raises(ExpressionError):
        compile_script("a = 1\n" * 101)


def test_a_large_value_of_a_map_is_counted_too() -> None:
    with pytest.raises(ExpressionError):
        evaluate(compile_expression("row"), {"row": {str(n): n for n in range(20_000)}})


def test_a_script_line_sees_the_lines_before_it() -> None:
    script = compile_script("total = days * rate\n\nlabel = '合计' if total > 5 else '无'")
    assert run_script(script, {"days": 2, "rate": 3}) == {"total": 6, "label": "合计"}
    assert script_names(script) == {"days", "rate"}


@pytest.mark.parametrize("text", ["", "import os", "a == 1", "a.b = 1", "_a = 1", "a = (", "del a"])
def test_a_script_is_assignments_only(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_script(text)
