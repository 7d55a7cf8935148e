"""What templates may call: dates as the office writes them, masks, built assets."""

import json
import secrets
from datetime import date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from flask import Flask, url_for

from app.core import clock

ID_HEAD, ID_TAIL = 6, 4
PHONE_HEAD, PHONE_TAIL = 3, 4
MOST_TOLD = 99


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        day=day,
        few=few,
        when=when,
        waited=waited,
        stamp=stamp,
        zh_date=zh_date,
        mask_id=mask_id,
        mask_phone=mask_phone,
    )
    manifest = Path(app.static_folder or "", "dist", "manifest.json")

    def asset(name: str) -> str:
        """The built file's address; before the first build pages come plain, not broken."""
        built = _manifest(manifest) if manifest.exists() else {name: {"file": name}}
        return url_for("static", filename=f"dist/{built[name]['file']}")

    app.jinja_env.globals.update(asset=asset, page_key=partial(secrets.token_hex, 16))
    app.context_processor(lambda: {"icon_href": asset("icons.svg")})


def few(count: int) -> str:
    """A count that was not carried on: 99+. Nothing for none."""
    return "99+" if count > MOST_TOLD else str(count) if count else ""


def day(value: date | datetime | None) -> str:
    """11月21日, with the year only where it is not this one."""
    written = zh_date(value)
    return written.removeprefix(f"{clock.today().year}年")


def when(value: datetime | None) -> str:
    """11-21 15:04 this year, 2025-11-21 before: short, for lists."""
    if not value:
        return ""
    local = clock.local(value)
    is_this_year = local.year == clock.today().year
    return local.strftime("%m-%d %H:%M" if is_this_year else "%Y-%m-%d")


def waited(value: datetime | None) -> str:
    """How long something has waited, in days of the calendar."""
    if not value:
        return ""
    days = (clock.today() - clock.local(value).date()).days
    return f"等了 {days} 天" if days > 0 else "今天到的"


def stamp(value: datetime | None) -> str:
    """2026-11-21 15:04, in the office's zone."""
    return clock.local(value).strftime("%Y-%m-%d %H:%M") if value else ""


def zh_date(value: date | datetime | None) -> str:
    """2026年11月21日: as documents write it, without leading zeros."""
    if not value:
        return ""
    local = _local_day(value)
    return f"{local.year}年{local.month}月{local.day}日"


def mask_id(number: str) -> str:
    """422899********7774"""
    return _mask(number, ID_HEAD, ID_TAIL)


def mask_phone(number: str) -> str:
    """154****0111"""
    return _mask(number, PHONE_HEAD, PHONE_TAIL)


def _mask(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    if hidden <= 0:
        return "*" * len(text)
    return f"{text[:head]}{'*' * hidden}{text[-tail:]}"


def _local_day(value: date | datetime) -> date:
    return clock.local(value).date() if isinstance(value, datetime) else value


@lru_cache(maxsize=4)
def _manifest(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found
