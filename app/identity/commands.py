"""Commands for logins, demo people and the region's file. Each is one transaction."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import yaml
from flask import current_app
from flask.cli import AppGroup

from app.core import clock
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError
from app.identity import queries, screens, service
from app.identity.demo import DEMO_PASSWORD
from app.identity.dormancy import list_dormant
from app.identity.loading import Door
from app.identity.types import POSITION_LABELS, Position

users = AppGroup("users", help="Logins: create, activate, disable, start a reset.")
region = AppGroup("region", help="The region's units and lists.")
demo = AppGroup("demo", help="The demonstration's invented people.")

DAY = click.DateTime(["%Y-%m-%d"])
POSITIONS = [position.value for position in Position]
# Administrators of accounts and permissions are made and dismissed by an executed form.
BY_FORM = (Position.ACCOUNT_ADMIN, Position.PERMISSION_ADMIN)
APPOINTED = [position.value for position in Position if position not in BY_FORM]
ONE_TIME = "一次性代码，交给本人，24 小时内到 {}/activate 自己设密码：{}"


def said(act: Callable[[], str]) -> None:
    """Print what an act answers; an error of ours becomes a sentence and exit code 1."""
    try:
        click.echo(act())
    except AppError as error:
        raise click.ClickException(error.text) from error


def end_of(day: datetime | None) -> datetime | None:
    """The midnight after a day of the office."""
    if day is None:
        return None
    zone = clock.local(utcnow()).tzinfo
    return day.replace(tzinfo=zone) + timedelta(days=1)


def one_time(code: str) -> str:
    door: Door = current_app.extensions["identity"]
    return ONE_TIME.format(door.base_url, code)


@users.command()
@click.argument("username")
@click.option("--name", required=True)
@click.option("--unit", "unit_code", required=True, help="Code of the unit, e.g. 422826-rsj.")
@click.option("--id-number", default="", help="GB 11643; asked once a person.")
@click.option("--phone", default="")
@click.option("--until", type=DAY, help="Last day of the login, for temporary staff.")
@click.option("--position", "positions", multiple=True, type=click.Choice(POSITIONS))
def create(
    username: str,
    name: str,
    unit_code: str,
    id_number: str,
    phone: str,
    until: datetime | None,
    positions: tuple[str, ...],
) -> None:
    """Create a person with a login and positions; prints a one-time code."""

    def act() -> str:
        now = utcnow()
        with transaction() as session:
            unit = queries.unit_by_code(session, unit_code)
            person = service.create_person(
                session,
                actor=None,
                name=name,
                unit=unit,
                now=now,
                id_number=id_number,
                phone=phone,
            )
            code = service.create_login(
                session,
                actor=None,
                person_id=person.id,
                username=username,
                now=now,
                valid_until=end_of(until),
            )
            for position in positions:
                service.appoint(
                    session,
                    actor=None,
                    person_id=person.id,
                    position=Position(position),
                    unit=unit,
                    source="command line",
                    now=now,
                )
        return one_time(code)

    said(act)


@users.command()
@click.argument("username")
def activate(username: str) -> None:
    """Open a disabled login again; prints a one-time code."""

    def act() -> str:
        with transaction() as session:
            return one_time(
                service.activate_login(session, actor=None, username=username, now=utcnow())
            )

    said(act)


@users.command()
@click.argument("username")
def disable(username: str) -> None:
    """Close a login and end its sessions."""

    def act() -> str:
        with transaction() as session:
            service.disable_login(session, actor=None, username=username, now=utcnow())
        return f"{username} 的登录已停用。"

    said(act)


@users.command()
@click.argument("username")
@click.argument("position", type=click.Choice(APPOINTED))
@click.option("--unit", "unit_code", help="Code of the unit; the person's own without it.")
def appoint(username: str, position: str, unit_code: str | None) -> None:
    """Give a position. An auditor's is given and taken here alone: nobody on the site may."""
    said(lambda: _appointed(service.appoint, username, position, unit_code, source="command line"))


@users.command()
@click.argument("username")
@click.argument("position", type=click.Choice(APPOINTED))
@click.option("--unit", "unit_code", help="Code of the unit; the person's own without it.")
def dismiss(username: str, position: str, unit_code: str | None) -> None:
    """Take a position away; open tasks go to whoever else holds it."""
    said(lambda: _appointed(service.end_appointment, username, position, unit_code))


def _appointed(
    act: Callable[..., Any], username: str, position: str, unit_code: str | None, **more: str
) -> str:
    with transaction() as session:
        person = queries.get_person(session, queries.get_login(session, username).person_id)
        unit = queries.unit_by_code(session, unit_code) if unit_code else person.unit
        label = POSITION_LABELS[Position(position)]
        act(
            session,
            actor=None,
            person_id=person.id,
            position=Position(position),
            unit=unit,
            now=utcnow(),
            **more,
        )
        return f"{person.name}，{unit.name}，{label}：已经办好。"


@users.command()
@click.argument("username")
@click.argument("day", type=DAY, required=False)
def until(username: str, day: datetime | None) -> None:
    """Let a login end with DAY (its last one); without a day it has no end."""

    def act() -> str:
        with transaction() as session:
            service.limit_login(
                session, actor=None, username=username, until=end_of(day), now=utcnow()
            )
        return f"{username} 的登录{f'到 {day:%Y-%m-%d} 为止' if day else '不再有到期日'}。"

    said(act)


@users.command()
def dormant() -> None:
    """List logins that nobody has used for two months or longer, and what follows."""
    cursor, count = None, 0
    with reading() as session:
        while True:
            page = list_dormant(session, now=utcnow(), cursor=cursor)
            for one in page.items:
                click.echo(
                    f"{one.username:<16}{one.name}\t{one.unit_name}\t"
                    f"{screens.last_used(one)}\t{screens.fate_of(one)}"
                )
            count, cursor = count + len(page.items), page.next_cursor
            if cursor is None:
                break
    click.echo(f"{count} 个登录两个月以上没有用过。")


@users.command("reset-password")
@click.argument("username")
def reset_password(username: str) -> None:
    """Print a one-time code; the old one and all sessions end."""

    def act() -> str:
        with transaction() as session:
            return one_time(
                service.reset_password(session, actor=None, username=username, now=utcnow())
            )

    said(act)


@users.command("reset-second-factor")
@click.argument("username")
def reset_second_factor(username: str) -> None:
    """Take a lost phone's codes away; who needs a second factor sets up a new one."""

    def act() -> str:
        with transaction() as session:
            service.remove_second_factor(session, actor=None, username=username, now=utcnow())
        return f"{username} 的动态口令已停用，所有登录已退出。"

    said(act)


@region.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_file(file: Path) -> None:
    """Bring units, subsystems, posts and titles to what FILE says; safe to repeat."""

    def act() -> str:
        data: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        with transaction() as session:
            count = service.import_region(session, data=data, now=utcnow())
        return f"已导入 {count} 个单位。"

    said(act)


@demo.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def logins(as_json: bool) -> None:
    """List the demonstration's logins; only with DEMO=1."""
    door: Door = current_app.extensions["identity"]
    if not door.demo:
        raise click.ClickException("只有演示环境（DEMO=1）才有演示账号。")
    with reading() as session:
        found = queries.list_demo_logins(session, utcnow())
    rows = [
        {
            "username": login.username,
            "password": DEMO_PASSWORD,
            "name": login.name,
            "unit": login.unit_name,
            "unit_code": login.unit_code,
            "positions": [position for position, _ in login.positions],
        }
        for login in found
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        click.echo(f"{row['username']:<16}{row['name']}\t{row['unit']}\t{row['positions']}")
