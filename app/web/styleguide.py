"""The page that shows each component beside the macro call that makes it; demonstration only."""

from collections.abc import Iterator

from flask import Flask, current_app

# In the order a page is built; each has a template of its own in web/samples.
SAMPLES = {
    "head": "页首和说明",
    "buttons": "按钮",
    "act": "一个按钮办一件事",
    "fields": "填写",
    "views": "快捷筛选、标签页、分段",
    "filters": "查找",
    "light": "灯和标签",
    "table": "列表、分组和批量条",
    "pager": "翻页",
    "months": "月份",
    "note": "提示",
    "errors": "要改的地方",
    "progress": "进度",
    "empty": "空页",
    "icon": "图标",
}


def init_app(app: Flask, *, demo: bool) -> None:
    app.extensions["styleguide"] = demo


def is_open() -> bool:
    return bool(current_app.extensions["styleguide"])


def samples() -> Iterator[tuple[str, str, str]]:
    """Name, label and source of each."""
    env = current_app.jinja_env
    for name, label in SAMPLES.items():
        source = env.loader.get_source(env, f"web/samples/{name}.html")[0] if env.loader else ""
        yield name, label, source.strip()
