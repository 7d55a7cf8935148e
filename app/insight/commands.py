"""`flask --app wsgi stats check` and `stats recount`."""

import click
from flask.cli import AppGroup

from app.core.db import reading, transaction
from app.insight import service

stats = AppGroup("stats", help="统计：核对办理时效的合计，或者重新合计。")


@stats.command("check")
def check() -> None:
    """Compare the sums of closed tickets with a recount; nothing is changed."""
    with reading() as session:
        found = service.differences(session)
    for year, unit_id, process in found:
        click.echo(f"对不上  {year} 年，单位 {unit_id}，{process}")
    if found:
        raise click.ClickException(
            f"{len(found)} 项合计对不上，请运行 flask --app wsgi stats recount 重新合计。"
        )
    click.echo("合计和办结的件一致。")


@stats.command("recount")
def recount() -> None:
    """Count all closed tickets anew."""
    with transaction() as session:
        count = service.recount(session)
    click.echo(f"重新合计了 {count} 项。")
