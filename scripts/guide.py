"""The author guide's pages that are made of the lint's tables: `python -m scripts.guide`."""

import re
from pathlib import Path

from bpmn.rules.catalogue import RULES
from bpmn.rules.events import PLACES, TITLES
from bpmn.rules.rows import Verdict
from bpmn.rules.table import AT, FIXED, TABLE
from scripts.process import ROOT

FOLDER = ROOT / "docs" / "process-authors"
VERDICTS: dict[Verdict, tuple[str, str]] = {
    "executed": ("执行", "executed"),
    "drawn": ("只画不执行", "drawn only"),
    "refused": ("拒绝", "refused"),
}
NOTES = ("| 元素 | 说明 |", "| Element | Note |")
HEADS: dict[Verdict, tuple[str, str]] = {
    "executed": NOTES,
    "drawn": NOTES,
    "refused": ("| 元素 | 怎样改画 |", "| Element | Instead |"),
}
ENGLISH_PLACES = {
    "main start": "start of the main process",
    "inner start": "start of a subprocess or called process",
    "intermediateCatchEvent": "intermediate catch",
    "intermediateThrowEvent": "intermediate throw",
    "boundary of a task": "boundary of a task",
    "boundary of a scope": "boundary of a subprocess or call activity",
    "endEvent": "end",
}
SEVERITIES = {"error": ("拒绝", "refused"), "warning": ("提醒", "warning")}
MADE = "<!-- python -m scripts.guide -->"


def elements(language: str) -> str:
    """Element → executed, or refused with the remedy; every element of the schema has its line."""
    zh = language == "zh"
    lines = [
        "# BPMN 元素" if zh else "# BPMN elements",
        "",
        MADE,
        "",
        "[English](elements.en.md)" if zh else "[中文](elements.md)",
        "",
        "画进流程图的元素,要么照 BPMN 2.0 执行,要么在上传时被拒绝,并说明怎样改画;不会悄悄忽略。"
        if zh
        else "What is drawn is executed as BPMN 2.0 says, or refused on upload with the way to "
        "draw it instead; nothing is passed over in silence.",
    ]
    for verdict, titles in VERDICTS.items():
        lines += ["", f"## {titles[0] if zh else titles[1].capitalize()}", ""]
        lines += [HEADS[verdict][0 if zh else 1], "|---|---|"]
        rows = [(name, row) for name, row in TABLE.items() if row.verdict == verdict]
        lines += [f"| `{name}` | {row.zh if zh else row.en} |" for name, row in sorted(rows)]
    return "\n".join([*lines, *_places(zh), *_attributes(zh)]) + "\n"


def _places(zh: bool) -> list[str]:
    title = "## 哪里可以用哪种事件" if zh else "## Which event may stand where"
    head = "| 位置 | 事件 |" if zh else "| Place | Events |"
    lines = ["", title, "", head, "|---|---|"]
    for place, kinds in AT.items():
        names = [TITLES[kind] if zh else kind or "none" for kind in kinds]
        where = PLACES[place] if zh else ENGLISH_PLACES[place]
        lines.append(f"| {where} | {'、'.join(names) if zh else ', '.join(names)} |")
    return lines


def _attributes(zh: bool) -> list[str]:
    title = "## 只能取这些值的属性" if zh else "## Attributes with these values only"
    head = "| 属性 | 值 |" if zh else "| Attribute | Values |"
    rows = [
        f"| `{name}` | {', '.join(f'`{v}`' for v in values)} |" for name, values in FIXED.items()
    ]
    return ["", title, "", head, "|---|---|", *rows]


def rules(language: str) -> str:
    """Every rule of the lint by its code."""
    zh = language == "zh"
    lines = [
        "# 检查规则" if zh else "# Rules of the lint",
        "",
        MADE,
        "",
        "[English](rules.en.md)" if zh else "[中文](rules.md)",
        "",
        "上传流程图时逐条检查;每一处不合的,指出元素、原因和改法,并带上下面的代号。"
        if zh
        else "A diagram is checked on upload; each finding names the element, the reason, the "
        "remedy, and one of these codes.",
        "",
        "| 代号 | 流程图应当 | 不合时 |" if zh else "| Code | What a diagram is like | Otherwise |",
        "|---|---|---|",
    ]
    for code, rule in RULES.items():
        severity = SEVERITIES[rule.severity][0 if zh else 1]
        lines.append(f"| `{code}` | {_escaped(rule.zh if zh else rule.en)} | {severity} |")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Angle brackets outside of code are tags to Markdown."""
    return re.sub(r"(?<!`)<([^<>]*)>", r"&lt;\1&gt;", text)


def pages() -> dict[Path, str]:
    return {
        FOLDER / "elements.md": elements("zh"),
        FOLDER / "elements.en.md": elements("en"),
        FOLDER / "rules.md": rules("zh"),
        FOLDER / "rules.en.md": rules("en"),
    }


def main() -> None:
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
