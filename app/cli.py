"""The command line: `flask --app wsgi …`. Rooms bring commands; here stand the general ones."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import click
from alembic import command
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app import rights
from app.config import CATALOGUE, Described, Settings, gather
from app.core.clock import utcnow
from app.core.db import transaction
from app.core.errors import AppError, Invalid
from app.core.schema import alembic_config
from app.processes import queries
from app.processes.service import publishing

ROOT = Path(__file__).resolve().parent.parent

database = AppGroup("db", help="数据库结构。")
processes = AppGroup("processes", help="流程定义。")


def install(app: Flask) -> None:
    app.cli.add_command(database)
    app.cli.add_command(processes)
    app.cli.add_command(settings)
    app.cli.add_command(rights_table)


@click.command("settings")
@click.option("--markdown", type=click.Choice(["zh", "en"]), help="文档中的表格。")
def settings(markdown: str | None) -> None:
    """Every setting: meaning, default, and what it is now; secrets are never printed."""
    if markdown:
        click.echo(settings_table(markdown))
        return
    found = gather()
    for known in CATALOGUE:
        click.echo(f"{known.name:<18}{_state(known, found)}\n    {known.meaning}")


@click.command("rights")
@with_appcontext
def rights_table() -> None:
    """Who may use which address, on whose things: the table of docs/rights.md."""
    click.echo(rights.as_markdown(current_app))


def settings_table(language: str) -> str:
    """The table of the guides; a docs test compares them with it."""
    head = (
        "| 设置 | 含义 | 默认 |" if language == "zh" else "| Setting | What it is for | Default |"
    )
    rows = [
        f"| `{known.name}` | {known.meaning if language == 'zh' else known.purpose} | "
        f"{f'`{known.default}`' if known.default else '—'} |"
        for known in CATALOGUE
    ]
    return "\n".join([head, "|---|---|---|", *rows])


def _state(known: Described, found: Mapping[str, str]) -> str:
    if known.name not in found:
        return f"默认 {known.default}" if known.default else "没有设置"
    return "已设置，不显示" if known.is_secret else f"已设置 {found[known.name]}"


@database.command("upgrade")
def upgrade() -> None:
    """Bring the schema to the newest version."""
    command.upgrade(alembic_config(Settings.from_env().database_url), "head")
    click.echo("数据库结构已是最新。")


@database.command("grant")
@click.argument("role")
def grant(role: str) -> None:
    """Give ROLE what the application needs and no more: it never changes the audit trail.

    Run by the owner of the tables after each upgrade; ROLE exists already.
    """
    try:
        with transaction() as session:
            session.execute(select(func.grant_to_app(role)))
    except DBAPIError as error:
        raise click.ClickException(f"{role} 没有授权：{error.orig}") from error
    click.echo(f"{role} 可以使用本系统的数据，不能修改和删除审计记录、台账和封存。")


@processes.command("list")
def list_processes() -> None:
    """Every version with its state."""
    with transaction() as session:
        for version in queries.list_versions(session):
            click.echo(f"{version.key}\t{version.number}\t{version.state}\t{version.title}")


@processes.command("lint")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def lint(files: tuple[Path, ...], as_json: bool) -> None:
    """Judge diagrams with the forms that lie beside them; exit 1 if one is refused."""
    found = []
    for file in files:
        form_files = (ROOT / "forms" / "definitions" / file.stem).glob("*.json")
        asked = {f"{file.stem}/{form.stem}": json.loads(form.read_text()) for form in form_files}
        bundle = publishing.Bundle(file.read_bytes(), asked)
        found += [
            {"file": str(file), **vars(finding)} for finding in publishing.findings_of(bundle)
        ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for finding in found:
            click.echo("{file}: {element}: {severity}: {message}{remedy}".format_map(finding))
        click.echo(f"{len(files)} 个流程图，{len(found)} 处发现。")
    if any(finding["severity"] == "error" for finding in found):
        sys.exit(1)


@processes.command("deploy")
@click.argument("directory", type=click.Path(exists=True, path_type=Path))
@click.option("--publish", "publishes", is_flag=True, help="立即发布（装机时用）。")
def deploy(directory: Path, publishes: bool) -> None:
    """Read what this region has under DIR: bpmn/processes, forms/definitions, pdf/documents."""
    with transaction() as session:
        for key in publishing.keys_here(session, directory):
            bundle = publishing.Bundle.read(directory, key)
            try:
                version = publishing.deploy(session, now=utcnow(), bundle=bundle)
            except Invalid as error:
                for item in error.errors:
                    click.echo(f"{key}: {item.path}: {item.message}", err=True)
                raise click.ClickException(f"{key} 没有导入。") from error
            if publishes:
                publishing.publish(session, now=utcnow(), key=key, number=version.number)
            click.echo(f"{key} 第{version.number}版 {version.state.value}")


@processes.command("publish")
@click.argument("key")
@click.argument("number", type=int)
def publish(key: str, number: int) -> None:
    """Publish version NUMBER of process KEY."""
    try:
        with transaction() as session:
            publishing.publish(session, now=utcnow(), key=key, number=number)
    except AppError as error:
        raise click.ClickException(error.text) from error
    click.echo(f"{key} 第{number}版已发布。")


@processes.command("export")
@click.argument("key")
@click.argument("directory", type=click.Path(path_type=Path))
def export(key: str, directory: Path) -> None:
    """Write the published version's files in the shipped layout under DIR."""
    with transaction() as session:
        try:
            version = queries.published_version(session, key)
        except AppError as error:
            raise click.ClickException(error.text) from error
        files = {f"bpmn/processes/{key}.bpmn": version.model}
        for name, form in version.forms.items():
            text = json.dumps(form, ensure_ascii=False, indent=2) + "\n"
            files[f"forms/definitions/{name}.json"] = text.encode()
        for name, html in version.documents.items():
            files[f"pdf/documents/{name}.html"] = html.encode()
    for name, data in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        click.echo(str(path))
