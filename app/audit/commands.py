"""`flask --app wsgi audit …`: judge everything, take a head out of the house."""

import os
import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from app.audit import service
from app.audit.seals import read_file
from app.audit.verifying import verify
from app.core.clock import utcnow
from app.core.db import snapshot, transaction
from app.core.errors import AppError

audit = AppGroup("audit", help="审计记录：核对、导出链头。")


@audit.command("verify")
@click.option(
    "--head",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of export-head, or the exported seals.jsonl.",
)
def check(head: Path | None) -> None:
    """Judge every event, head and seal; print the first bad one and end with 1 if there is one."""
    with snapshot() as session:
        verdict = verify(session, read_file(head) if head else ())
    if verdict.first_break:
        click.echo(f"第一处问题：{verdict.first_break}。")
        sys.exit(1)
    click.echo(
        f"核对了 {verdict.events} 条记录、{verdict.chains} 条链、{verdict.seals} 次封存，没有问题。"
    )
    if head is None:
        click.echo("没有用导出的链头核对：整个数据库被退回到更早的时候，这样看不出来。")


@audit.command("export-head")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_head(file: Path) -> None:
    """Seal now and write where every chain stands to FILE: keep it away from this machine."""
    half = file.with_name(f"{file.name}.half")
    try:
        with transaction() as session, half.open("wb") as out:
            made = service.export_head(session, out, now=utcnow())
            out.flush()
            os.fsync(out.fileno())
    except (AppError, OSError) as error:
        half.unlink(missing_ok=True)
        raise click.ClickException(str(error)) from error
    half.replace(file)
    click.echo(f"第 {made.n} 次封存，{made.chains_count} 条链，写在 {file}。")
